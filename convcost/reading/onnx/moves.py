"""ONNX operators that move numbers about -> layers where there is one, else another way to see the same tensor."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from convcost.ops.numbers import product
from convcost.ops.rounding import floor
from convcost.reading.onnx.constants import shape_of
from convcost.reading.onnx.file import Constant
from convcost.reading.onnx.step import Step
from convcost.reading.onnx.tensors import BATCH, C, H, Map, N, Refusal, reshaped, same, transposed
from convcost.reading.onnx.windows import Rule

_END = 2**31 - 1
"""From here on an end means all that there is."""


def concat(step: Step) -> list[Map]:
    xs = step.maps()
    axis = step.axis(step.whole("axis", 1), len(xs[0].sizes))
    if len({x.shape.rank for x in xs}) > 1 and all(x.is_vector for x in xs):
        xs = [step.flattened(x) for x in xs]
    if any(x.axes != xs[0].axes or x.groups != 1 for x in xs) or xs[0].axes[axis] != C:
        raise Refusal("stacks along another axis than the channels")
    return step.layer("concat", *xs) if len(xs) > 1 else xs


def split(step: Step) -> list[Map]:
    x, count = step.map(), len(step.node.outputs)
    if x.groups != 1 or x.axes[step.axis(step.whole("axis", 0), len(x.sizes))] != C:
        raise Refusal("cuts along another axis than the channels")
    if count == 1:
        return [x]
    parts = step.numbers(1, "split")
    if parts is None:
        each = -(-x.shape.channels // count)
        parts = (*(each,) * (count - 1), x.shape.channels - each * (count - 1))
    if len(parts) != count:
        raise Refusal(f"cuts {len(parts)} parts and has {count} outputs")
    return step.layer("split", x, channels=list(parts))


def slice_(step: Step) -> list[Map]:
    """A piece along the channels is a part of a split; the middle of a map is a crop."""
    x = step.map()
    count = len(x.sizes)
    starts, ends = step.numbers(1, "starts") or (), step.numbers(2, "ends") or ()
    axes = step.axes(3, count) or tuple(range(len(starts)))
    steps = step.numbers(4) or (1,) * len(starts)
    if not len(starts) == len(ends) == len(axes) == len(steps) <= count or any(n != 1 for n in steps):
        raise Refusal("takes other than one piece in one go")
    size = list(x.shape.size)
    for axis, start, end in zip(axes, starts, ends, strict=True):
        whole = x.sizes[axis]
        if start is BATCH or end is BATCH or (whole is BATCH and (start or end < _END)):
            raise Refusal("takes a part of the batch")
        if whole is BATCH:
            continue
        first, last = _clamped(start, whole), _clamped(end, whole)
        if same(first, 0) and same(last, whole):
            continue
        kept = last - first
        if x.groups != 1 or x.axes[axis] < C or (isinstance(kept, int) and kept < 1):
            raise Refusal(f"keeps {first} to {last} of {whole} along axis {axis}")
        if x.axes[axis] == C:
            parts = [n for n in (first, kept, whole - last) if not same(n, 0)]
            x = step.layer("split", x, channels=parts)[0 if same(first, 0) else 1]
        elif same(first, (whole - kept) // 2):
            size[x.axes[axis] - H] = kept
        else:
            raise Refusal(f"keeps {first} to {last} of {whole} along axis {axis}; crop keeps the middle")
    return [x] if tuple(size) == x.shape.size else step.layer("crop", x, size=size)


def _clamped(n: Any, size: Any) -> Any:
    """A position along an axis; a negative one counts from the end."""
    if not isinstance(n, int):
        return n
    if n >= _END or (isinstance(size, int) and n > size):
        return size
    if n < -_END or (isinstance(size, int) and n < -size):
        return 0
    return n + size if n < 0 else n


def pad(step: Step) -> list[Map]:
    x = step.plain()
    mode = step.text("mode", "constant")
    if mode != "constant":
        raise Refusal(f"pads by `{mode}`; pad puts zeros")
    count = len(x.sizes)
    pads = step.numbers(1, "pads") or ()
    axes = step.axes(3, count) or tuple(range(count))
    if len(pads) != 2 * len(axes):
        raise Refusal(f"has {len(pads)} pads for {len(axes)} axes")
    sides = {x.axes[axis]: [pads[n], pads[n + len(axes)]] for n, axis in enumerate(axes)}
    if any(sides.pop(axis, [0, 0]) != [0, 0] for axis in (N, C)):
        raise Refusal("pads the batch or the channels")
    padding = [sides.get(H + n, [0, 0]) for n in range(x.shape.rank)]
    return step.layer("pad", x, padding=padding) if any(map(any, padding)) else [x]


def resize(step: Step) -> list[Map]:
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


def transpose(step: Step) -> list[Map]:
    x = step.map()
    count = len(x.axes) + (x.groups != 1)
    return [transposed(x, step.ints("perm", tuple(range(count))[::-1]))]


def reshape(step: Step) -> list[Map]:
    x = step.map()
    target = list(step.numbers(1, "shape") or ())
    sizes = _sizes(x)
    if not step.whole("allowzero", 0):
        target = [sizes[n] if n < len(sizes) and same(size, 0) else size for n, size in enumerate(target)]
    if target[:1] == [-1] and -1 not in target[1:] and same(product(target[1:]), x.shape.elements):
        target[0] = x.batch
    open_ = [n for n, size in enumerate(target) if n and size is not BATCH and same(size, -1)]
    if len(open_) == 1:
        others = [size for n, size in enumerate(target) if n and n != open_[0]]
        if BATCH in others or any(same(n, 0) for n in others):
            raise Refusal("moves numbers between the batch and other axes")
        target[open_[0]] = x.shape.elements // product(others)
    return _as(step, x, tuple(target))


def flatten(step: Step) -> list[Map]:
    x = step.map()
    if step.whole("axis", 1) != 1:
        raise Refusal("flattens the batch, too")
    return _as(step, x, (x.batch, x.shape.elements))


def squeeze(step: Step) -> list[Map]:
    x = step.map()
    sizes = _sizes(x)
    axes = step.axes(1, len(sizes))
    if axes is None:
        axes = tuple(n for n, size in enumerate(sizes) if n and same(size, 1))
    if any(not same(sizes[n], 1) for n in axes):
        raise Refusal("drops an axis whose size is not 1")
    return _as(step, x, tuple(size for n, size in enumerate(sizes) if n not in axes))


def unsqueeze(step: Step) -> list[Map]:
    x = step.map()
    sizes = list(_sizes(x))
    given = step.numbers(1, "axes") or ()
    if len(sizes) + len(given) > _MOST_AXES:
        raise Refusal(f"makes a tensor of more than {_MOST_AXES} axes")
    for axis in sorted(step.axis(n, len(sizes) + len(given)) for n in given):
        sizes.insert(axis, 1)
    return _as(step, x, tuple(sizes))


_MOST_AXES = 8


def _sizes(x: Map) -> tuple[Any, ...]:
    """The size of every ONNX axis, groups of channels included."""
    if x.groups == 1:
        return x.sizes
    cut = (x.groups, x.shape.channels // x.groups)
    return (x.batch, *(cut[::-1] if x.dealt else cut), *x.shape.size)


def _as(step: Step, x: Map, sizes: tuple[Any, ...]) -> list[Map]:
    """A tensor in another ONNX shape: the same tensor, a channel_shuffle or a flatten."""
    if len(sizes) > _MOST_AXES:
        raise Refusal(f"makes a tensor of more than {_MOST_AXES} axes")
    groups, dealt = x.groups, x.dealt
    seen = reshaped(x, sizes)
    if seen is None:
        if not x.is_plain:
            raise Refusal("makes one row of axes in another order")
        return [step.flattened(x)]
    if groups != 1 and dealt and seen.groups == 1:
        return step.layer("channel_shuffle", seen._replace(dealt=False), groups=groups)
    return [seen]


def identity(step: Step) -> list[Map]:
    return [step.map()]


def shape(step: Step) -> list[Constant]:
    return [shape_of(step.node, _sizes(step.map()))]


MOVES: dict[str, Rule] = {
    "Cast": identity,
    "Concat": concat,
    "Flatten": flatten,
    "Identity": identity,
    "Pad": pad,
    "Reshape": reshape,
    "Resize": resize,
    "Shape": shape,
    "Slice": slice_,
    "Split": split,
    "Squeeze": squeeze,
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
    "Upsample": resize,
}
"""The rules, by ONNX's names of the operators."""
