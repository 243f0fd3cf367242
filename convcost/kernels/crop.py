"""The centre of the map; the odd position is cut after."""

from __future__ import annotations

from collections.abc import Sequence

from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import inside


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    return centre(x, given.size).copy()


def stain(given: Given, edge: Array, stains: Array) -> Array:
    return centre(stains, given.size)


def centre(x: Array, size: Sequence[int]) -> Array:
    cuts = [i - o for i, o in zip(x.shape[-len(size) :], size, strict=True)]
    return inside(x, [(cut // 2, cut - cut // 2) for cut in cuts])
