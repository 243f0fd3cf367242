"""The place of the largest number along some axes, the last of them counted first."""

from __future__ import annotations

import numpy as np

from convcost.kernels.reducing import places
from convcost.kernels.reducing import stain as stain
from convcost.kernels.tally import Array, Given, Tally, Weights


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    axes = places(given.over)
    largest = tally.largest(x, axes)
    last = np.moveaxis(x, axes, range(-len(axes), 0)).reshape(*(n for n in np.delete(x.shape, axes)), -1)
    return np.reshape(last.argmax(-1), largest.shape).astype(x.dtype)
