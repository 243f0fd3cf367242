"""LeNet-5's pooling: the sum of each window times a coefficient plus a bias, both trained, one of each per map."""

from __future__ import annotations

import numpy as np

from convcost.kernels.drawing import normal, per_channel
from convcost.kernels.pooling import combinations, real_reads
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import frame


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    c = x.shape[1]
    return {"weight": normal(rng, (c,), 2, x.dtype), "bias": normal(rng, (c,), 200, x.dtype)}


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    around = frame(given)
    tally.additions += combinations(real_reads(around, x), x)
    sums = around.gather(np.add, around.windows(x))
    return tally.multiply_add(sums, per_channel(weights["weight"], x), per_channel(weights["bias"], x))


def stain(given: Given, edge: Array, stains: Array) -> Array:
    return frame(given).stain(edge, stains)
