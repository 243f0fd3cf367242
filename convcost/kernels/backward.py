"""Gradients with respect to inputs and weights of what multiplies and accumulates, counted like the forward pass.

Each function takes what the forward pass had and the gradient of its output, and gives the gradient of its input (None
if it is not asked for: a network's first layer) and of its weights. Every product of the forward pass appears once in
each of the two. The gradient of a bias is a sum. Those of what works on tokens are in `backward_tokens`, those of
deformable convolution in `backward_deformable`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from math import prod

import numpy as np

from convcost.kernels import backward_tokens, blur_pool
from convcost.kernels.backward_deformable import deformable_conv
from convcost.kernels.backward_windows import convolution, of_bias, over_samples, scattered, through
from convcost.kernels.conv_transpose import blank, cut_products, windows_of
from convcost.kernels.convolution import columns
from convcost.kernels.drawing import per_channel
from convcost.kernels.locally_connected import unfolded
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.weight_norm import normalised, through_norm
from convcost.kernels.windows import frame, inside

Gradients = tuple[Array | None, Weights]


def conv(given: Given, weights: Weights, tally: Tally, x: Array, grad: Array, needs_input: bool = True) -> Gradients:
    if "given_weight" in weights:
        weight = weights["given_weight"]
        return (through(tally, frame(given), x, weight, given.groups, grad) if needs_input else None), {}
    if given.connections is None:
        grad_x, grad_w = convolution(tally, frame(given), x, normalised(weights), given.groups, grad, needs_input)
        return grad_x, through_norm(weights, grad_w) | of_bias(tally, weights, grad)
    grad_x, parts = (np.zeros_like(x) if needs_input else None), []
    ends = list(accumulate(len(row) for row in given.connections))
    for m, (row, own) in enumerate(zip(given.connections, np.split(weights["weight"], ends[:-1]), strict=True)):
        read = x[:, list(row)]
        part, grad_w = convolution(tally, frame(given), read, own[np.newaxis], 1, grad[:, m : m + 1], needs_input)
        parts.append(grad_w[0])
        if grad_x is not None and part is not None:
            grad_x[:, list(row)] += part
    return grad_x, {"weight": np.concatenate(parts)} | of_bias(tally, weights, grad)


def depthwise_conv(
    given: Given, weights: Weights, tally: Tally, x: Array, grad: Array, needs_input: bool = True
) -> Gradients:
    if not given.trained:
        weight = weights["weight_constant"]
        return (through(tally, frame(given), x, weight, x.shape[1], grad) if needs_input else None), {}
    grad_x, grad_w = convolution(tally, frame(given), x, weights["weight"], x.shape[1], grad, needs_input)
    return grad_x, {"weight": grad_w} | of_bias(tally, weights, grad)


def conv_transpose(
    given: Given, weights: Weights, tally: Tally, x: Array, grad: Array, needs_input: bool = True
) -> Gradients:
    n, c, *size = x.shape
    weight, groups = weights["weight"], given.groups
    canvas, landing = blank(given, grad.shape[:2], size, grad.dtype)
    inside(canvas, given.padding)[...] = grad
    seen = columns(windows_of(given).view(landing), len(size), groups)
    rows, flat = weight.reshape(groups, c // groups, -1), x.reshape(n, groups, c // groups, -1)
    cut = cut_products(given, size) * n * (weight.size // prod(given.kernel))
    grad_w = over_samples(tally, flat, seen).reshape(weight.shape)
    tally.wasted += cut
    gradients = {"weight": grad_w} | of_bias(tally, weights, grad)
    if not needs_input:
        return None, gradients
    tally.wasted += cut
    return tally.matmul(rows, seen).reshape(x.shape), gradients


def subsample(
    given: Given, weights: Weights, tally: Tally, x: Array, grad: Array, needs_input: bool = True
) -> Gradients:
    around, axes = frame(given), (0, *range(2, grad.ndim))
    sums = around.gather(np.add, around.windows(x))
    grad_w = tally.multiply_add(grad, sums, 0).sum(axis=axes)
    gradients = {"weight": grad_w} | of_bias(tally, weights, grad)
    if not needs_input:
        return None, gradients
    shares = tally.multiply_add(grad, per_channel(weights["weight"], x), 0)
    canvas, rank = np.zeros_like(x), x.ndim - 2
    taps = shares.reshape(*shares.shape[:2], *(1,) * rank, *shares.shape[2:])
    around.scatter(np.broadcast_to(taps, (*x.shape[:2], *around.kernel, *shares.shape[2:])), canvas)
    return canvas, gradients


def linear(given: Given, weights: Weights, tally: Tally, x: Array, grad: Array, needs_input: bool = True) -> Gradients:
    gradients = through_norm(weights, tally.matmul(grad.T, x.reshape(len(x), -1))) | of_bias(tally, weights, grad)
    return (tally.matmul(grad, normalised(weights)).reshape(x.shape) if needs_input else None), gradients


def locally_connected(
    given: Given, weights: Weights, tally: Tally, x: Array, grad: Array, needs_input: bool = True
) -> Gradients:
    around, flat = frame(given), grad.reshape(*grad.shape[:2], -1).transpose(2, 1, 0)
    padding = around.padding_reads(x.shape[2:]) * len(x) * x.shape[1] * given.out
    gradients = {"weight": tally.matmul(flat, unfolded(given, x).transpose(2, 0, 1))}
    tally.wasted += padding
    if given.bias:
        gradients["bias"] = tally.total(flat, 2)[:, :, 0]
    if not needs_input:
        return None, gradients
    products = tally.matmul(weights["weight"].swapaxes(1, 2), flat).transpose(2, 1, 0)
    tally.wasted += padding
    return scattered(around, products, x, grad.shape[2:]), gradients


def blurred(given: Given, weights: Weights, tally: Tally, x: Array, grad: Array, needs_input: bool = True) -> Gradients:
    if not needs_input:
        return None, {}
    column, around = weights["constant"].reshape(-1, 1), blur_pool.windows(given)
    products = tally.matmul(column, grad.reshape(*grad.shape[:2], 1, -1))
    return scattered(around, products, x, grad.shape[2:]), {}


_OF_ONE_INPUT: dict[str, Callable[..., Gradients]] = {
    "blur_pool": blurred,
    "conv": conv,
    "conv_transpose": conv_transpose,
    "depthwise_conv": depthwise_conv,
    "gru": backward_tokens.gru,
    "linear": linear,
    "locally_connected": locally_connected,
    "lstm": backward_tokens.lstm,
    "subsample": subsample,
}

_OF_SEVERAL: dict[str, Callable[..., tuple[list[Array | None], Weights]]] = {
    "attention": backward_tokens.attention,
    "deformable_conv": deformable_conv,
    "matmul": backward_tokens.matmul,
}

BACKWARD = (*_OF_ONE_INPUT, *_OF_SEVERAL)
"""Operators whose gradients can be executed."""


def gradients(
    kind: str, given: Given, weights: Weights, tally: Tally, xs: Sequence[Array], grad: Array, needs: Sequence[bool]
) -> tuple[list[Array | None], Weights]:
    """Return the gradients of a layer's inputs, None for each that does not need one, and of its weights."""
    if kind in _OF_ONE_INPUT:
        grad_x, found = _OF_ONE_INPUT[kind](given, weights, tally, *xs, grad, *needs)
        return [grad_x], found
    return _OF_SEVERAL[kind](given, weights, tally, xs, grad, needs)
