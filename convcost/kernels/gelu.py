"""x * (1 + erf(x / sqrt 2)) / 2, or with a tanh that is nearly that."""

from __future__ import annotations

from math import pi, sqrt

from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.tanh import tanh


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    bell = tally.add(1, _tanh(tally, x) if given.approximate == "tanh" else tally.erf(tally.multiply(x, sqrt(0.5))))
    return tally.multiply(0.5, tally.multiply(x, bell))


def _tanh(tally: Tally, x: Array) -> Array:
    """tanh(sqrt(2/pi) * (x + 0.044715 x^3))."""
    slope = tally.add(tally.multiply(tally.multiply(x, x), 0.044715 * sqrt(2 / pi)), sqrt(2 / pi))
    return tanh(tally, tally.multiply(x, slope))
