"""Batch normalisation at inference: the statistics are folded into one scale and one shift per channel beforehand."""

from __future__ import annotations

import numpy as np

from convcost.kernels.drawing import normal, per_channel, scale_and_shift
from convcost.kernels.tally import Array, Given, Tally, Weights

EPSILON = 1e-5


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    c = x.shape[1]
    drawn = {"mean": normal(rng, (c,), 200, x.dtype), "variance": np.exp(normal(rng, (c,), 200, x.dtype))}
    return drawn | scale_and_shift(rng, (c,), x.dtype) if given.affine else drawn


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    scale = weights.get("scale", 1) / np.sqrt(weights["variance"] + EPSILON)
    shift = weights.get("shift", 0) - weights["mean"] * scale
    y = tally.multiply(x, per_channel(scale, x))
    return tally.add(y, per_channel(shift, x), out=y)
