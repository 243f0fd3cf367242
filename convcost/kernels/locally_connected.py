"""A convolution with kernels of its own at every position."""

from __future__ import annotations

from math import prod

import numpy as np

from convcost.kernels.convolution import columns
from convcost.kernels.drawing import normal
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import frame


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    """Kernels [positions, out, C * taps], and biases [positions, out]."""
    read = unfolded(given, x[:1])
    positions, fan = read.shape[2], read.shape[1]
    drawn = {"weight": normal(rng, (positions, given.out, fan), fan, x.dtype)}
    if given.bias:
        drawn["bias"] = normal(rng, (positions, given.out), 200, x.dtype)
    return drawn


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    around = frame(given)
    read = unfolded(given, x).transpose(2, 1, 0)
    y = tally.matmul(weights["weight"], read)
    tally.wasted += around.padding_reads(x.shape[2:]) * len(x) * x.shape[1] * given.out
    if given.bias:
        y = tally.add(y, weights["bias"][:, :, np.newaxis], out=y)
    size = around.windows(x[:1, :1]).shape[2 : x.ndim]
    return y.transpose(2, 1, 0).reshape(len(x), given.out, *size)


def unfolded(given: Given, x: Array) -> Array:
    """[N, C * taps, positions]."""
    view = frame(given).windows(x)
    return columns(view, len(given.kernel), 1).reshape(len(x), x.shape[1] * prod(given.kernel), -1)


def stain(given: Given, edge: Array, stains: Array) -> Array:
    return frame(given).stain(edge, stains)
