"""Axes cut in parts, and the parts put together in another order."""

from __future__ import annotations

from math import prod

from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.whole import any_position


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    sizes = [size for axis in given.cut for size in axis]
    moved = x.reshape(len(x), *sizes).transpose(0, *(1 + part for axis in given.order for part in axis))
    return moved.reshape(len(x), *(prod(sizes[part] for part in axis) for axis in given.order)).copy()


def stain(given: Given, edge: Array, stains: Array) -> Array:
    """What has its own spatial axes still shows what it read; a position made of parts may have read any."""
    spatial = [[part] for part in range(len(given.cut[0]), sum(map(len, given.cut)))]
    stays = [list(axis) for axis in given.order[1:]] == spatial and len(spatial) == len(given.cut) - 1
    return stains if stays else any_position(given, edge, stains)
