"""Resizing, nearest or by linear or cubic interpolation, along one axis after the other."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import pad

OFFSETS = {"nearest": (0,), "bilinear": (0, 1), "bicubic": (-1, 0, 1, 2)}
"""Where the positions that are weighed lie, from the one before."""


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    for axis, n in enumerate(x.shape[2:], 2):
        first, share = neighbours(given, axis - 2, n)
        if given.mode == "nearest":
            x = x.take(first, axis)
            continue
        parts = []
        for offset in OFFSETS[given.mode]:
            weight = (linear if given.mode == "bilinear" else cubic)(abs(share - offset)).astype(x.dtype)
            weight = weight.reshape(-1, *(1,) * (x.ndim - axis - 1))
            parts.append(tally.multiply(x.take((first + offset).clip(0, n - 1), axis), weight))
        x, *rest = parts
        for part in rest:
            x = tally.add(x, part, out=x)
    return x


def linear(distance: Array) -> Array:
    """The weight of a neighbour so far away."""
    return 1 - distance


def cubic(distance: Array) -> Array:
    """The weight of a neighbour so far away, by Keys' kernel with a slope of -3/4, as torch has it."""
    near = (1.25 * distance - 2.25) * distance**2 + 1
    far = ((-0.75 * distance + 3.75) * distance - 6) * distance + 3
    return np.where(distance <= 1, near, far)


def stain(given: Given, edge: Array, stains: Array) -> Array:
    """An output of a linear one that falls on a position reads it alone."""
    for axis, n in enumerate(stains.shape[1:], 1):
        first, share = neighbours(given, axis - 1, n)
        padded = pad(stains.swapaxes(axis, -1), [(2, 2)], edge)
        read = [padded[..., first + 2 + offset] for offset in OFFSETS[given.mode]]
        if given.mode == "bilinear":
            read[1] = np.where(share > 0, read[1], stains.dtype.type(0))
        stains = np.max(read, axis=0).swapaxes(axis, -1)
    return stains


def neighbours(given: Given, axis: int, n: int) -> tuple[Array, Array]:
    """For each output along an axis of n: the position before it (-1: outside), and how far on the way to the next."""
    if given.size is None:
        above, below = Fraction(given.scale[axis]).as_integer_ratio()
        i, o, outputs = below, above, len(range(below - 1, n * above, below))
    else:
        i, o, outputs = n, given.size[axis], given.size[axis]
    y = np.arange(outputs)
    if given.mode == "nearest":
        return y * i // o, np.zeros(outputs)
    if given.align_corners:
        first, rest = np.divmod(y * (n - 1), max(1, outputs - 1))
        return first, rest / max(1, outputs - 1)
    first, rest = np.divmod((2 * y + 1) * i - o, 2 * o)
    return first, rest / (2 * o)
