"""Each channel convolved with a fixed binomial kernel, its border reflected."""

from __future__ import annotations

from functools import reduce

import numpy as np

from convcost.kernels.convolution import convolve
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import Frame


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    rows = [reduce(np.convolve, [np.array([1.0, 1.0])] * (k - 1), np.array([1.0])) for k in given.kernel]
    kernel = reduce(np.multiply.outer, [row / row.sum() for row in rows])
    return {"constant": kernel.astype(x.dtype)}


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    kernels = np.broadcast_to(weights["constant"], (x.shape[1], 1, *given.kernel))
    return convolve(tally, windows(given), x, kernels, groups=x.shape[1])


def stain(given: Given, edge: Array, stains: Array) -> Array:
    return windows(given).stain(edge, stains)


def windows(given: Given) -> Frame:
    sides = [((k - 1) // 2, k // 2) for k in given.kernel]
    return Frame(given.kernel, given.stride, (1,) * len(sides), sides, mode="reflect")
