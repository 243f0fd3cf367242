"""The same numbers, row by row, in another shape."""

from __future__ import annotations

from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.whole import any_position


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    return x.reshape(len(x), given.channels or -1, *given.size).copy()


stain = any_position
