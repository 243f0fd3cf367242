"""Every number times one that is held, for each channel, position or element or for all; or one that is given."""

from __future__ import annotations

import numpy as np

from convcost.kernels.constants import held, spread
from convcost.kernels.drawing import normal
from convcost.kernels.tally import Array, Given, Tally, Weights


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    if given.by is not None:
        return {}
    return {"weight" if given.trained else "constant": normal(rng, held(given, x), 2, x.dtype)}


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    (number,) = weights.values() or [x.dtype.type(given.by)]
    return tally.multiply(x, spread(given, number, x))
