"""Resizing, nearest or by linear interpolation along one axis after the other (half-pixel centres)."""

from __future__ import annotations

import numpy as np

from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import pad


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    for axis, n in enumerate(x.shape[2:], 2):
        first, share = neighbours(given, axis - 2, n)
        if given.mode == "nearest":
            x = x.take(first, axis)
            continue
        share = share.astype(x.dtype).reshape(-1, *(1,) * (x.ndim - axis - 1))
        near = tally.multiply(x.take(first.clip(0, n - 1), axis), 1 - share)
        far = tally.multiply(x.take((first + 1).clip(0, n - 1), axis), share)
        x = tally.add(near, far, out=near)
    return x


def stain(given: Given, edge: Array, stains: Array) -> Array:
    """An output that falls on a position reads it alone."""
    for axis, n in enumerate(stains.shape[1:], 1):
        first, share = neighbours(given, axis - 1, n)
        padded = pad(stains.swapaxes(axis, -1), [(1, 1)], edge)
        far = np.where(share > 0, padded[..., first + 2], stains.dtype.type(0))
        stains = np.maximum(padded[..., first + 1], far).swapaxes(axis, -1)
    return stains


def neighbours(given: Given, axis: int, n: int) -> tuple[Array, Array]:
    """For each output along an axis of n: the position before it (-1: outside), and how far on the way to the next."""
    o = len(np.arange(n).repeat(given.scale[axis])) if given.size is None else given.size[axis]
    y = np.arange(o)
    if given.mode == "nearest":
        return y * n // o, np.zeros(o)
    first, rest = np.divmod((2 * y + 1) * n - o, 2 * o)
    return first, rest / (2 * o)
