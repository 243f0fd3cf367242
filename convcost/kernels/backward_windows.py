"""What the gradients of all that works in windows have in common."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from convcost.kernels.convolution import columns
from convcost.kernels.tally import Array, Tally, Weights
from convcost.kernels.windows import Frame, fold, pad


def convolution(
    tally: Tally, around: Frame, x: Array, weight: Array, groups: int, grad: Array, needs_input: bool
) -> tuple[Array | None, Array]:
    n, m, rank = len(x), len(weight), grad.ndim - 2
    read = columns(around.windows(x), rank, groups)
    flat = grad.reshape(n, groups, m // groups, -1)
    padding = around.padding_reads(x.shape[2:]) * n * (weight.size // prod(around.kernel))
    grad_w = over_samples(tally, flat, read).reshape(weight.shape)
    tally.wasted += padding
    return (through(tally, around, x, weight, groups, grad) if needs_input else None), grad_w


def through(tally: Tally, around: Frame, x: Array, weight: Array, groups: int, grad: Array) -> Array:
    """The gradient of the input of a convolution."""
    n, m = len(x), len(weight)
    rows = weight.reshape(groups, m // groups, -1).swapaxes(1, 2)
    products = tally.matmul(rows, grad.reshape(n, groups, m // groups, -1))
    tally.wasted += around.padding_reads(x.shape[2:]) * n * (weight.size // prod(around.kernel))
    return scattered(around, products, x, grad.shape[2:])


def scattered(around: Frame, products: Array, x: Array, positions: Sequence[int]) -> Array:
    """Products for every channel, tap and position, added to where on x the taps have read."""
    sides = around.sides(x.shape[2:])
    canvas = np.zeros_like(pad(x, sides))
    around.scatter(products.reshape(*x.shape[:2], *around.kernel, *positions), canvas)
    return fold(canvas, sides, around.mode)


def over_samples(tally: Tally, a: Array, b: Array) -> Array:
    """a @ b transposed, summed over the samples; the sum is the accumulating half of the products."""
    y: Array = tally.matmul(a, b.swapaxes(2, 3)).sum(axis=0)
    return y


def of_bias(tally: Tally, weights: Weights, grad: Array) -> Weights:
    if "bias" not in weights:
        return {}
    return {"bias": tally.total(grad, (0, *range(2, grad.ndim))).reshape(-1)}
