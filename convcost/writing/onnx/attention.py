"""Multi-head attention, as operators of ONNX: linear layers, two products of maps and a softmax between them.

[N, (windows,) tokens, channels] -> queries, keys, values [N, (windows,) heads, tokens, width] -> [N, C, ...]
"""

from __future__ import annotations

from itertools import product
from math import prod, sqrt

from convcost.ops.numbers import Number, plain
from convcost.writing.onnx.step import Step


def attention(step: Step) -> str:
    """Add the nodes of an attention, each linear layer, product and softmax named as a part of it."""
    given = step.operator
    key, value, out = (int(n) for n in given.widths(step.shape))
    source, read = _source(step)
    lead = 2 if given.window else 1
    """Axes before those of the heads."""
    query = _heads(step, _linear(step, "query", _tokens(step, step.x, step.numbers), step.numbers[0], key), key)
    tokens = _tokens(step, source, read)
    keys, values = (
        _heads(step, _linear(step, name, tokens, read[0], width), width)
        for name, width in (("key", key), ("value", value))
    )
    query = step.part("scaled", "Mul", query, step.fixed(1 / sqrt(key // given.heads)))
    turned = step.turned(keys, *range(lead + 1), lead + 2, lead + 1)
    scores = step.part("scores", "MatMul", query, turned)
    scores = _with_distances(step, scores, query, key // given.heads)
    found = step.part("weighted", "MatMul", step.part("softmax", "Softmax", scores, axis=-1), values)
    together = step.turned(found, *range(lead), lead + 1, lead, lead + 2)
    y = step.reshaped(together, *_windows(step), -1, value)
    if given.project:
        y = _linear(step, "out", y, value, out)
    return _as_map(step, y, out)


def _source(step: Step) -> tuple[str, list[Number]]:
    """What keys and values are made of, and its sizes: a second input, means over windows, or the map itself."""
    if len(step.inputs) > 1:
        return step.inputs[1], [*map(plain, step.layer.input_shapes[1].numbers)]
    stride = [*step.operator.stride]
    if prod(stride) == 1:
        return step.x, step.numbers
    channels, *size = step.numbers
    means = step.part("average", "AveragePool", step.x, kernel_shape=stride, strides=stride)
    return means, [channels, *(i // s for i, s in zip(size, stride, strict=True))]


def _windows(step: Step) -> list[Number]:
    """How many windows there are, if there are any."""
    window = step.operator.window
    return [prod(step.numbers[1:]) // prod(window)] if window else []


def _tokens(step: Step, x: str, sizes: list[Number]) -> str:
    """A map as rows, one for each position, those of each window together."""
    channels, *size = sizes
    window = step.operator.window
    if not window:
        return step.turned(step.reshaped(x, channels, prod(size)), 0, 2, 1)
    rank = len(size)
    cut = step.reshaped(x, channels, *(n for i, m in zip(size, window, strict=True) for n in (i // m, m)))
    moved = step.turned(cut, 0, *range(2, 2 + 2 * rank, 2), *range(3, 3 + 2 * rank, 2), 1)
    return step.reshaped(moved, *_windows(step), prod(window), channels)


def _as_map(step: Step, y: str, channels: int) -> str:
    """Rows as a map again: the node that is called as the layer is."""
    size, window = step.numbers[1:], step.operator.window
    shape = step.shaped(channels, *size)
    if not window:
        return step.node("Reshape", step.turned(y, 0, 2, 1), shape)
    rank = len(size)
    cut = step.reshaped(y, *(i // m for i, m in zip(size, window, strict=True)), *window, channels)
    pairs = (axis for n in range(rank) for axis in (1 + n, 1 + rank + n))
    return step.node("Reshape", step.turned(cut, 0, 1 + 2 * rank, *pairs), shape)


def _linear(step: Step, name: str, x: str, features: int, out: int) -> str:
    """Rows times a matrix, and a bias if there is one; what is read as one layer is named so."""
    given = step.operator
    y = step.part(name, "MatMul", x, step.weight(features, out, part=f"{name}.weight", fan=features))
    if not (given.has_out_bias if name == "out" else given.bias):
        return y
    return step.aside("Add", y, step.bias(out, part=f"{name}.bias"))


def _heads(step: Step, x: str, width: int) -> str:
    """Rows cut in heads, each a matrix of its own."""
    heads, lead = step.operator.heads, _windows(step)
    cut = step.reshaped(x, *lead, -1, heads, width // heads)
    first = 1 + len(lead)
    return step.turned(cut, *range(first), first + 1, first, first + 2)


def _with_distances(step: Step, scores: str, query: str, width: int) -> str:
    """Scores, and what is added to each for how far its key is from its query."""
    given = step.operator
    if given.relative == "none":
        return scores
    size = [*map(step.number, given.window or step.numbers[1:])]
    if given.relative == "bias":
        return step.part("relative", "Add", scores, _by_number(step, size))
    if given.window:
        raise step.refused("in windows with a vector for each distance, that convcost can write")
    return _by_vector(step, scores, query, size, width)


def _by_number(step: Step, size: list[int]) -> str:
    """A number for each distance along all axes and each head: [heads, queries, keys]."""
    heads, lengths = step.operator.heads, [2 * n - 1 for n in size]
    table = step.bias(heads, prod(lengths), part="relative.bias")
    places = [*product(*map(range, size))]
    distances = []
    for query in places:
        for key in places:
            place = 0
            for q, k, n, length in zip(query, key, size, lengths, strict=True):
                place = place * length + k - q + n - 1
            distances.append(place)
    index = step.graph.numbers(distances, (len(places), len(places)), "int64")
    return step.aside("Gather", table, index, axis=1)


def _by_vector(step: Step, scores: str, query: str, size: list[int], width: int) -> str:
    """A vector for each distance along each axis, times every query: row i of [n, 2n - 1] is shifted by i to [n, n]."""
    heads, rank = step.operator.heads, len(size)
    map_of_queries = step.reshaped(query, heads, *size, width)
    split = step.reshaped(scores, heads, *size, *size)
    for axis, n in enumerate(size):
        others = [other for other in range(rank) if other != axis]
        lead = [heads, *(size[other] for other in others)]
        turned = step.turned(map_of_queries, 0, 1, *(2 + other for other in others), 2 + axis, 2 + rank)
        vectors = step.weight(width, 2 * n - 1, part=f"relative{axis}.weight", fan=width)
        rows = step.part(f"relative{axis}", "MatMul", turned, vectors)
        flat = step.reshaped(_behind(step, rows, 2 + rank, 1), *lead, 2 * n * n)
        cut = step.reshaped(_behind(step, flat, 1 + rank, n - 1), *lead, n + 1, 2 * n - 1)
        ends = step.whole(0, n - 1), step.whole(n, 2 * n - 1), step.whole(1 + rank, 2 + rank)
        found = step.aside("Slice", cut, *ends)
        # [N, heads, others..., n, n] -> the axis of queries where it was, and ones where other keys are
        order = [0, 1, *(2 + (others.index(a) if a != axis else rank - 1) for a in range(rank)), 1 + rank + 1]
        ones = [n if other == axis else 1 for other in range(rank)]
        spread = step.reshaped(step.turned(found, *order), heads, *size, *ones)
        split = step.part(f"distance{axis}", "Add", split, spread)
    return step.reshaped(split, heads, prod(size), prod(size))


def _behind(step: Step, x: str, axis: int, count: int) -> str:
    """A tensor with zeros behind the last of its axes."""
    return step.aside("Pad", x, step.whole(*(0 for _ in range(2 * axis + 1)), count)) if count else x
