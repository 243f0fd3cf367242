"""Euclidean radial basis functions: the squared distance to each of `out` fixed centres."""

from __future__ import annotations

from math import prod

import numpy as np

from convcost.kernels.drawing import BLOCK
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.whole import any_position


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    """Centres of -1 and +1, as LeNet-5 draws its characters."""
    shape = (given.out, x[0].size)
    return {"centre": np.resize(rng.choice(np.array([-1, 1], x.dtype), min(prod(shape), BLOCK)), shape)}


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    y = np.empty((len(x), given.out), x.dtype)
    for m, centre in enumerate(weights["centre"]):
        away = tally.subtract(x.reshape(len(x), -1), centre)
        y[:, m] = tally.total(tally.multiply(away, away), 1)[:, 0]
    return y


stain = any_position
