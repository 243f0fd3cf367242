"""Euclidean radial basis functions: the squared distance to each of `out` fixed centres."""

from __future__ import annotations

import numpy as np

from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.whole import any_position


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    """Centres of -1 and +1, as LeNet-5 draws its characters."""
    return {"centre": rng.choice(np.array([-1, 1], x.dtype), (given.out, x[0].size))}


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    away = tally.subtract(x.reshape(len(x), 1, -1), weights["centre"])
    return tally.total(tally.multiply(away, away), 2)[:, :, 0]


stain = any_position
