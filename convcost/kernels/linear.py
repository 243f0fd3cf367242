"""Fully connected: every output is a weighted sum of all features."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convcost.kernels.drawing import normal
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.weight_norm import lengths, normalised
from convcost.kernels.whole import any_position

SLAB = 1 << 20
"""Weights beyond this many numbers are laid out and multiplied slab by slab: they should stay in the cache."""


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    """Rows [out, features], each the one before it moved on by one: as many numbers as AlexNet has take seconds to draw
    and half a second to write."""
    features = x[0].size
    line = normal(rng, (given.out + features - 1,), features, x.dtype)
    drawn = {"weight": sliding_window_view(line, features, writeable=True)}
    if given.bias:
        drawn["bias"] = normal(rng, (given.out,), 200, x.dtype)
    if given.weight_norm:
        drawn |= lengths(rng, drawn["weight"])
    return drawn


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    flat, weight = x.reshape(len(x), -1), normalised(weights)
    step = max(1, SLAB // flat.shape[1])
    slabs = (np.ascontiguousarray(weight[first : first + step]) for first in range(0, len(weight), step))
    y = np.concatenate([tally.matmul(flat, rows.T) for rows in slabs], axis=1)
    return tally.add(y, weights["bias"], out=y) if given.bias else y


stain = any_position
