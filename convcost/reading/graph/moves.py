"""ONNX operators that move numbers about -> layers where there is one, else another way to see the same tensor."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from convcost.network import Tensor
from convcost.ops.arguments import AXES
from convcost.ops.numbers import product
from convcost.ops.rounding import floor
from convcost.reading.graph.constants import shape_of
from convcost.reading.graph.graph import Constant
from convcost.reading.graph.step import Step
from convcost.reading.graph.views import (
    BATCH,
    MOST_AXES,
    UNIT,
    C,
    H,
    N,
    Refusal,
    View,
    plain,
    reshaped,
    same,
    text,
    transposed,
    view,
)
from convcost.reading.graph.windows import Rule

_END = 2**31 - 1
"""From here on an end means all that there is."""


def concat(step: Step) -> list[View]:
    if isinstance(step.input(0), Constant) and len(step.node.inputs) == 2:
        return _tokens(step)
    xs = step.maps()
    if len(xs) == 1:
        return xs
    axis = step.axis(step.whole("axis", 1), len(xs[0].sizes))
    role = xs[0].roles[axis]
    others = [[a for n, a in enumerate(x.axes) if n != axis] for x in xs]
    if role in (None, UNIT) or any(x.roles != xs[0].roles for x in xs) or any(other != others[0] for other in others):
        xs = [step.as_map(x) for x in xs]
        role = axis
    if role == N:
        raise Refusal("stacks samples")
    return step.layer("concat", *xs, axis=_axis(xs[0], role))


def _tokens(step: Step) -> list[View]:
    """Trained vectors before a row of others: tokens of classes."""
    first, x = step.input(0), step.map(1)
    assert isinstance(first, Constant)
    if len(x.axes) != 3 or step.axis(step.whole("axis", 1), 3) != 1 or not first.trained or len(first.dims or ()) != 3:
        raise Refusal(f"stacks the constant `{first.key}` and a tensor along an axis that is no row of tokens")
    assert first.dims is not None
    y = step.arrange(x, [x.axes[2], x.axes[1]])
    (made,) = step.layer("class_token", y, weights=(first,), count=first.dims[1])
    return [transposed(made, (0, 2, 1))]


def _axis(x: View, role: int | None) -> str:
    """The name of an axis of the network's tensor."""
    assert role
    return ("channels", *AXES[x.shape.rank])[role - C]


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
    return _parts(step, x, axis, list(parts))


def _parts(step: Step, x: View, axis: int, sizes: list[Any]) -> list[View]:
    """The parts of an axis, one after the other."""
    x, role, times = _in_front(step, x, axis)
    if role == C:
        made = step.walk.add(step.node, "split", (x,), {"channels": [size * times for size in sizes]})
        return [_part(x, axis, tensor, size) for tensor, size in zip(made, sizes, strict=True)]
    starts = [sum(sizes[:n]) for n in range(len(sizes))]
    return [_piece(step, x, axis, start, start + size) for start, size in zip(starts, sizes, strict=True)]


def _in_front(step: Step, x: View, axis: int) -> tuple[View, int, Any]:
    """The view where an axis is the major part of one of the network's tensor; which one, and what it is times."""
    factors = x.axes[axis]
    if len(factors) == 1 and factors[0].place in ((), (0,)):
        (factor,) = factors
        if factor.axis == N:
            raise Refusal("takes a part of the batch")
        rest = [other.size for a in x.axes for other in a if other.axis == factor.axis and other != factor]
        return x, factor.axis, product(rest)
    y = step.as_map(x)
    return y, axis, 1


def _part(x: View, axis: int, tensor: Tensor, size: Any) -> View:
    """A tensor that has a part of an axis, in whose place it stands."""
    factor = x.axes[axis][0]
    return view(tensor, [(factor._replace(size=size),) if n == axis else a for n, a in enumerate(x.axes)])


