"""What conv, depthwise_conv and deformable_conv share: windows unfolded into columns, and one matrix product."""

from __future__ import annotations

from math import prod

import numpy as np

from convcost.kernels.tally import Array, Tally
from convcost.kernels.windows import Frame

LARGEST = 1 << 20
"""Columns beyond this many numbers are made and multiplied slab by slab: they should stay in the cache."""


def columns(view: Array, rank: int, groups: int) -> Array:
    """Windows [N, C, *positions, *kernel] as columns [N, groups, C/groups * taps, positions]."""
    n, c = view.shape[:2]
    positions, taps = range(2, 2 + rank), range(2 + rank, 2 + 2 * rank)
    unfolded = view.transpose(0, 1, *taps, *positions)
    return unfolded.reshape(n, groups, c // groups * prod(view.shape[2 + rank :]), prod(view.shape[2 : 2 + rank]))


def convolve(tally: Tally, frame: Frame, x: Array, weight: Array, groups: int) -> Array:
    """Cross-correlation of x [N, C, *size] with filters [M, C/groups, *kernel].

    A depthwise convolution is as many matrix products as channels, of one row each.
    """
    rank = len(frame.kernel)
    view = frame.windows(x)
    n, m = len(x), len(weight)
    rows = weight.reshape(groups, m // groups, -1)
    step = max(1, LARGEST * view.shape[2] // max(1, view.size))
    slabs = []
    for first in range(0, view.shape[2], step):
        slab = view[:, :, first : first + step]
        y = tally.matmul(rows, columns(slab, rank, groups))
        slabs.append(y.reshape(n, m, *slab.shape[2 : 2 + rank]))
    # Every tap of every window multiplies, in each sample, all the weights of that tap.
    tally.wasted += frame.padding_reads(x.shape[2:]) * n * (weight.size // prod(frame.kernel))
    return slabs[0] if len(slabs) == 1 else np.concatenate(slabs, axis=2)


def add_bias(tally: Tally, y: Array, bias: Array | None) -> Array:
    """y, which it changes, with one number added per channel."""
    return y if bias is None else tally.add(y, bias.reshape(-1, *(1,) * (y.ndim - 2)), out=y)
