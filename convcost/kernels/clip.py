"""min(max(x, min), max), with those of the bounds that are given."""

from __future__ import annotations

from convcost.kernels.tally import Array, Given, Tally, Weights


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    y = x if given.min is None else tally.maximum(x, float(given.min))
    return y if given.max is None else tally.minimum(y, float(given.max))
