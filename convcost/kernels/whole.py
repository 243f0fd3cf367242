"""What operators share that read all there is: had the input gone on beyond its edges, they would have read that."""

from __future__ import annotations

import numpy as np

from convcost.kernels.tally import Array, Given


def single_position(given: Given, edge: Array, stains: Array) -> Array:
    """The one position left is stained if any was."""
    found = np.max(stains, axis=tuple(range(1, stains.ndim)), keepdims=True)
    return np.asarray(np.maximum(found, np.reshape(edge, (-1, *(1,) * (stains.ndim - 1)))))


def whole_beside(edge: Array, stains: Array) -> Array:
    """What reads all of an input beside another is stained, and marked, if any position of it was."""
    found = single_position(None, edge, stains) if np.any(stains) else np.zeros_like(stains)
    return np.asarray(np.max(found, axis=tuple(range(1, stains.ndim))))


def every_position(given: Given, edge: Array, stains: Array) -> Array:
    """All positions are stained if any was."""
    return np.broadcast_to(single_position(given, edge, stains), stains.shape)


def any_position(given: Given, edge: Array, stains: Array) -> Array:
    """A vector is stained if any position was."""
    return single_position(given, edge, stains).reshape(len(stains))
