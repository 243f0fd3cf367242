"""Softmax over the channels at each position, stabilised by subtracting the maximum."""

from __future__ import annotations

from convcost.kernels.tally import Array, Given, Tally, Weights


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    powers = tally.exp(tally.subtract(x, tally.largest(x, 1)))
    return tally.divide(powers, tally.total(powers, 1))
