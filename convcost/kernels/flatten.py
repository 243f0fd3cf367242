"""All numbers of a sample as one vector."""

from __future__ import annotations

from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.whole import any_position


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    return x.reshape(len(x), -1).copy()


stain = any_position
