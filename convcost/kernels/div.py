"""The first input over the second; smaller inputs are spread."""

from __future__ import annotations

from convcost.kernels.spreading import stain as stain
from convcost.kernels.spreading import together
from convcost.kernels.tally import Array, Given, Tally, Weights


def run(given: Given, weights: Weights, tally: Tally, *xs: Array) -> Array:
    return together(tally.divide, xs)
