"""What scale and shift share: the numbers that they hold, and where each goes."""

from __future__ import annotations

import numpy as np

from convcost.kernels.drawing import one_per
from convcost.kernels.tally import Array, Given


def held(given: Given, x: Array) -> tuple[int, ...]:
    """Return the shape of the numbers: one for each channel, position or element, one for all, or a table."""
    return (given.table,) if given.table is not None else one_per(given.per, x)


def spread(given: Given, numbers: Array, x: Array) -> Array:
    """Return the numbers as they go with x: those of a table are picked, here one after the other."""
    return np.resize(numbers, x.shape[1:]) if given.table is not None else numbers
