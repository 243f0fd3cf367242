"""What add, sub, mul, div, maximum and minimum share: inputs that are smaller are spread over the largest."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import numpy as np

from convcost.kernels.tally import Array, Given


def together(combine: Callable[[Array, Array], Array], xs: tuple[Array, ...]) -> Array:
    """Return all put together by an operation of two."""
    maps = spread(xs, lead=2)
    if len(maps) > 2:
        # What is not spread comes first, so that every result is as large as the last.
        full = np.broadcast_shapes(*(x.shape for x in maps))
        maps.sort(key=lambda x: x.shape != full)
    return reduce(combine, maps)


def stain(given: Given, edge: Array, *stains: Array) -> Array:
    """What is spread is read whole, from everywhere that its stain comes from."""
    lines = spread(stains, lead=1)
    full = np.broadcast_shapes(*(line.shape for line in lines))
    return reduce(
        np.maximum, (line if line.shape == full or not line.any() else np.maximum(line, edge) for line in lines)
    )


def spread(xs: tuple[Array, ...], lead: int) -> list[Array]:
    """Return all with as many axes as the one with most; those a vector lacks follow its first `lead`."""
    rank = max(x.ndim for x in xs)
    return [x.reshape(*x.shape[:lead], *(1,) * (rank - x.ndim), *x.shape[lead:]) for x in xs]
