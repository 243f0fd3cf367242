"""The logarithm of softmax over the channels at each position, or over other axes."""

from __future__ import annotations

from convcost.kernels.reducing import in_blocks
from convcost.kernels.reducing import stain_all as stain
from convcost.kernels.tally import Array, Given, Tally, Weights

__all__ = ["run", "stain"]


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    blocks, axes = in_blocks(x, given)
    less = tally.subtract(blocks, tally.largest(blocks, axes))
    return tally.subtract(less, tally.log(tally.total(tally.exp(less), axes))).reshape(x.shape)
