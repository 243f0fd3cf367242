"""1 where a number is larger than the other, or than 0; else 0."""

from __future__ import annotations

import numpy as np

from convcost.kernels.spreading import spread
from convcost.kernels.spreading import stain as stain
from convcost.kernels.tally import Array, Given, Tally, Weights


def run(given: Given, weights: Weights, tally: Tally, *xs: Array) -> Array:
    x, *others = np.broadcast_arrays(*spread(xs, lead=2))
    return tally.by_sign(x, np.ones_like(x), np.zeros_like(x), *others)
