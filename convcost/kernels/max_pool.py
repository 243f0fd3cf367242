"""The largest element of each window; padding is smaller than all."""

from __future__ import annotations

import numpy as np

from convcost.kernels.pooling import combinations, real_reads
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import frame


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array | tuple[Array, ...]:
    around = frame(given)
    tally.comparisons += combinations(real_reads(around, x), x)
    view = around.windows(x, -np.inf, -np.inf)
    y = around.gather(np.maximum, view)
    if not given.indices:
        return y
    # Which tap of its window was the largest: the first, if several are.
    places = np.zeros_like(y)
    for tap, values in reversed(list(enumerate(around.taps(view)))):
        places[values == y] = tap
    return y, places


def stain(given: Given, edge: Array, stains: Array) -> Array | tuple[Array, ...]:
    stained = frame(given).stain(edge, stains)
    return (stained, stained) if given.indices else stained
