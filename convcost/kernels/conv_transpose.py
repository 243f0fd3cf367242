"""Transposed convolution: every input element scatters a kernel over a canvas, from which the padding is cut."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from convcost.kernels.convolution import add_bias
from convcost.kernels.drawing import normal
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import Frame, inside, pad


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    """Filters [C, out/groups, *kernel]; an output sums taps / stride products per channel, more or less."""
    c, m, taps = x.shape[1], given.out // given.groups, prod(given.kernel)
    fan_in = max(1, c // given.groups * taps // prod(given.stride))
    drawn = {"weight": normal(rng, (c, m, *given.kernel), fan_in, x.dtype)}
    if given.bias:
        drawn["bias"] = normal(rng, (given.out,), 200, x.dtype)
    return drawn


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    n, c, *size = x.shape
    weight, groups, frame = weights["weight"], given.groups, windows_of(given)
    m = given.out // groups
    rows, flat = weight.reshape(groups, c // groups, m, -1), x.reshape(n, groups, c // groups, -1)
    canvas, landing = blank(given, (n, given.out), size, x.dtype)
    for tap, target in enumerate(frame.taps(frame.view(landing, writeable=True))):
        target += tally.matmul(rows[..., tap].swapaxes(1, 2), flat).reshape(target.shape)
    tally.wasted += cut_products(given, size) * n * (weight.size // prod(given.kernel))
    return add_bias(tally, inside(canvas, given.padding).copy(), weights.get("bias"))


def stain(given: Given, edge: Array, stains: Array) -> Array:
    """Beyond the edges of the input there would be more that scatters onto the output."""
    axes = zip(given.kernel, given.dilation, given.stride, given.output_padding, strict=True)
    margins = [(d * (k - 1) + extra) // s + 1 for k, d, s, extra in axes]
    wide = pad(stains, [(m, m) for m in margins], edge)
    canvas, landing = blank(given, stains.shape[:1], wide.shape[1:], stains.dtype)
    frame = windows_of(given)
    for target in frame.taps(frame.view(landing, writeable=True)):
        np.maximum(target, wide, out=target)
    cuts = zip(margins, given.stride, given.padding, strict=True)
    return inside(canvas, [(m * s + before, m * s + after) for m, s, (before, after) in cuts])


def windows_of(given: Given) -> Frame:
    """Return the windows through which each input position sees its products land."""
    return Frame(given.kernel, given.stride, given.dilation, ((0, 0),) * len(given.kernel))


def blank(given: Given, lead: Sequence[int], size: Sequence[int], dtype: Any) -> tuple[Array, Array]:
    """Return a canvas of zeros, and the part of it that products land on: all but the output padding."""
    axes = zip(size, given.kernel, given.stride, given.dilation, strict=True)
    reach = [int(np.add.outer(np.arange(i) * s, np.arange(k) * d).max()) + 1 for i, k, s, d in axes]
    extra = [(0, a) for a in given.output_padding]
    canvas = np.zeros((*lead, *(r + a for r, (_, a) in zip(reach, extra, strict=True))), dtype)
    return canvas, inside(canvas, extra)


def cut_products(given: Given, size: Sequence[int]) -> int:
    """Pairs (input position, tap) whose product lands on what is cut away: a mask seen through the same windows."""
    cut, landing = blank(given, (), size, bool)
    cut[...] = True
    inside(cut, given.padding)[...] = False
    frame = windows_of(given)
    return frame.count(frame.view(landing))
