"""The largest element of each window; padding is smaller than all."""

from __future__ import annotations

import numpy as np

from convcost.kernels.pooling import combinations, real_reads
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import frame


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    around = frame(given)
    tally.comparisons += combinations(real_reads(around, x), x)
    return around.gather(np.maximum, around.windows(x, -np.inf, -np.inf))


def stain(given: Given, edge: Array, stains: Array) -> Array:
    return frame(given).stain(edge, stains)
