"""x * sigmoid(beta * x) with a trained beta, one per channel or one in all."""

from __future__ import annotations

import numpy as np

from convcost.kernels.drawing import normal, one_per
from convcost.kernels.tally import Array, Given, Tally, Weights


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    return {"slope": 1 + normal(rng, one_per(given.per, x), 200, x.dtype)}


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    powers = tally.exp(-tally.multiply(weights["slope"], x))
    return tally.multiply(x, tally.divide(1, tally.add(1, powers)))
