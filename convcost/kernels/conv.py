"""Convolution as deep learning means it: cross-correlation, the kernel is not flipped."""

from __future__ import annotations

from itertools import accumulate
from math import prod

import numpy as np

from convcost.kernels.convolution import add_bias, convolve
from convcost.kernels.drawing import filters, normal
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.weight_norm import lengths, normalised
from convcost.kernels.windows import frame


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    """Filters [out, C/groups, *kernel]; with a table of connections, one kernel per connection in its order.

    Those that are given, the indices of the channels, have a name of their own.
    """
    if given.weights == "indices":
        each = np.arange(x.shape[1] // given.groups, dtype=x.dtype).reshape(-1, *(1 for _ in given.kernel))
        return {"given_weight": np.tile(each, (given.out, 1, *given.kernel))}
    drawn = filters(rng, (given.out, x.shape[1] // given.groups, *given.kernel), given.bias, x.dtype)
    if given.weight_norm:
        drawn |= lengths(rng, drawn["weight"])
    if given.connections is not None:
        fans = [len(row) for row in given.connections for _ in row]
        kernels = [normal(rng, given.kernel, fan * prod(given.kernel), x.dtype) for fan in fans]
        drawn["weight"] = np.stack(kernels)
    return drawn


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    if given.connections is None:
        y = convolve(tally, frame(given), x, normalised(weights), given.groups)
    else:
        ends = list(accumulate(len(row) for row in given.connections))
        kernels = np.split(weights["weight"], ends[:-1])
        # Each output map is a convolution of its own, of the input maps it is connected to.
        maps = [
            convolve(tally, frame(given), x[:, list(row)], own[np.newaxis], 1)
            for row, own in zip(given.connections, kernels, strict=True)
        ]
        y = np.concatenate(maps, axis=1)
    return add_bias(tally, y, weights.get("bias"))


def stain(given: Given, edge: Array, stains: Array) -> Array:
    return frame(given).stain(edge, stains)
