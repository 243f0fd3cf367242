"""im2col: all windows copied into the columns of one matrix, and one matrix product per group."""

from __future__ import annotations

import numpy as np

from convcost.kernels.algorithms.workspace import Workspace
from convcost.kernels.convolution import add_bias, columns
from convcost.kernels.tally import Array, Given, Weights
from convcost.kernels.windows import frame


def run(given: Given, weights: Weights, work: Workspace, x: Array) -> Array:
    view = frame(given).windows(x)
    weight = weights["weight"]
    unfolded = columns(view, x.ndim - 2, given.groups)
    if not np.shares_memory(unfolded, x):
        work.keep(unfolded)
    y = work.matmul(weight.reshape(given.groups, len(weight) // given.groups, -1), unfolded)
    return add_bias(work, y.reshape(len(x), len(weight), *view.shape[2 : x.ndim]), weights.get("bias"))
