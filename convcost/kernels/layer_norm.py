"""Normalises the channels at each position."""

from __future__ import annotations

import numpy as np

from convcost.kernels.drawing import scale_and_shift
from convcost.kernels.normalising import affine, normalise
from convcost.kernels.tally import Array, Given, Tally, Weights


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    return scale_and_shift(rng, x.shape[1], x.dtype) if given.affine else {}


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    return affine(given, weights, tally, normalise(tally, x, (1,)))
