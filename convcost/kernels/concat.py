"""Channels of several maps stacked."""

from __future__ import annotations

from functools import reduce

import numpy as np

from convcost.kernels.tally import Array, Given, Tally, Weights


def run(given: Given, weights: Weights, tally: Tally, *xs: Array) -> Array:
    return np.concatenate(xs, axis=1)


def stain(given: Given, edge: Array, *stains: Array) -> Array:
    return reduce(np.maximum, stains)
