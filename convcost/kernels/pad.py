"""Zeros around the map and the channels, or the map's own positions around it; negative numbers of zeros cut."""

from __future__ import annotations

import numpy as np

from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import Sides, inside, lay, lay_stains


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    cut, added = apart([given.channels, *given.padding])
    x = inside(x, cut).copy()
    channels = np.pad(x, [(0, 0), added[0], *[(0, 0)] * (x.ndim - 2)])
    return lay(channels, added[1:], given.mode)


def stain(given: Given, edge: Array, stains: Array) -> Array:
    cut, added = apart(given.padding)
    return lay_stains(inside(stains, cut), added, given.mode, edge)


def apart(sides: Sides) -> tuple[Sides, Sides]:
    """Return what is cut off and what is added."""
    return [(max(0, -a), max(0, -b)) for a, b in sides], [(max(0, a), max(0, b)) for a, b in sides]
