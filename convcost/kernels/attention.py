"""Multi-head attention: queries, keys and values, scores, softmax, weighted values, a last linear layer."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod, sqrt

import numpy as np

from convcost.kernels.convolution import pieces
from convcost.kernels.drawing import normal
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.whole import every_position, whole_beside
from convcost.kernels.windows import Frame


def weights(given: Given, rng: np.random.Generator, x: Array, *others: Array) -> Weights:
    """Rows [width, channels] and biases [width], named after what they make."""
    source = (others or (x,))[0].shape[1]
    key, value = (given.heads * (width or x.shape[1] // given.heads) for width in (given.key, given.value))
    out = given.out or x.shape[1]
    out_bias = given.bias if given.out_bias is None else given.out_bias
    drawn: Weights = {}
    for name, width, fan, bias in (
        ("query", key, x.shape[1], given.bias),
        ("key", key, source, given.bias),
        ("value", value, source, given.bias),
        *[("out", out, value, out_bias)] * given.project,
    ):
        drawn[f"{name}_weight"] = normal(rng, (width, fan), fan, x.dtype)
        if bias:
            drawn[f"{name}_bias"] = normal(rng, (width,), 200, x.dtype)
    lengths = [2 * n - 1 for n in given.window or x.shape[2:]]
    if given.relative == "embedding":
        vectors = [normal(rng, (length, key // given.heads), key, x.dtype) for length in lengths]
        drawn |= {f"relative{axis}_weight": each for axis, each in enumerate(vectors)}
    elif given.relative == "bias":
        drawn["relative_weight"] = normal(rng, (given.heads, *lengths), 200, x.dtype)
    return drawn


def run(given: Given, weights: Weights, tally: Tally, x: Array, *others: Array) -> Array:
    size = x.shape[2:]
    source = others[0] if others else averaged(given, tally, x)
    tokens, read = (windows(given, each) for each in (x, source))
    query, key, value = (
        heads(given, linear(weights, tally, name, each))
        for name, each in (("query", tokens), ("key", read), ("value", read))
    )
    query = tally.multiply(query, x.dtype.type(1 / sqrt(query.shape[2])))
    found = np.empty((*value.shape[:3], query.shape[3]), x.dtype)
    for (some,) in pieces(query.shape[3:], 4 * key.size // key.shape[2]):  # scores, less the largest, exp, shares
        scores = tally.matmul(key.swapaxes(2, 3), query[..., some])  # [windows, heads, keys, queries]
        for part in by_distance(given, weights, tally, query[..., some], given.window or size, some):
            scores = tally.add(scores, part, out=scores)
        powers = tally.exp(tally.subtract(scores, tally.largest(scores, 2)))
        found[..., some] = tally.matmul(value, tally.divide(powers, tally.total(powers, 2)))
    y = found.reshape(len(found), -1, found.shape[3])
    if given.project:
        y = linear(weights, tally, "out", y)
    return together(given, y, len(x), size)


def by_distance(
    given: Given, weights: Weights, tally: Tally, query: Array, size: tuple[int, ...], some: slice
) -> Iterator[Array]:
    """What is added to the scores [windows, heads, keys, queries] for how far a key is from its query."""
    if given.relative == "none":
        return
    apart = distances(size, some)
    if given.relative == "embedding":
        for axis, index in enumerate(apart):
            products = tally.matmul(weights[f"relative{axis}_weight"], query)
            yield np.take_along_axis(products, index[None, None], 2)
    else:
        yield weights["relative_weight"][:, *apart]


def distances(size: tuple[int, ...], some: slice = slice(None)) -> Array:
    """How far each key is from some queries along each axis, counted from -(n - 1): [axes, keys, queries]."""
    places = np.indices(size).reshape(len(size), -1)
    return np.asarray(places[:, :, None] - places[:, None, some] + np.reshape(size, (-1, 1, 1)) - 1)


def averaged(given: Given, tally: Tally, x: Array) -> Array:
    """Means over windows as long as their stride, where that is not 1."""
    if prod(given.stride) == 1:
        return x
    around = Frame(given.stride, given.stride, (1,) * len(given.stride), [(0, 0)] * len(given.stride))
    view = around.windows(x)
    total = around.gather(np.add, view)
    tally.additions += total.size * (prod(given.stride) - 1)
    return tally.divide(total, prod(given.stride))


def linear(weights: Weights, tally: Tally, name: str, x: Array) -> Array:
    """[N, width, tokens] from [N, channels, tokens]."""
    y = tally.matmul(x.swapaxes(1, 2), weights[f"{name}_weight"].T)
    if f"{name}_bias" in weights:
        y = tally.add(y, weights[f"{name}_bias"], out=y)
    return y.swapaxes(1, 2)


def heads(given: Given, x: Array) -> Array:
    return x.reshape(len(x), given.heads, -1, x.shape[2])


def windows(given: Given, x: Array) -> Array:
    """The tokens of each window as a sample of its own: [N * windows, channels, tokens]."""
    if given.window is None:
        return x.reshape(*x.shape[:2], -1)
    rank = len(given.window)
    cut = x.reshape(*x.shape[:2], *(n for i, m in zip(x.shape[2:], given.window, strict=True) for n in (i // m, m)))
    outer, inner = range(2, 2 + 2 * rank, 2), range(3, 3 + 2 * rank, 2)
    return cut.transpose(0, *outer, 1, *inner).reshape(-1, x.shape[1], prod(given.window))


def together(given: Given, y: Array, samples: int, size: tuple[int, ...]) -> Array:
    """The windows' tokens as maps again."""
    if given.window is None:
        return y.reshape(samples, -1, *size)
    rank, channels = len(size), y.shape[1]
    counts = [i // m for i, m in zip(size, given.window, strict=True)]
    cut = y.reshape(samples, *counts, channels, *given.window)
    pairs = [axis for n in range(rank) for axis in (1 + n, 2 + rank + n)]
    return cut.transpose(0, 1 + rank, *pairs).reshape(samples, channels, *size)


def stain(given: Given, edge: Array, stains: Array, *others: Array) -> Array:
    if others:
        found = whole_beside(edge, others[0]).reshape(len(stains), *(1,) * (stains.ndim - 1))
        return np.maximum(stains, found)
    if given.window is None:
        return every_position(given, edge, stains)
    for axis, m in enumerate(given.window, 1):
        parts = stains.reshape(*stains.shape[:axis], -1, m, *stains.shape[axis + 1 :])
        stains = np.broadcast_to(parts.max(axis=axis + 1, keepdims=True), parts.shape).reshape(stains.shape)
    return stains
