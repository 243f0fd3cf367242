"""Product of two maps, group by group: at every position of the first, its channels with all of the second."""

from __future__ import annotations

import numpy as np

from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.whole import whole_beside


def run(given: Given, weights: Weights, tally: Tally, a: Array, b: Array) -> Array:
    positions = given.over != (0,)
    left = rows(given, b) if positions else rows(given, b).swapaxes(2, 3)
    return tally.matmul(left, rows(given, a)).reshape(len(a), -1, *a.shape[2:])


def rows(given: Given, x: Array) -> Array:
    """[N, groups, channels, positions]."""
    return x.reshape(len(x), given.groups, x.shape[1] // given.groups, -1)


def stain(given: Given, edge: Array, a: Array, b: Array) -> Array:
    found = whole_beside(edge, b).reshape(len(b), *(1,) * (a.ndim - 1))
    return np.maximum(a, found)
