"""Softmax over the channels at each position, or over other axes, stabilised by subtracting the maximum."""

from __future__ import annotations

from convcost.kernels.reducing import in_blocks
from convcost.kernels.reducing import stain_all as stain
from convcost.kernels.tally import Array, Given, Tally, Weights

__all__ = ["run", "stain"]


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    blocks, axes = in_blocks(x, given)
    powers = tally.exp(tally.subtract(blocks, tally.largest(blocks, axes)))
    return tally.divide(powers, tally.total(powers, axes)).reshape(x.shape)
