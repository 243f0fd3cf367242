"""The mean along some axes."""

from __future__ import annotations

from convcost.kernels.reducing import places
from convcost.kernels.reducing import stain as stain
from convcost.kernels.tally import Array, Given, Tally, Weights


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    sums = tally.total(x, places(given.over))
    return tally.divide(sums, x.size // sums.size)
