"""Operators that compute nothing, or no more than means between neighbours: they move, cut and join."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence

from convcost.ops.numbers import Number, product
from convcost.writing.pytorch.activations import Said, function, module
from convcost.writing.pytorch.expressions import combined, constant, is_number
from convcost.writing.pytorch.operation import Operation, refused, tuple_of


def _concat(op: Operation) -> Said:
    axis = op.value("axis")[0]
    listed = ", ".join(f"{{{n}}}" for n in range(len(op.layer.inputs)))
    channels = op.channels()
    for n in range(1, len(op.layer.inputs) if axis == 0 else 0):
        channels = combined(channels, ast.Add(), op.channels(n))
    return function(f"torch.cat([{listed}], {1 + axis})", channels)


def _split(op: Operation) -> Said:
    if op.is_given("parts"):
        parts = op.expr("parts")
        each = combined(op.channels(), ast.Div(), parts)
        return function(f"{{0}}.chunk({op.stored(parts)}, 1)", *[each] * len(op.layer.output_shapes))
    parts_of = op.exprs("channels")
    listed = ", ".join(op.stored(part) for part in parts_of)
    return function(f"torch.split({{0}}, [{listed}], 1)", *parts_of)


def _slice(op: Operation) -> Said:
    axes, out = op.value("axis"), op.channels()
    start, step = op.expr("start"), op.expr("step")
    stop = op.expr("stop") if op.is_given("stop") else None
    words = ["" if is_number(start, 0) else op.stored(start), "" if stop is None else op.stored(stop)]
    words += [] if is_number(step, 1) else [op.stored(step)]
    is_simple = all(re.fullmatch(r"-?\w*", word) for word in words)
    text = ":".join(words) if is_simple else " : ".join(words).strip()  # as formatters write it
    if 0 in axes and is_number(step, 1):
        end = op.channels() if stop is None else stop
        out = combined(end, ast.Sub(), start)
        if isinstance(start, ast.Constant) and start.value < 0 and stop is None:  # type: ignore[operator]
            out = constant(-start.value)  # type: ignore[operator]
    listed = ", ".join([":", *(text if axis in axes else ":" for axis in range(max(axes) + 1))])
    return function(f"{{0}}[{listed}]", out)


def _shuffle(op: Operation) -> Said:
    if op.rank:
        return module(f"nn.ChannelShuffle({op.say(op.expr('groups'))})")
    groups = op.stored(op.expr("groups"))
    return function(f"torch.unflatten({{0}}, 1, ({groups}, -1)).transpose(1, 2).flatten(1, 2)")


def _reshape(op: Operation) -> Said:
    shape = op.agreed([layer.output_shapes[0].numbers for layer in op.layers], "shape")
    given = op.agreed([layer.input_shapes[0].numbers for layer in op.layers], "shape")
    out = op.channels() if shape[0] == given[0] else None
    if cut := _axis_of(given, shape):  # of any size along the other axes
        axis, parts = cut
        return function(f"torch.unflatten({{0}}, {1 + axis}, {tuple_of(parts)})", out)
    if cut := _axis_of(shape, given):
        axis, parts = cut
        return function(f"{{0}}.flatten({1 + axis}, {axis + len(parts)})", out)
    return function(f"{op.helper('reshape')}({{0}}, {', '.join(map(str, shape))})", None)


def _axis_of(shape: Sequence[Number], other: Sequence[Number]) -> tuple[int, Sequence[Number]] | None:
    """The axis of a shape that is several in another, which is else the same, and these; None if there is no such."""
    more = len(other) - len(shape)
    for axis in range(len(shape) if more > 0 else 0):
        parts = other[axis : axis + more + 1]
        if shape == (*other[:axis], product(parts), *other[axis + more + 1 :]):
            return axis, parts
    return None


def _flatten(op: Operation) -> Said:
    if 0 in op.value("over"):
        positions = op.agreed([product(layer.input_shapes[0].size) for layer in op.layers], "positions")
        out = combined(op.channels(), ast.Mult(), constant(positions))
        return Said(("nn.Flatten()",), lambda xs: f"{xs[0]}.flatten(1)", (out,))
    return Said(("nn.Flatten(2)",), lambda xs: f"{xs[0]}.flatten(2)")


def _pixel_shuffle(op: Operation) -> Said:
    if op.rank != 2 or any(len(set(one.factor)) > 1 for one in op.operators):  # type: ignore[attr-defined]
        raise refused(op, "but for maps, by one factor")
    factor = op.scalar("factor")
    square = combined(factor, ast.Mult(), factor)
    op_, name = (ast.Div(), "Shuffle") if op.kind == "pixel_shuffle" else (ast.Mult(), "Unshuffle")
    return module(f"nn.Pixel{name}({op.say(factor)})", combined(op.channels(), op_, square))


def _upsample(op: Operation) -> Said:
    mode = op.value("mode")
    mode = {"bilinear": ("linear", "bilinear", "trilinear")[op.rank - 1]}.get(mode, mode)
    if mode == "bicubic" and op.rank != 2:
        raise refused(op, "but for maps")
    words = "" if mode == "nearest" else f', mode="{mode}"'
    words += ", align_corners=True" if op.value("align_corners") else ""
    if like := op.like():
        return function(f"F.interpolate({{0}}, {like}{words})")
    size = op.per_axis("size") if op.is_given("size") else f"scale_factor={op.per_axis('scale', 'float')}"
    return op.either("nn.Upsample", "F.interpolate", f"{size}{words}")


def _crop(op: Operation) -> Said:
    size = op.like() or tuple_of(op.value("size"))
    return function(f"{op.helper('crop')}({{0}}, {size})")


def _pad(op: Operation) -> Said:
    mode = {"zeros": "", "reflect": ", 'reflect'", "replicate": ", 'replicate'", "circular": ", 'circular'"}[
        op.value("mode")
    ]
    before, after = op.exprs("channels") if op.is_list("channels") else [op.scalar("channels")] * 2
    out = combined(combined(op.channels(), ast.Add(), before), ast.Add(), after)
    sides = [str(n) for side in reversed(op.value("padding")) for n in side]
    if is_number(before, 0) and is_number(after, 0):
        return function(f"F.pad({{0}}, ({', '.join(sides)}){mode})")
    if mode:
        raise refused(op, f"with channels and {op.value('mode')}")
    sides += [op.stored(before), op.stored(after)]
    return function(f"F.pad({{0}}, ({', '.join(sides)}))", out)


def _rearrange(op: Operation) -> Said:
    cut, order = op.value("cut"), op.value("order")
    shape = op.agreed([layer.output_shapes[0].numbers for layer in op.layers], "shape")
    parts = ", ".join(str(part) for axis in cut for part in axis)
    turned = ", ".join(str(1 + part) for axis in order for part in axis)
    reshape = op.helper("reshape")  # -1 would move numbers from one sample to another at other sizes
    text = f"{reshape}({reshape}({{0}}, {parts}).permute(0, {turned}), {', '.join(map(str, shape))})"
    return function(text, None)


def _append(op: Operation) -> Said:
    (axis,), count = op.value("axis"), op.expr("count")
    size = op.agreed([layer.input_shapes[0].size for layer in op.layers], "size")
    shape = [op.say(count if n == axis else one) for n, one in enumerate([op.channels(), *map(constant, size)])]
    words = [*shape, *([f"dim={1 + axis}"] if axis else []), *(["before=True"] if op.value("before") else [])]
    out = op.channels() if axis else combined(op.channels(), ast.Add(), count)
    text = f"{op.helper('Append')}({', '.join(words)})"
    return module(text if op.value("trained") else f"{op.helper('fixed')}({text})", out)


SHAPES: Mapping[str, Callable[[Operation], Said]] = {
    **dict.fromkeys(("pixel_shuffle", "pixel_unshuffle"), _pixel_shuffle),
    "channel_shuffle": _shuffle,
    "concat": _concat,
    "crop": _crop,
    "flatten": _flatten,
    "pad": _pad,
    "reshape": _reshape,
    "slice": _slice,
    "split": _split,
    "transpose": lambda op: function(f"{{0}}.transpose(1, {1 + op.value('axis')[0]})", None),
    "upsample": _upsample,
    "append": _append,
    "rearrange": _rearrange,
}
"""Operators that change shapes."""
