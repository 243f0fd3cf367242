"""ONNX operators that repeat a tensor's numbers or pick some of them by constants."""

from __future__ import annotations

from typing import Any

from convcost.ops.numbers import product
from convcost.reading.graph.graph import Constant
from convcost.reading.graph.laying import names, resized
from convcost.reading.graph.reshaping import reshaped
from convcost.reading.graph.step import Step
from convcost.reading.graph.views import MOST_AXES, Batch, C, H, Refusal, View, extent, same, text

_MOST_COPIES = 16
_MOST_RUNS = 16


def expand(step: Step) -> list[View]:
    x = step.map()
    target = step.numbers(1) or ()
    count = max(len(target), len(x.axes))
    if count > MOST_AXES:
        raise Refusal(f"makes a tensor of more than {MOST_AXES} axes")
    x = x._replace(axes=((),) * (count - len(x.axes)) + x.axes)
    target = (1,) * (count - len(target)) + tuple(target)
    pairs = zip(target, x.sizes, strict=True)
    return [expanded(step, x, tuple(size if not same(size, 1) else n for n, size in pairs))]


def expanded(step: Step, x: View, sizes: tuple[Any, ...]) -> View:
    """Return a tensor whose axes of size 1 have other sizes, each of its numbers as often as it takes."""
    pairs = zip(sizes, x.axes, strict=True)
    new = {n: size for n, (size, axis) in enumerate(pairs) if same(extent(axis), 1) and not same(size, 1)}
    if any(isinstance(size, Batch) for size in new.values()):
        raise Refusal("makes the samples of a batch of one")
    if not new:
        return x
    if x.is_plain and C in new and isinstance(new[C], int) and new[C] <= _MOST_COPIES:
        (tensor,) = step.walk.add(step.node, "concat", (x,) * new[C], {})
        return expanded(step, resized(x, tensor, {C: (C, new[C])}), sizes)
    # What is spread is made the only position of an axis: the nearest of a single one is that one.
    x, axes = step.apart(x, list(new))
    if C in axes.values():
        raise Refusal("spreads one number over all axes")
    size = list(x.shape.size)
    for n, axis in axes.items():
        size[axis - H] = new[n]
    (tensor,) = step.walk.add(step.node, "upsample", (x,), {"size": size})
    return resized(x, tensor, {n: (axis, new[n]) for n, axis in axes.items()})


def _copies(count: Any) -> int:
    if not isinstance(count, int) or not 1 <= count <= _MOST_COPIES:
        raise Refusal(f"repeats a tensor {count} times; {_MOST_COPIES} is the most")
    return count


def tile(step: Step) -> list[View]:
    x = step.map()
    times = step.numbers(1) or ()
    if len(times) != len(x.axes):
        raise Refusal(f"has {len(times)} repeats for {len(x.axes)} axes")
    for n, count in enumerate(times):
        if same(count, 1):
            continue
        if same(x.sizes[n], 1):
            x = expanded(step, x, tuple(count if m == n else size for m, size in enumerate(x.sizes)))
            continue
        x, axes = step.apart(x, [n])
        (tensor,) = step.walk.add(step.node, "concat", (x,) * _copies(count), {"axis": names(x, axes.values())[0]})
        x = resized(x, tensor, {n: (axes[n], x.sizes[n] * count)})
    return [x]


def gather(step: Step) -> list[View]:
    """Places of an axis by their numbers: runs of them, put side by side; a single number takes the axis away."""
    x, places = step.map(), step.input(1)
    n = step.axis(step.whole("axis", 0), len(x.axes))
    if isinstance(places, View) or places is None or places.values is None or places.dims is None:
        raise Refusal(f"takes places of an axis from `{step.node.inputs[1]}`, which can't be worked out from the file")
    if len(places.dims) > 1 and len(x.axes) + len(places.dims) > MOST_AXES + 1:
        raise Refusal(f"makes a tensor of more than {MOST_AXES} axes")
    size = x.sizes[n]
    taken = [place + size if place < 0 else place for place in places.values]
    y = picked(step, x, n, taken)
    new = (*y.sizes[:n], *places.dims, *y.sizes[n + 1 :])
    if not places.dims:
        return [y._replace(axes=(*y.axes[:n], *y.axes[n + 1 :]))]
    found = reshaped(y, new)
    if found is None:
        raise Refusal(f"makes {text(new)} of {text(y.sizes)}")
    return [found]


