"""ONNX operators that cut tensors in parts, put them side by side, or put something around them."""

from __future__ import annotations

from typing import Any

from convcost.network import Tensor
from convcost.ops.numbers import differ, product
from convcost.reading.graph.graph import Constant
from convcost.reading.graph.laying import MOST, can_be_map, few, names, own, resized, shown
from convcost.reading.graph.step import FIXED, Rule, Step
from convcost.reading.graph.views import (
    BATCH,
    UNIT,
    Batch,
    C,
    Factor,
    H,
    N,
    Refusal,
    View,
    same,
    text,
    transposed,
    view,
)

_END = 2**31 - 1
"""From here on an end means all that there is."""

_MOST_READERS = 64
"""How many nodes may read a tensor for those that cut it to be one split."""


def concat(step: Step) -> list[View]:
    values = [step.input(n) for n in range(len(step.node.inputs))]
    places = [n for n, value in enumerate(values) if isinstance(value, View)]
    if not places:
        raise Refusal("stacks no tensor that depends on the input")
    first, last = places[0], places[-1]
    xs = [step.map(n) for n in range(first, last + 1)]
    axis = step.axis(step.whole("axis", 1), len(xs[0].axes))
    y = _stacked(step, xs, axis) if len(xs) > 1 else xs[0]
    for value in reversed(values[:first]):
        y = _with_constant(step, y, axis, value, before=True)
    for value in values[last + 1 :]:
        y = _with_constant(step, y, axis, value, before=False)
    return [y]


def _stacked(step: Step, xs: list[View], axis: int) -> View:
    """Tensors one after the other along an axis, whose other axes are alike."""
    if any(len(x.axes) != len(xs[0].axes) for x in xs):
        raise Refusal("stacks tensors of different numbers of axes")
    role = xs[0].roles[axis]
    others = [[a for n, a in enumerate(x.axes) if n != axis] for x in xs]
    if role in (None, UNIT) or any(x.roles != xs[0].roles for x in xs) or any(other != others[0] for other in others):
        if all(can_be_map(x) and not own(x.axes[0]) for x in xs) and axis:
            xs, role = [step.as_map(x) for x in xs], axis
        else:
            laid = [step.apart(x, [axis], anew=True) for x in xs]
            xs, role = [x for x, _ in laid], laid[0][1][axis]
    if role == N:
        raise Refusal("stacks samples", FIXED)
    assert role is not None
    (tensor,) = step.walk.add(step.node, "concat", tuple(xs), {"axis": names(xs[0], [role])[0]})
    return resized(xs[0], tensor, {axis: (role, sum(x.sizes[axis] for x in xs))})


def _with_constant(step: Step, x: View, axis: int, constant: View | Constant | None, before: bool) -> View:
    """Numbers that the network holds, before or behind a tensor: tokens of classes, coordinates."""
    assert isinstance(constant, Constant)
    dims = constant.dims
    others = [n for n in range(len(x.axes)) if n != axis]
    if dims is None or len(dims) != len(x.axes):
        raise Refusal(f"stacks the constant {shown(constant)} and a tensor of {text(x.sizes)}")
    if not all(same(dims[n], x.sizes[n]) or (x.sizes[n] == BATCH and same(dims[n], 1)) for n in others):
        raise Refusal(f"stacks the constant {shown(constant)} and a tensor of {text(x.sizes)}")
    count = dims[axis]
    if before and constant.trained and len(x.axes) == 3 and axis == 1:
        y = step.arrange(x, [x.axes[2], x.axes[1]])
        (made,) = step.layer("class_token", y, weights=(constant,), count=count)
        return transposed(made, (0, 2, 1))
    x, axes = step.apart(x, [axis])
    # Channels that differ from place to place are coordinates: a file has them as it has parameters.
    trained = constant.trained and (step.walk.graph.distinct or not (axes[axis] == C and x.shape.size))
    given = {"count": count, "axis": names(x, axes.values())[0], "before": before, "trained": trained}
    (tensor,) = step.walk.add(step.node, "append", (x,), given, (constant,))
    return resized(x, tensor, {axis: (axes[axis], x.sizes[axis] + count)})


