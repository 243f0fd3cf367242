"""Normalises the channels at each position, or other axes."""

from __future__ import annotations

import numpy as np

from convcost.kernels.drawing import scale_and_shift
from convcost.kernels.normalising import affine, normalise
from convcost.kernels.reducing import places, spans
from convcost.kernels.reducing import stain_all as stain
from convcost.kernels.tally import Array, Given, Tally, Weights

__all__ = ["run", "stain", "weights"]


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    return scale_and_shift(rng, spans(x, given.over), x.dtype) if given.affine else {}


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    return affine(weights, tally, normalise(tally, x, places(given.over)))
