"""The mean of each window; padding counts in the divisor if `include_pad`, what hangs over beyond it never."""

from __future__ import annotations

import numpy as np

from convcost.kernels.pooling import combinations, real_reads
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import frame


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    around = frame(given)
    reads = real_reads(around, x)
    tally.additions += combinations(reads, x)
    sums = around.gather(np.add, around.windows(x))
    if given.include_pad:
        reads = around.gather(np.add, around.windows(np.ones(x.shape[2:], int), padding=1, overhang=0))
    return tally.divide(sums, reads.astype(x.dtype))


def stain(given: Given, edge: Array, stains: Array) -> Array:
    return frame(given).stain(edge, stains)
