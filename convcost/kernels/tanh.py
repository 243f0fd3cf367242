"""1 - 2 / (exp(2x) + 1)."""

from __future__ import annotations

from convcost.kernels.tally import Array, Given, Tally, Weights


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    powers = tally.exp(tally.multiply(2, x))
    return tally.subtract(1, tally.divide(2, tally.add(powers, 1)))