def picked(step: Step, x: View, n: int, places: list[Any]) -> View:
    """Return a tensor with these places of an axis."""
    if same(x.sizes[n], 1) and all(same(place, 0) for place in places):
        return expanded(step, x, tuple(len(places) if m == n else size for m, size in enumerate(x.sizes)))
    runs = _runs(places)
    if len(runs) == 1 and same(runs[0][0], 0) and same(runs[0][1], x.sizes[n]) and runs[0][2] == 1:
        return x
    x, axes = step.apart(x, [n])
    axis = names(x, axes.values())[0]
    parts: list[Any] = []
    for start, stop, each in runs:
        given = {"axis": axis, "start": start, "stop": stop, "step": each}
        parts += step.walk.add(step.node, "slice", (x,), given)
    count = len(places)
    if len(parts) > 1:
        parts = list(
            step.walk.add(step.node, "concat", tuple(x._replace(tensor=part) for part in parts), {"axis": axis})
        )
    return resized(x, parts[0], {n: (axes[n], count)})


def _runs(places: list[Any]) -> list[tuple[Any, Any, int]]:
    """Where places follow each other at the same distance: from, to before, step."""
    runs: list[list[Any]] = []
    for place in places:
        run = runs[-1] if runs else None
        if run and isinstance(place, int) and place > run[-1] and (len(run) == 1 or place - run[-1] == run[1] - run[0]):
            run.append(place)
        else:
            runs.append([place])
    if len(runs) > _MOST_RUNS:
        raise Refusal(f"takes {len(places)} places of an axis in {len(runs)} runs; {_MOST_RUNS} is the most")
    return [(run[0], run[-1] + 1, run[1] - run[0] if len(run) > 1 else 1) for run in runs]


def gather_nd(step: Step) -> list[View]:
    """Places of the first axes together, where those of each axis are the same whatever the others are."""
    x, places = step.map(), step.input(1)
    values = places.values if isinstance(places, Constant) else None
    if not isinstance(places, Constant) or not places.dims or not values or not all(isinstance(n, int) for n in values):
        raise Refusal(f"takes places from `{step.node.inputs[1]}`, which can't be worked out from the file")
    *dims, count = places.dims
    if step.whole("batch_dims", 0) or not 1 <= count <= len(x.axes) or len(dims) + len(x.axes) - count > MOST_AXES:
        raise Refusal(f"takes places by {text(places.dims)} indices from {text(x.sizes)}")
    start = 0
    for axis in range(count):
        table = values[axis::count]
        strides = [product(dims[n + 1 :]) for n in range(len(dims))]
        moves = [n for n, stride in enumerate(strides) if _differs_along(table, stride, dims[n])]
        end = len(dims) if axis == count - 1 else max(moves, default=start - 1) + 1
        if any(not start <= n < end for n in moves):
            raise Refusal("takes places of one axis that depend on those of another")
        each = product(dims[end:])
        taken = [table[n * each] for n in range(product(dims[start:end]))]
        x = picked(step, x, axis, [place + x.sizes[axis] if place < 0 else place for place in taken])
        start = end
    found = reshaped(x, (*dims, *x.sizes[count:]))
    if found is None:
        raise Refusal(f"makes {text((*dims, *x.sizes[count:]))} of {text(x.sizes)}")
    return [found]


def _differs_along(table: tuple[Any, ...], stride: int, size: int) -> bool:
    """Whether numbers differ along an axis of this size, whose places are so far apart."""
    return any(value != table[n - n // stride % size * stride] for n, value in enumerate(table))


SPREADING = {"Expand": expand, "Gather": gather, "GatherND": gather_nd, "Tile": tile}
"""The rules, by ONNX's names of the operators."""
