"""Operators of a graph that only move a constant's numbers: where each of the new tensor's is from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from math import prod
from typing import Any

from convcost.reading.graph.constants import Dims, Made, Rule, axes_of, integers, is_small, known, origin, together
from convcost.reading.graph.graph import Constant, Node
from convcost.reading.graph.views import BATCH


def picked(x: Constant, dims: Iterable[Any], source: Callable[[Dims], Dims]) -> Constant:
    """The tensor of these sizes whose number at an index is the one of x at `source(index)`."""
    dims = tuple(dims)
    values, old = x.values, x.dims or ()
    if x.trained and x.dims is not None and prod(dims) != prod(old):
        x = x._replace(origin=origin(x))
    if values is None or not is_small(dims):
        return x._replace(dims=dims, numbers=None)
    strides = [prod(old[n + 1 :]) for n in range(len(old))]
    places = (sum(i * s for i, s in zip(source(index), strides, strict=True)) for index in product(*map(range, dims)))
    return x._replace(dims=dims, numbers=tuple(values[place] for place in places))


def spread(x: Constant, dims: Dims) -> Constant:
    old = x.dims or ()
    if old == dims:
        return x
    lead = len(dims) - len(old)
    return picked(x, dims, lambda index: tuple(i if n != 1 else 0 for i, n in zip(index[lead:], old, strict=True)))


def _transpose(node: Node, given: Sequence[Constant]) -> Made:
    x = given[0]
    if x.dims is None:
        return None
    perm = node.attributes.get("perm", tuple(range(len(x.dims)))[::-1])
    if sorted(perm) != list(range(len(x.dims))):
        return None
    back = [perm.index(n) for n in range(len(perm))]
    return picked(x, [x.dims[n] for n in perm], lambda index: tuple(index[n] for n in back))


def _reshape(node: Node, given: Sequence[Constant]) -> Made:
    x, target = given[0], integers(given[1])
    if x.dims is None or target is None:
        return None
    sizes = [x.dims[n] if size == 0 else size for n, size in enumerate(target)]
    total = prod(x.dims)
    if sizes.count(-1) == 1:
        sizes[sizes.index(-1)] = total // prod(n for n in sizes if n != -1)
    return x._replace(dims=tuple(sizes)) if prod(sizes) == total else None


def _flatten(node: Node, given: Sequence[Constant]) -> Made:
    x, axis = given[0], node.attributes.get("axis", 1)
    return None if x.dims is None else x._replace(dims=(prod(x.dims[:axis]), prod(x.dims[axis:])))


def _squeeze(node: Node, given: Sequence[Constant]) -> Made:
    x, axes = given[0], axes_of(node, given)
    if x.dims is None:
        return None
    if axes is None:
        return x._replace(dims=tuple(n for n in x.dims if n != 1))
    dropped = {n % len(x.dims) for n in axes}
    return x._replace(dims=tuple(n for axis, n in enumerate(x.dims) if axis not in dropped))


def _unsqueeze(node: Node, given: Sequence[Constant]) -> Made:
    x, axes = given[0], axes_of(node, given)
    if x.dims is None or axes is None or len(axes) > 8:
        return None
    dims = list(x.dims)
    for axis in sorted(n % (len(x.dims) + len(axes)) for n in axes):
        dims.insert(axis, 1)
    return x._replace(dims=tuple(dims))


def _gather(node: Node, given: Sequence[Constant]) -> Made:
    x, at = given[:2]
    if x.dims is None or at.dims is None:
        return None
    axis = node.attributes.get("axis", 0) % max(1, len(x.dims))
    rank, places = len(at.dims), at.values
    strides = [prod(at.dims[n + 1 :]) for n in range(rank)]
    dims = (*x.dims[:axis], *at.dims, *x.dims[axis + 1 :])

    def source(index: Dims) -> Dims:
        assert places is not None
        place = places[sum(i * s for i, s in zip(index[axis : axis + rank], strides, strict=True))]
        return (*index[:axis], place % (x.dims or ())[axis], *index[axis + rank :])

    return picked(x if places is not None else x._replace(numbers=None), dims, source)


def _slice(node: Node, given: Sequence[Constant]) -> Made:
    x = given[0]
    words = [node.attributes.get(name) for name in ("starts", "ends", "axes")]
    if words[0] is None:
        words = [integers(one) for one in given[1:4]]
    starts, ends, axes = (*words, None)[:3]
    if x.dims is None or starts is None or ends is None:
        return None
    axes = axes or tuple(range(len(starts)))
    steps = integers(given[4]) if len(given) > 4 else None
    found = [range(n) if isinstance(n, int) else None for n in x.dims]
    for axis, *bounds in zip(axes, starts, ends, steps or (1,) * len(axes), strict=True):
        along = found[axis % len(found)]
        if along is None:
            return None
        found[axis % len(found)] = along[slice(*bounds)]
    dims = [n if along is None else len(along) for n, along in zip(x.dims, found, strict=True)]
    parts = [f"{a.start}:{a.stop}:{a.step}" if a and a != range(n) else ":" for a, n in zip(found, x.dims, strict=True)]
    if set(parts) != {":"}:
        x = x._replace(key=f"{x.key}[{', '.join(parts)}]", origin=origin(x))
    return picked(x, dims, lambda index: tuple(a[i] if a else i for i, a in zip(index, found, strict=True)))


def _concat(node: Node, given: Sequence[Constant]) -> Made:
    if not given or not known(*given):
        return None
    rank = len(given[0].dims or ())
    axis = node.attributes.get("axis", 0) % rank
    sizes = [(one.dims or ())[axis] for one in given]
    dims = (*(given[0].dims or ())[:axis], sum(sizes), *(given[0].dims or ())[axis + 1 :])
    made = Constant(node.outputs[0], dims, None, any(one.trained for one in given), origin(*given))
    if any(one.values is None for one in given) or not is_small(dims):
        return made
    inner = prod(dims[axis + 1 :])
    rows = range(prod(dims[:axis]))
    parts = [(one.values or (), size * inner) for one, size in zip(given, sizes, strict=True)]
    return made._replace(numbers=tuple(n for row in rows for part, m in parts for n in part[row * m : row * m + m]))


def _split(node: Node, given: Sequence[Constant]) -> Made:
    x, count = given[0], len(node.outputs)
    if x.dims is None:
        return None
    axis = node.attributes.get("axis", 0) % len(x.dims)
    sizes = node.attributes.get("split") or (integers(given[1]) if len(given) > 1 else None)
    if sizes is None:
        each = -(-x.dims[axis] // count)
        sizes = (*(each,) * (count - 1), x.dims[axis] - each * (count - 1))
    made = []
    for n, size in enumerate(sizes):
        start = sum(sizes[:n])
        dims = (*x.dims[:axis], size, *x.dims[axis + 1 :])
        part = picked(x, dims, lambda i, start=start: (*i[:axis], i[axis] + start, *i[axis + 1 :]))  # type: ignore[misc]
        made.append(part._replace(key=node.outputs[n]))
    return made


def _expand(node: Node, given: Sequence[Constant]) -> Made:
    x, target = given[0], integers(given[1])
    if x.dims is None or target is None:
        return None
    # What there is once for each sample is the same for all.
    return spread(x, together(x.dims, tuple(1 if n == BATCH else n for n in target)))


def _tile(node: Node, given: Sequence[Constant]) -> Made:
    x, times = given[0], integers(given[1])
    if x.dims is None or times is None or len(times) != len(x.dims):
        return None
    old = x.dims
    dims = [n * count for n, count in zip(old, times, strict=True)]
    return picked(x, dims, lambda index: tuple(i % n for i, n in zip(index, old, strict=True)))


MOVED: dict[str, Rule] = {
    "Concat": _concat,
    "Expand": _expand,
    "Flatten": _flatten,
    "Gather": _gather,
    "Reshape": _reshape,
    "Slice": _slice,
    "Split": _split,
    "Squeeze": _squeeze,
    "Tile": _tile,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
"""The rules, by ONNX's names of the operators."""
