"""Fully connected: every output is a weighted sum of all features."""

from __future__ import annotations

import numpy as np

from convcost.kernels.drawing import filters
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.whole import any_position


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    return filters(rng, (given.out, x[0].size), given.bias, x.dtype)


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    y = tally.matmul(x.reshape(len(x), -1), weights["weight"].T)
    return tally.add(y, weights["bias"], out=y) if given.bias else y


stain = any_position
