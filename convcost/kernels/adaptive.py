"""What adaptive_avg_pool and adaptive_max_pool share: windows that share out a map among `size` outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import numpy as np

from convcost.kernels.tally import Array, Given
from convcost.kernels.windows import at


def windows(x: Array, size: Sequence[int]) -> Iterator[tuple[tuple[int, ...], Array]]:
    """Output positions and the part of x each reads: from floor(y i / o) to before ceil((y + 1) i / o)."""
    lead = x.ndim - len(size)
    axes = [
        [slice(y * i // o, -((y + 1) * -i // o)) for y in range(o)] for i, o in zip(x.shape[lead:], size, strict=True)
    ]
    for position in product(*map(range, size)):
        yield position, at(x, *(axis[y] for axis, y in zip(axes, position, strict=True)))


def pooled(x: Array, size: Sequence[int], combine: Callable[[Array, tuple[int, ...]], Array]) -> Array:
    """Each window combined into one number; `combine` keeps the axes it is given, with length 1."""
    lead = x.ndim - len(size)
    y = np.empty((*x.shape[:lead], *size), x.dtype)
    for position, window in windows(x, size):
        at(y, *position)[...] = combine(window, tuple(range(lead, x.ndim))).reshape(x.shape[:lead])
    return y


def stain(given: Given, edge: Array, stains: Array) -> Array:
    return pooled(stains, given.size, lambda window, axes: np.max(window, axes, keepdims=True))
