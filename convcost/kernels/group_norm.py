"""Normalises each group of channels over all its positions."""

from __future__ import annotations

from convcost.kernels.layer_norm import weights as weights
from convcost.kernels.normalising import affine, normalise
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.whole import every_position


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    y = normalise(tally, x.reshape(len(x), given.groups, -1), (2,))
    return affine(given, weights, tally, y.reshape(x.shape))


stain = every_position
