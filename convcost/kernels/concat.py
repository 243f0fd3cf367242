"""Several maps stacked, along their channels or another axis."""

from __future__ import annotations

from functools import reduce

import numpy as np

from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import pad


def run(given: Given, weights: Weights, tally: Tally, *xs: Array) -> Array:
    return np.concatenate(xs, axis=1 + given.axis[0])


def stain(given: Given, edge: Array, *stains: Array) -> Array:
    """Along the axis where they are joined, each lies within the others: positions that it does not read."""
    if not given.axis or given.axis == (0,):
        return reduce(np.maximum, stains)
    axis = given.axis[0]
    lengths = [line.shape[axis] for line in stains]
    laid = []
    for n, line in enumerate(stains):
        sides = [(0, 0)] * (line.ndim - 1)
        sides[axis - 1] = sum(lengths[:n]), sum(lengths[n + 1 :])
        laid.append(pad(line, sides, edge if line.any() else 0))
    return reduce(np.maximum, laid)
