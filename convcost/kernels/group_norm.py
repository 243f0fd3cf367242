"""Normalises each group of channels over all its positions."""

from __future__ import annotations

import numpy as np

from convcost.kernels.drawing import one_per, scale_and_shift
from convcost.kernels.normalising import affine, normalise
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.whole import every_position


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    return scale_and_shift(rng, one_per("channel", x), x.dtype) if given.affine else {}


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    y = normalise(tally, x.reshape(len(x), given.groups, -1), (2,))
    return affine(weights, tally, y.reshape(x.shape))


stain = every_position
