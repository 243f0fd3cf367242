"""x for x > 0, else alpha * (exp(x / alpha) - 1), with an alpha of 1."""

from __future__ import annotations

from convcost.kernels.tally import Array, Given, Tally, Weights

ALPHA = 1.0


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    below = tally.multiply(ALPHA, tally.subtract(tally.exp(tally.divide(x, ALPHA)), 1))
    return tally.by_sign(x, x, below)
