"""Normalises each channel over its positions, or by a mean and a variance that are held, folded beforehand."""

from __future__ import annotations

import numpy as np

from convcost.kernels import batch_norm
from convcost.kernels.drawing import one_per, scale_and_shift
from convcost.kernels.normalising import affine, normalise
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.whole import every_position


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    if given.running_stats:
        return batch_norm.weights(given, rng, x)
    return scale_and_shift(rng, one_per("channel", x), x.dtype) if given.affine else {}


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    if given.running_stats:
        return batch_norm.run(given, weights, tally, x)
    return affine(weights, tally, normalise(tally, x, tuple(range(2, x.ndim))))


def stain(given: Given, edge: Array, stains: Array) -> Array:
    return stains if given.running_stats else every_position(given, edge, stains)
