"""The positions of each block of the map become channels."""

from __future__ import annotations

import numpy as np

from convcost.kernels.tally import Array, Given, Tally, Weights


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    rank = len(given.factor)
    cut = blocks(given, x, lead=2)
    inner, outer = [3 + 2 * n for n in range(rank)], [2 + 2 * n for n in range(rank)]
    return cut.transpose(0, 1, *inner, *outer).copy().reshape(len(x), -1, *(cut.shape[axis] for axis in outer))


def stain(given: Given, edge: Array, stains: Array) -> Array:
    cut = blocks(given, stains, lead=1)
    return np.asarray(cut.max(axis=tuple(range(2, cut.ndim, 2))))


def blocks(given: Given, x: Array, lead: int) -> Array:
    """Each axis after the first ones as two: which block, and where in it."""
    pairs = zip(x.shape[lead:], given.factor, strict=True)
    return x.reshape(*x.shape[:lead], *(n for i, r in pairs for n in (i // r, r)))
