"""Sliding window: for each output map, every window meets its kernels once."""

from __future__ import annotations

import numpy as np

from convcost.kernels.algorithms.workspace import Workspace, filters
from convcost.kernels.convolution import add_bias
from convcost.kernels.tally import Array, Given, Weights
from convcost.kernels.windows import frame


def run(given: Given, weights: Weights, work: Workspace, x: Array) -> Array:
    view = frame(given).windows(x)
    n, c = x.shape[:2]
    positions = view.shape[2 : x.ndim]
    y = np.empty((n, given.out, *positions), x.dtype)
    for number, (maps, own) in enumerate(filters(given, weights["weight"], c)):
        for at in np.ndindex(*positions):
            window = view[(slice(None), list(maps), *at)].reshape(n, -1)
            y[(slice(None), number, *at)] = work.matmul(window, own.reshape(-1, 1))[:, 0]
    return add_bias(work, y, weights.get("bias"))
