"""Every number as a whole one."""

from __future__ import annotations

import numpy as np

from convcost.kernels.tally import Array, Given, Tally, Weights

_UP = {"nearest": 0.5, "above": 0.0, "below": 1.0}
"""Of what is cut off, what more than this is rounded up."""


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    whole = np.floor(x)
    return tally.by_sign(x - whole, whole + 1, whole, _UP[given.to])
