"""A map at the places that a second one names, from -1 to 1 along each axis, the last axis first."""

from __future__ import annotations

import numpy as np

from convcost.kernels.interpolation import bilinear, on, picked
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.whole import whole_beside


def run(given: Given, weights: Weights, tally: Tally, x: Array, places: Array) -> Array:
    named = places.reshape(*places.shape[:2], 1, 1, -1)[:, ::-1].swapaxes(0, 1)
    at = [_along(given, axis, n) for axis, n in zip(named, x.shape[2:], strict=True)]
    maps = x[:, np.newaxis]
    if given.mode == "nearest":
        on_map, index = on(maps, [np.rint(axis).astype(np.intp) for axis in at])
        y = np.where(on_map[:, :, np.newaxis], picked(maps, index), x.dtype.type(0))
    else:
        y = bilinear(tally, maps, *at)
    return y.reshape(*x.shape[:2], *places.shape[2:])


def _along(given: Given, named: Array, n: int) -> Array:
    """Where places lie along an axis of n positions: its ends are the first and last position, or the pixels' edges."""
    low, high = (0, n - 1) if given.align_corners else (-1 / 2, n - 1 / 2)
    at = low + (named + 1) * (high - low) / 2
    if given.padding_mode == "reflect":
        length = max(high - low, 1)
        at = low + length - np.abs((at - low) % (2 * length) - length) if high > low else np.zeros_like(at)
    return at if given.padding_mode == "zeros" else at.clip(0, n - 1)


def stain(given: Given, edge: Array, stains: Array, places: Array) -> Array:
    """What is read depends on the numbers: it may be any position."""
    found = whole_beside(edge, stains).reshape(len(stains), *(1,) * (stains.ndim - 1))
    return np.maximum(places, found)
