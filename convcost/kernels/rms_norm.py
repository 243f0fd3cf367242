"""Divides the channels at each position, or other axes, by the root of the mean of their squares."""

from __future__ import annotations

from math import prod

import numpy as np

from convcost.kernels.drawing import scale_and_shift
from convcost.kernels.normalising import EPSILON
from convcost.kernels.reducing import places, spans
from convcost.kernels.reducing import stain_all as stain
from convcost.kernels.tally import Array, Given, Tally, Weights

__all__ = ["run", "stain", "weights"]


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    return {"scale": scale_and_shift(rng, spans(x, given.over), x.dtype)["scale"]} if given.affine else {}


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    axes = places(given.over)
    squares = tally.total(tally.multiply(x, x), axes)
    mean = tally.divide(squares, prod(x.shape[axis] for axis in axes))
    y = tally.divide(x, tally.power(tally.add(mean, EPSILON), 0.5))
    return tally.multiply(y, weights["scale"]) if given.affine else y