def _piece(step: Step, x: View, axis: int, start: Any, stop: Any, each: int = 1) -> View:
    """A part of an axis that is the major part of one of the network's tensor."""
    x, role, times = _in_front(step, x, axis)
    given = {"axis": _axis(x, role), "start": start * times, "stop": stop * times, "step": each}
    if each != 1 and not same(times, 1):
        raise Refusal("takes some of the groups of an axis")
    (tensor,) = step.walk.add(step.node, "slice", (x,), given)
    return _part(x, axis, tensor, -(-(stop - start) // each))


def slice_(step: Step) -> list[View]:
    """A piece along the channels is a part of a split; the middle of a map is a crop."""
    x = step.map()
    count = len(x.sizes)
    starts, ends = step.numbers(1, "starts") or (), step.numbers(2, "ends") or ()
    axes = step.axes(3, count) or tuple(range(len(starts)))
    steps = step.numbers(4) or (1,) * len(starts)
    if not len(starts) == len(ends) == len(axes) == len(steps) <= count:
        raise Refusal(f"has {len(starts)} starts, {len(ends)} ends, {len(axes)} axes and {len(steps)} steps")
    crop: dict[int, Any] = {}
    for axis, start, end, each in zip(axes, starts, ends, steps, strict=True):
        whole = x.sizes[axis]
        if start is BATCH or end is BATCH or (whole is BATCH and (start or end < _END)):
            raise Refusal("takes a part of the batch")
        if whole is BATCH or (start == 0 and end >= _END and each == 1):
            continue
        first, last = _clamped(start, whole), _clamped(end, whole)
        if same(first, 0) and same(last, whole) and each == 1:
            continue
        kept = last - first
        if (isinstance(kept, int) and kept < 1) or not isinstance(each, int) or each < 1:
            raise Refusal(f"keeps {first} to {last} of {whole} along axis {axis}")
        role = x.roles[axis]
        if each == 1 and role is not None and role >= H and same(first, (whole - kept) // 2):
            crop[axis] = kept
        elif each == 1 and role == C:
            parts = [n for n in (first, kept, whole - last) if not same(n, 0)]
            x = step.layer("split", x, channels=parts)[0 if same(first, 0) else 1]
        else:
            x = _piece(step, x, axis, first, last, each)
    if not crop:
        return [x]
    size = list(x.shape.size)
    for axis, kept in crop.items():
        size[x.axes[axis][0].axis - H] = kept
    return step.layer("crop", x, size=size)


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
    x = step.plain()
    mode = _PADS.get(step.text("mode", "constant"))
    if mode is None:
        raise Refusal(f"pads by the unknown mode `{step.text('mode', '')}`")
    count = len(x.sizes)
    pads = step.numbers(1, "pads") or ()
    axes = step.axes(3, count) or tuple(range(count))
    if len(pads) != 2 * len(axes):
        raise Refusal(f"has {len(pads)} pads for {len(axes)} axes")
    sides = {axis: [pads[n], pads[n + len(axes)]] for n, axis in enumerate(axes)}
    if any(sides.pop(N, [0, 0])):
        raise Refusal("pads the batch")
    channels = sides.pop(C, [0, 0])
    padding = [sides.get(H + n, [0, 0]) for n in range(x.shape.rank)]
    if not any(map(any, [channels, *padding])):
        return [x]
    return step.layer("pad", x, padding=padding, channels=channels, mode=mode)


_PADS = {"constant": "zeros", "edge": "replicate", "reflect": "reflect", "wrap": "circular"}


def resize(step: Step) -> list[View]:
    x = step.plain()
    rank = x.shape.rank
    mode = step.text("mode", "nearest")
    inputs = (1, None) if step.node.op == "Upsample" or step.opset < 11 else (2, 3)
    scales = step.numbers(inputs[0], "scales") or ()
    sizes = step.numbers(inputs[1]) if inputs[1] is not None else None
    axes = step.ints("axes", tuple(range(rank + 2)))
    given: dict[Any, Any] = dict(zip(axes, sizes or scales, strict=False))
    if len(given) != len(axes) or not set(given) <= set(range(rank + 2)):
        raise Refusal(f"has {len(sizes or scales)} scales or sizes for {len(axes)} axes")
    if "keep_aspect_ratio_policy" in step.node.attributes and step.text("keep_aspect_ratio_policy", "") != "stretch":
        raise Refusal("keeps the ratio of sides")
    unchanged = [same(given[n], (x.sizes[n] if sizes else 1)) for n in (N, C) if n in given]
    if not all(unchanged):
        raise Refusal("resizes the batch or the channels")
    wanted: list[Any] = [given.get(H + n, x.shape.size[n] if sizes else 1) for n in range(rank)]
    if not sizes:
        if not all(isinstance(n, int | Fraction) and n > 0 for n in wanted):
            raise Refusal("has scales that are not positive numbers")
        ratios = [Fraction(n) for n in wanted]
        whole = all(n.denominator == 1 for n in ratios)
        _require_known(step, mode, whole)
        if whole:
            return step.layer("upsample", x, mode=_MODES[mode], scale=[int(n) for n in ratios])
        wanted = [floor(i * n) for i, n in zip(x.shape.size, ratios, strict=True)]
    else:
        pairs = zip(wanted, x.shape.size, strict=True)
        _require_known(step, mode, all(isinstance(i, int) and isinstance(o, int) and o % i == 0 for o, i in pairs))
    return step.layer("upsample", x, mode=_MODES[mode], size=wanted)


_MODES = {"nearest": "nearest", "linear": "bilinear"}


def _require_known(step: Step, mode: str, whole: bool) -> None:
    """Refuse what reads other positions than upsample does."""
    old = step.node.op == "Upsample" or step.opset < 11
    how = step.text("coordinate_transformation_mode", "asymmetric" if old else "half_pixel")
    rounding = step.text("nearest_mode", "floor" if old else "round_prefer_floor")
    centred = how in ("half_pixel", "pytorch_half_pixel")
    if mode not in _MODES:
        raise Refusal(f"resizes by `{mode}`; upsample does nearest and linear")
    if mode == "linear" and not centred:
        raise Refusal(f"resizes linearly with `{how}`; upsample has half-pixel centres")
    # Scaled up by a whole number, rounding at half-pixel centres and the floor without them are the same positions.
    if mode == "nearest" and not (
        (how, rounding) == ("asymmetric", "floor") or (whole and centred and "round" in rounding)
    ):
        raise Refusal(f"reads the nearest by `{how}` and `{rounding}`; upsample takes the floor")


def transpose(step: Step) -> list[View]:
    x = step.map()
    return [transposed(x, step.ints("perm", tuple(range(len(x.axes)))[::-1]))]


def reshape(step: Step) -> list[View]:
    x = step.map()
    target = list(step.numbers(1, "shape") or ())
    if not step.whole("allowzero", 0):
        target = [x.sizes[n] if n < len(x.sizes) and same(size, 0) else size for n, size in enumerate(target)]
    open_ = [n for n, size in enumerate(target) if size is not BATCH and same(size, -1)]
    if len(open_) == 1:
        target[open_[0]] = _missing(x, [size for n, size in enumerate(target) if n != open_[0]])
    return [_as(step, x, tuple(target))]


def _missing(x: View, others: list[Any]) -> Any:
    """The size of the one axis that is left open."""
    given = [n for n in others if n is not BATCH]
    if None in given or any(same(n, 0) for n in given):
        raise Refusal("moves numbers between the batch and other axes")
    total, rest = x.shape.elements, product(given)
    if x.batch is BATCH:
        if BATCH not in others:
            if same(rest, total):
                return BATCH
            raise Refusal("moves numbers between the batch and other axes")
    else:
        total = total * x.batch
    return total // rest


def flatten(step: Step) -> list[View]:
    x = step.map()
    axis = step.whole("axis", 1)
    first, second = (tuple(factor for a in axes for factor in a) for axes in (x.axes[:axis], x.axes[axis:]))
    return [_row(step, view(x.tensor, [first, second]))]


def squeeze(step: Step) -> list[View]:
    x = step.map()
    axes = step.axes(1, len(x.axes))
    if axes is None:
        axes = tuple(n for n, axis in enumerate(x.axes) if n and not axis)
    if any(x.axes[n] for n in axes):
        raise Refusal("drops an axis whose size is not 1")
    return [_row(step, x._replace(axes=tuple(axis for n, axis in enumerate(x.axes) if n not in axes)))]


def unsqueeze(step: Step) -> list[View]:
    x = step.map()
    given = step.numbers(1, "axes") or ()
    count = len(x.axes) + len(given)
    if count > MOST_AXES:
        raise Refusal(f"makes a tensor of more than {MOST_AXES} axes")
    axes = list(x.axes)
    for axis in sorted(step.axis(n, count) for n in given):
        axes.insert(axis, ())
    return [x._replace(axes=tuple(axes))]


def _as(step: Step, x: View, sizes: tuple[Any, ...]) -> View:
    """A tensor in another shape; a layer writes it anew where its axes would be cut across."""
    seen = reshaped(x, sizes)
    if seen is not None:
        return _row(step, seen) if not _is_mixed(seen) else step.as_map(seen)
    wanted = list(sizes[1:])
    if not 1 <= len(wanted) <= 4 or not same(sizes[0], x.batch):
        raise Refusal("cuts axes where no parts of the others meet")
    y = step.flattened(x)
    (tensor,) = step.walk.add(step.node, "reshape", (y,), {"channels": wanted[0], "size": wanted[1:]})
    return plain(tensor, x.batch)


def _is_mixed(x: View) -> bool:
    """Whether a map has an axis whose numbers do not follow each other: writing that down moves them."""
    if x.roles[0] not in (N, UNIT) or not 2 <= len(x.axes) <= 5:
        return False
    places = {factor: n for n, factor in enumerate(x.inner)}
    runs = ([places[factor] for factor in axis] for axis in x.axes[1:])
    return any(run != list(range(run[0], run[0] + len(run))) for run in runs if run)


def _row(step: Step, x: View) -> View:
    """A tensor, written as a row of numbers if it has become one."""
    is_row = len(x.axes) == 2 and x.roles[0] in (N, UNIT) and len({factor.axis for factor in x.axes[1]}) > 1
    return step.arrange(x, x.axes[1:]) if is_row else x


def depth_to_space(step: Step) -> list[View]:
    x = step.plain()
    n, (batch, channels, *size) = step.whole("blocksize", 0), x.sizes
    if len(size) != 2 or n < 1 or not same(channels % (n * n), 0):
        raise Refusal(f"makes blocks of {n} of {text(x.sizes)}")
    if step.text("mode", "DCR") == "CRD":
        cut, perm = (batch, channels // (n * n), n, n, *size), (0, 1, 4, 2, 5, 3)
    else:
        cut, perm = (batch, n, n, channels // (n * n), *size), (0, 3, 4, 1, 5, 2)
    return _moved(step, x, cut, perm, (batch, channels // (n * n), size[0] * n, size[1] * n))


def space_to_depth(step: Step) -> list[View]:
    x = step.plain()
    n, (batch, channels, *size) = step.whole("blocksize", 0), x.sizes
    if len(size) != 2 or n < 1 or not all(same(i % n, 0) for i in size):
        raise Refusal(f"takes blocks of {n} of {text(x.sizes)}")
    high, wide = (i // n for i in size)
    cut = (batch, channels, high, n, wide, n)
    return _moved(step, x, cut, (0, 3, 5, 1, 2, 4), (batch, channels * n * n, high, wide))


def _moved(step: Step, x: View, cut: tuple[Any, ...], perm: tuple[int, ...], sizes: tuple[Any, ...]) -> list[View]:
    """A tensor cut in parts, the parts in another order and put together."""
    parts = reshaped(x, cut)
    assert parts is not None
    return [_as(step, transposed(parts, perm), sizes)]


def identity(step: Step) -> list[View]:
    return [step.map()]


def shape(step: Step) -> list[Constant]:
    return [shape_of(step.node, step.map().sizes)]


MOVES: dict[str, Rule] = {
    "Cast": identity,
    "Concat": concat,
    "DepthToSpace": depth_to_space,
    "Flatten": flatten,
    "Identity": identity,
    "Pad": pad,
    "Reshape": reshape,
    "Resize": resize,
    "Shape": shape,
    "Slice": slice_,
    "SpaceToDepth": space_to_depth,
    "Split": split,
    "Squeeze": squeeze,
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
    "Upsample": resize,
}
"""The rules, by ONNX's names of the operators."""
