"""At inference the input; every layer writes a tensor of its own."""

from __future__ import annotations

from convcost.kernels.tally import Array, Given, Tally, Weights


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    return x.copy()
