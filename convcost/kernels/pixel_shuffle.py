"""Each group of channels dealt out to the positions that one position becomes."""

from __future__ import annotations

from convcost.kernels.tally import Array, Given, Tally, Weights


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    rank = len(given.factor)
    blocks = x.reshape(len(x), -1, *given.factor, *x.shape[2:])
    pairs = [axis for n in range(rank) for axis in (2 + rank + n, 2 + n)]
    size = [i * r for i, r in zip(x.shape[2:], given.factor, strict=True)]
    return blocks.transpose(0, 1, *pairs).copy().reshape(len(x), -1, *size)


def stain(given: Given, edge: Array, stains: Array) -> Array:
    for axis, times in enumerate(given.factor, 1):
        stains = stains.repeat(times, axis)
    return stains
