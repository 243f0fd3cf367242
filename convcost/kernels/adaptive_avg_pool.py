"""Means over windows that share out the map."""

from __future__ import annotations

from convcost.kernels import adaptive
from convcost.kernels.tally import Array, Given, Tally, Weights


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    def mean(window: Array, axes: tuple[int, ...]) -> Array:
        sums = tally.total(window, axes)
        return tally.divide(sums, window.size // sums.size)

    return adaptive.pooled(x, given.size, mean)


stain = adaptive.stain
