"""What conv, depthwise_conv and deformable_conv share: windows unfolded into columns, and one matrix product."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from convcost.kernels.tally import Array, Tally
from convcost.kernels.windows import Frame

LARGEST = 1 << 20
"""Columns beyond this many numbers are made and multiplied piece by piece: they should stay in the cache."""


def pieces(size: Sequence[int], each: int) -> Iterator[tuple[slice, ...]]:
    """Yield slices that cut a grid into pieces, of no more than LARGEST numbers at `each` per position.

    >>> list(pieces((2, 3), LARGEST // 3))
    [(slice(0, 1, None), slice(None, None, None)), (slice(1, 2, None), slice(None, None, None))]
    """
    row = max(1, each * prod(size[1:]))
    step = max(1, LARGEST // row)
    for first in range(0, size[0], step):
        whole = [tuple(slice(None) for _ in size[1:])]
        for rest in whole if row <= LARGEST or len(size) == 1 else pieces(size[1:], each):
            yield slice(first, first + step), *rest


def columns(view: Array, rank: int, groups: int) -> Array:
    """Return windows [N, C, *positions, *kernel] as columns [N, groups, C/groups * taps, positions]."""
    n, c = view.shape[:2]
    positions, taps = range(2, 2 + rank), range(2 + rank, 2 + 2 * rank)
    unfolded = view.transpose(0, 1, *taps, *positions)
    return unfolded.reshape(n, groups, c // groups * prod(view.shape[2 + rank :]), prod(view.shape[2 : 2 + rank]))


def convolve(tally: Tally, frame: Frame, x: Array, weight: Array, groups: int) -> Array:
    """Return the cross-correlation of x [N, C, *size] with filters [M, C/groups, *kernel].

    A depthwise convolution is as many matrix products as channels, of one row each.
    """
    rank = len(frame.kernel)
    view = frame.windows(x)
    n, m = len(x), len(weight)
    rows = weight.reshape(groups, m // groups, -1)
    positions = view.shape[2 : 2 + rank]
    y = np.empty((n, m, *positions), x.dtype)
    for place in pieces(positions, n * x.shape[1] * prod(frame.kernel)):
        target = y[:, :, *place]
        target[...] = tally.matmul(rows, columns(view[:, :, *place], rank, groups)).reshape(target.shape)
    # Every tap of every window multiplies, in each sample, all the weights of that tap.
    tally.wasted += frame.padding_reads(x.shape[2:]) * n * (weight.size // prod(frame.kernel))
    return y


def add_bias(tally: Tally, y: Array, bias: Array | None) -> Array:
    """Return y, which it changes, with one number added per channel."""
    return y if bias is None else tally.add(y, bias.reshape(-1, *(1,) * (y.ndim - 2)), out=y)
