"""Maps read at fractional places, as deformable_conv and grid_sample read them: between neighbours along every axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

import numpy as np

from convcost.kernels.tally import Array, Tally


def bilinear(tally: Tally, x: Array, *at: Array) -> Array:
    """x [N, G, C, *size] at fractional places [N, G, taps, positions] of each axis: neighbours weighed by nearness."""
    result = None
    for _, places, on_map, index in neighbours(x, *at):
        weight = reduce(tally.multiply, nearness(at, places)).astype(x.dtype)
        weight[~on_map] = 0
        part = tally.multiply(picked(x, index), weight[:, :, np.newaxis])
        result = part if result is None else tally.add(result, part, out=result)
    assert result is not None
    return result


def neighbours(x: Array, *at: Array) -> Iterator[tuple[tuple[int, ...], list[Array], Array, Array]]:
    """Yield, for each neighbour of the places: on which side it is, its own place, if on x, and where in x."""
    first = [np.floor(axis) for axis in at]
    for side in np.ndindex(*(2,) * len(at)):
        places = [(axis + n).astype(np.intp) for axis, n in zip(first, side, strict=True)]
        yield side, places, *on(x, places)


def on(x: Array, places: Sequence[Array]) -> tuple[Array, Array]:
    """Return whether places lie on x, and where in it; 0 for those that do not."""
    on_map, index = np.array(True), np.array(0)
    for axis, n in zip(places, x.shape[3:], strict=True):
        on_map, index = on_map & (axis >= 0) & (axis < n), index * n + axis
    return on_map, np.where(on_map, index, 0)


def nearness(at: Sequence[Array], places: Sequence[Array]) -> list[Array]:
    """Return how near a neighbour's places are along each axis: finding distances is addressing, and is not counted."""
    return [1 - np.abs(axis - place) for axis, place in zip(at, places, strict=True)]


def picked(x: Array, index: Array) -> Array:
    """Return the numbers of x [N, G, C, *size] at places [N, G, taps, positions], for each channel."""
    flat, places = x.reshape(*x.shape[:3], -1), index.reshape(*index.shape[:2], 1, -1)
    return np.take_along_axis(flat, places, axis=3).reshape(*x.shape[:3], *index.shape[2:])