def split(step: Step) -> list[View]:
    x, count = step.map(), len(step.node.outputs)
    axis = step.axis(step.whole("axis", 0), len(x.sizes))
    if count == 1:
        return [x]
    whole = x.sizes[axis]
    parts = step.numbers(1, "split")
    if parts is None:
        each = -(-whole // count)
        parts = (*(each,) * (count - 1), whole - each * (count - 1))
    if len(parts) != count:
        raise Refusal(f"cuts {len(parts)} parts and has {count} outputs")
    return parts_of(step, x, axis, list(parts))


def parts_of(step: Step, x: View, axis: int, sizes: list[Any]) -> list[View]:
    """Return the parts of an axis, one after the other."""
    x, role, times = _in_front(step, x, axis)
    if role == C:
        made = step.walk.add(step.node, "split", (x,), {"channels": [size * times for size in sizes]})
        return [_part(x, axis, role, tensor, size) for tensor, size in zip(made, sizes, strict=True)]
    starts = [sum(sizes[:n]) for n in range(len(sizes))]
    return [piece(step, x, axis, start, start + size) for start, size in zip(starts, sizes, strict=True)]


def _in_front(step: Step, x: View, axis: int) -> tuple[View, int, Any]:
    """The view where an axis is the major part of one of the network's tensor; which one, and what it is times."""
    factors = x.axes[axis]
    if len(factors) == 1 and factors[0].place in ((), (0,)) and factors[0].axis != N:
        (factor,) = factors
        rest = [other.size for a in x.axes for other in a if other.axis == factor.axis and other != factor]
        return x, factor.axis, product(rest)
    if can_be_map(x) and axis and not own(x.axes[0]):
        return step.as_map(x), axis, 1
    y, axes = step.apart(x, [axis])
    return y, axes[axis], 1


def _part(x: View, axis: int, role: int, tensor: Tensor, size: Any) -> View:
    """A tensor that has a part of an axis, in whose place it stands."""
    factor = x.axes[axis][0] if x.axes[axis] else Factor(role, (), 1)
    return view(tensor, [(factor._replace(size=size),) if n == axis else a for n, a in enumerate(x.axes)])


def piece(step: Step, x: View, axis: int, start: Any, stop: Any, each: int = 1) -> View:
    """Return places of an axis, from `start` to before `stop`."""
    y, role, times = _in_front(step, x, axis)
    if each != 1 and not same(times, 1):
        others = [[n] for n in range(len(x.axes)) if n != axis and own(x.axes[n])]
        y, role, times = step.laid(x, [[axis], *few(others, MOST - 1)]), C, 1
    given = {"axis": names(y, [role])[0], "start": start * times, "stop": stop * times, "step": each}
    (tensor,) = step.walk.add(step.node, "slice", (y,), given)
    return _part(y, axis, role, tensor, -(-(stop - start) // each))


def slice_(step: Step) -> list[View]:
    """Channels that others beside are cut from are a part of a split; the middle of a map is a crop."""
    x = step.map()
    crop: dict[int, Any] = {}
    cuts = _cuts(step)
    for axis, (first, last, each) in cuts.items():
        kept, whole = last - first, x.sizes[axis]
        if (isinstance(kept, int) and kept < 1) or not isinstance(each, int) or each < 1:
            raise Refusal(f"keeps {first} to {last} of {whole} along axis {axis}")
        role = x.roles[axis]
        if each == 1 and role is not None and role >= H and differ(kept, whole) and same(first, (whole - kept) // 2):
            crop[axis] = kept
        elif each == 1 and role == C and len(cuts) == 1 and (part := _part_of_all(step, x, axis, first, last)):
            x = part
        else:
            x = piece(step, x, axis, first, last, each)
    if not crop:
        return [x]
    size = list(x.shape.size)
    for axis, kept in crop.items():
        size[x.axes[axis][0].axis - H] = kept
    return step.layer("crop", x, size=size)


def _cuts(step: Step) -> dict[int, tuple[Any, Any, Any]]:
    """From where to before where every axis is kept that is not kept whole, and every how manieth place."""
    x = step.map()
    count = len(x.sizes)
    starts, ends = step.numbers(1, "starts") or (), step.numbers(2, "ends") or ()
    axes = step.axes(3, count) or tuple(range(len(starts)))
    steps = step.numbers(4) or (1,) * len(starts)
    if not len(starts) == len(ends) == len(axes) == len(steps) <= count:
        raise Refusal(f"has {len(starts)} starts, {len(ends)} ends, {len(axes)} axes and {len(steps)} steps")
    if len(set(axes)) < len(axes):
        raise Refusal("cuts an axis twice")
    found = {}
    for axis, start, end, each in zip(axes, starts, ends, steps, strict=True):
        whole = x.sizes[axis]
        if any(isinstance(n, Batch) for n in (start, end)) or (isinstance(whole, Batch) and (start or end < _END)):
            raise Refusal("takes a part of the batch")
        if isinstance(whole, Batch) or (start == 0 and end >= _END and each == 1):
            continue
        first, last = _clamped(start, whole), _clamped(end, whole)
        if each == 1 and same(first, 0) and same(last, whole):
            continue
        turned = isinstance(each, int) and each < 0
        found[axis] = _backwards(start, end, each, whole) if turned else (first, last, each)
    return found


def _backwards(start: Any, end: Any, each: int, whole: Any) -> tuple[Any, Any, int]:
    """The places that a negative step takes, from the first: what is turned round is as much as what is not."""
    top = whole - 1 if start >= _END or (isinstance(whole, int) and start >= whole) else start
    top = top + whole if isinstance(top, int) and top < 0 else top
    below = -1 if end < -_END or (isinstance(whole, int) and end < -whole) else end + whole if end < 0 else end
    if each == -1 or not all(isinstance(n, int) for n in (top, below)):
        return below + 1, top + 1, -each
    return below + 1 + (top - below - 1) % -each, top + 1, -each


def _part_of_all(step: Step, x: View, axis: int, first: Any, last: Any) -> View | None:
    """The part of a split that a piece of the channels is, where nodes take all of them, each once; else None."""
    parts = step.walk.moved
    if (x.tensor.name, first, last) not in parts:
        runs = _runs(step, axis, x.sizes[axis])
        if runs is None:
            return None
        made = step.walk.add(step.node, "split", (x,), {"channels": [end - start for start, end in runs]})
        parts.update({(x.tensor.name, *run): tensor for run, tensor in zip(runs, made, strict=True)})
    return _part(x, axis, C, parts[x.tensor.name, first, last], last - first)


def _runs(step: Step, axis: int, whole: Any) -> list[tuple[Any, Any]] | None:
    """The pieces that nodes take of a tensor along an axis, if they follow each other from its first place to its last.

    Where one of two pieces is not known yet it is what the other leaves.
    """
    pieces: set[tuple[Any, Any]] = set()
    unknown = 0
    readers = step.walk.readers[step.node.inputs[0]]
    if len(readers) > _MOST_READERS:
        return None
    for node in readers:
        if node.op != "Slice":
            continue
        if any(name and name not in step.walk.values for name in node.inputs):
            unknown += 1
            continue
        try:
            cuts = _cuts(Step(step.walk, node))
        except Refusal:
            return None
        if [*cuts] == [axis] and cuts[axis][2] == 1:
            pieces.add(cuts[axis][:2])
    if len(pieces) == unknown == 1:
        ((first, last),) = pieces
        pieces |= {(0, first)} if same(last, whole) else {(last, whole)} if same(first, 0) else set()
    runs: list[tuple[Any, Any]] = []
    end: Any = 0
    for _ in pieces:
        follow = [piece for piece in pieces if same(piece[0], end)]
        if len(follow) != 1:
            return None
        runs += follow
        end = follow[0][1]
    return runs if len(runs) > 1 and same(end, whole) else None


def _clamped(n: Any, size: Any) -> Any:
    """A position along an axis; a negative one counts from the end."""
    if not isinstance(n, int):
        return n
    if n >= _END or (isinstance(size, int) and n > size):
        return size
    if n < -_END or (isinstance(size, int) and n < -size):
        return 0
    return n + size if n < 0 else n


def pad(step: Step) -> list[View]:
    x = step.map()
    mode = _PADS.get(step.text("mode", "constant"))
    if mode is None:
        raise Refusal(f"pads by the unknown mode `{step.text('mode', '')}`")
    count = len(x.axes)
    pads = step.numbers(1, "pads") or ()
    axes = step.axes(3, count) or tuple(range(count))
    if len(pads) != 2 * len(axes):
        raise Refusal(f"has {len(pads)} pads for {len(axes)} axes")
    sides = {axis: [before, after] for axis, before, after in zip(axes, pads, pads[len(axes) :], strict=False)}
    sides = {axis: pair for axis, pair in sides.items() if not all(same(n, 0) for n in pair)}
    if not sides:
        return [x]
    if can_be_map(x) and not own(x.axes[0]) and 0 not in sides:
        x = step.as_map(x)
    x, places = step.apart(x, sorted(sides))
    roles = {places[axis]: pair for axis, pair in sides.items()}
    padding = [roles.get(H + n, [0, 0]) for n in range(x.shape.rank)]
    (tensor,) = step.walk.add(
        step.node, "pad", (x,), {"padding": padding, "channels": roles.get(C, [0, 0]), "mode": mode}
    )
    return [resized(x, tensor, {axis: (places[axis], x.sizes[axis] + sum(sides[axis])) for axis in sides})]


_PADS = {"constant": "zeros", "edge": "replicate", "reflect": "reflect", "wrap": "circular"}


PARTS: dict[str, Rule] = {"Concat": concat, "Pad": pad, "Slice": slice_, "Split": split}
"""The rules, by ONNX's names of the operators."""
