"""A part of the channels or of the positions along some axes."""

from __future__ import annotations

from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import at


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    return part(given, x, first=0).copy()


def stain(given: Given, edge: Array, stains: Array) -> Array:
    return part(given, stains, first=1)


def part(given: Given, x: Array, first: int) -> Array:
    """x cut along the axes named, which are its last ones: the channels, axis 0, may be the first."""
    taken = slice(given.start, given.stop, given.step)
    axes = range(first, x.ndim - 1 + first)
    return at(x, *(taken if axis in given.axis else slice(None) for axis in axes))
