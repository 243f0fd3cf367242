"""What operators share that work along axes by number: 0 is the channels, 1 the first spatial axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convcost.kernels.tally import Array, Given


def places(axes: Sequence[int]) -> tuple[int, ...]:
    """Return where axes stand in an array with the batch in front; 0 is the channels."""
    return tuple(axis + 1 for axis in axes)


def spans(x: Array, axes: Sequence[int]) -> tuple[int, ...]:
    """Return the shape of one number for each place along some axes of x, to go with it."""
    return tuple(n if axis in axes else 1 for axis, n in enumerate(x.shape[1:]))


def in_blocks(x: Array, given: Given) -> tuple[Array, tuple[int, ...]]:
    """Return x with its channels cut into groups [N, groups, C/groups, *size], and where the axes stand there."""
    n, c, *size = x.shape
    return x.reshape(n, given.groups, c // given.groups, *size), tuple(axis + 2 for axis in given.over)


def stain(given: Given, edge: Array, stains: Array) -> Array:
    """One position along each spatial axis that is read whole: had it gone on beyond its ends, that would be read."""
    whole = tuple(axis for axis in given.over if axis)
    if not whole:
        return stains.copy()
    found = np.max(stains, axis=whole, keepdims=True)
    return np.asarray(np.maximum(found, np.reshape(edge, (-1, *(1,) * (stains.ndim - 1)))))


def stain_all(given: Given, edge: Array, stains: Array) -> Array:
    """All positions along each spatial axis that is read whole."""
    return np.broadcast_to(stain(given, edge, stains), stains.shape)
