"""x for x > 0, else a slope times x, trained, one per channel."""

from __future__ import annotations

import numpy as np

from convcost.kernels.drawing import normal, per_channel
from convcost.kernels.tally import Array, Given, Tally, Weights


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    return {"slope": normal(rng, x.shape[1:2], 32, x.dtype)}


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    return tally.by_sign(x, x, tally.multiply(per_channel(weights["slope"], x), x))
