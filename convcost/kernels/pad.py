"""Zeros around the map."""

from __future__ import annotations

import numpy as np

from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import pad


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    return np.pad(x, ((0, 0), (0, 0), *given.padding))


def stain(given: Given, edge: Array, stains: Array) -> Array:
    return pad(stains, given.padding, edge)
