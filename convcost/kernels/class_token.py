"""Trained tokens before the first position."""

from __future__ import annotations

import numpy as np

from convcost.kernels.drawing import normal
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import pad


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    return {"token": normal(rng, (x.shape[1], given.count), 2, x.dtype)}


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    token = weights["token"]
    return np.concatenate([np.broadcast_to(token, (len(x), *token.shape)), x], axis=2)


def stain(given: Given, edge: Array, stains: Array) -> Array:
    return pad(stains, [(given.count, 0)], edge)
