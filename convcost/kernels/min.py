"""The smallest number along some axes."""

from __future__ import annotations

from convcost.kernels.reducing import places
from convcost.kernels.reducing import stain as stain
from convcost.kernels.tally import Array, Given, Tally, Weights


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    return -tally.largest(-x, places(given.over))
