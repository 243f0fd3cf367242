"""Elementwise product; gates, one number per channel or per position, are spread over the map."""

from __future__ import annotations

from functools import reduce

import numpy as np

from convcost.kernels.tally import Array, Given, Tally, Weights


def run(given: Given, weights: Weights, tally: Tally, *xs: Array) -> Array:
    maps = spread(xs, lead=2)
    full = np.broadcast_shapes(*(x.shape for x in maps))
    # What is not spread comes first, so that every product is as large as the result.
    return reduce(tally.multiply, sorted(maps, key=lambda x: x.shape != full))


def stain(given: Given, edge: Array, *stains: Array) -> Array:
    """A gate that is spread is read whole, from everywhere that its stain comes from."""
    lines = spread(stains, lead=1)
    full = np.broadcast_shapes(*(line.shape for line in lines))
    return reduce(
        np.maximum, (line if line.shape == full or not line.any() else np.maximum(line, edge) for line in lines)
    )


def spread(xs: tuple[Array, ...], lead: int) -> list[Array]:
    """Return all with as many axes as the one with most; those a vector lacks follow its first `lead`."""
    rank = max(x.ndim for x in xs)
    return [x.reshape(*x.shape[:lead], *(1,) * (rank - x.ndim), *x.shape[lead:]) for x in xs]
