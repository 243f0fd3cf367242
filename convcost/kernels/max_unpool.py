"""Numbers put back where the maxima of windows were; zeros elsewhere."""

from __future__ import annotations

import numpy as np

from convcost.kernels.tally import Array, Given, Tally, Weights


def run(given: Given, weights: Weights, tally: Tally, x: Array, places: Array) -> Array:
    taps = np.unravel_index(places.astype(int) % np.prod(given.kernel), given.kernel)
    index, inside = [*np.indices(x.shape[:2] + (1,) * (x.ndim - 2))[:2]], np.ones(x.shape, bool)
    size = wide(given, x.shape[2:])
    for axis, (tap, stride) in enumerate(zip(taps, stride_of(given), strict=True), 2):
        starts = stride * np.arange(x.shape[axis]).reshape(-1, *(1,) * (x.ndim - 1 - axis))
        index.append(starts + tap)
        inside &= index[-1] < size[axis - 2]
    y = np.zeros((*x.shape[:2], *size), x.dtype)
    y[tuple(np.broadcast_to(n, x.shape)[inside] for n in index)] = x[inside]
    return y


def stain(given: Given, edge: Array, stains: Array, places: Array) -> Array:
    """Wherever the maximum was, it was in its window; what the pool left over is of a window beyond the map."""
    stains = np.maximum(stains, places)
    for axis, (n, k, s) in enumerate(
        zip(wide(given, stains.shape[1:]), given.kernel, stride_of(given), strict=True), 1
    ):
        along = (-1, *(1,) * (stains.ndim - 1 - axis))
        windows, count = np.arange(n) // s, stains.shape[axis]
        read = stains.take(windows.clip(0, count - 1), axis)
        read = np.where((windows < count).reshape(along), read, np.reshape(edge, (-1, *(1,) * (stains.ndim - 1))))
        stains = read * (np.arange(n) % s < k).reshape(along)
    return stains


def stride_of(given: Given) -> tuple[int, ...]:
    return tuple(given.stride or given.kernel)


def wide(given: Given, size: tuple[int, ...]) -> tuple[int, ...]:
    """The size of the output: up to the end of the last window unless it is given."""
    ends = (range(0, n * s, s)[-1] + k for n, s, k in zip(size, stride_of(given), given.kernel, strict=True))
    return given.size or tuple(ends)
