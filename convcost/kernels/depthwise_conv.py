"""Depthwise convolution: every channel by filters of its own."""

from __future__ import annotations

import numpy as np

from convcost.kernels.convolution import add_bias, convolve
from convcost.kernels.drawing import filters
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import frame


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    drawn = filters(rng, (x.shape[1] * given.multiplier, 1, *given.kernel), given.bias, x.dtype)
    return drawn if given.trained else {f"{name}_constant": numbers for name, numbers in drawn.items()}


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    weight, *biases = weights.values()
    y = convolve(tally, frame(given), x, weight, groups=x.shape[1])
    return add_bias(tally, y, biases[0] if biases else None)


def stain(given: Given, edge: Array, stains: Array) -> Array:
    return frame(given).stain(edge, stains)
