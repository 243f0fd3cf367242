"""Layers that move numbers, cut them and put them side by side, as operators of ONNX."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from convcost.ops.numbers import Number
from convcost.writing.onnx.sizes import is_open
from convcost.writing.onnx.step import Step, Writer
from convcost.writing.onnx.windows import MODES, batch, pads


def _flatten(step: Step) -> str:
    if 0 in step.operator.over:
        return step.node("Flatten", step.x)
    return step.node("Reshape", step.x, step.whole(0, 0, -1))


def _concat(step: Step) -> str:
    return step.node("Concat", *step.inputs, axis=1 + step.operator.axis[0])


def _reshape(step: Step) -> str:
    return step.node("Reshape", step.x, step.shaped(*step.made))


def _rearranged(step: Step, cut: list[int], order: list[int]) -> str:
    """The axes cut in parts, these in another order, and put together as the output has them."""
    parts = step.reshaped(step.x, *cut)
    moved = step.aside("Transpose", parts, perm=[0, *(1 + part for part in order)])
    return step.node("Reshape", moved, step.shaped(*step.made))


def _rearrange(step: Step) -> str:
    given = step.operator
    return _rearranged(
        step, [part for axis in given.cut for part in axis], [part for axis in given.order for part in axis]
    )


def _channel_shuffle(step: Step) -> str:
    groups, (channels, *size) = step.operator.groups, step.numbers
    return _rearranged(step, [groups, channels // groups, *size], [1, 0, *range(2, 2 + len(size))])


def _pixel_shuffle(step: Step) -> str:
    """DepthToSpace is for images, and one factor."""
    factor, (channels, *size) = [*step.operator.factor], step.numbers
    if len(size) == 2 and len({*factor}) == 1:
        return step.node("DepthToSpace", step.x, blocksize=factor[0], mode="CRD")
    rank = len(size)
    order = [0, *(axis for n in range(rank) for axis in (1 + rank + n, 1 + n))]
    return _rearranged(step, [channels // prod(factor), *factor, *size], order)


def _pixel_unshuffle(step: Step) -> str:
    """SpaceToDepth has the channels in another order."""
    factor, (channels, *size) = [*step.operator.factor], step.numbers
    pairs = zip(size, factor, strict=True)
    cut = [channels, *(n for i, r in pairs for n in (i // r, r))]
    rank = len(size)
    order = [0, *range(2, 2 + 2 * rank, 2), *range(1, 1 + 2 * rank, 2)]
    return _rearranged(step, cut, order)


def _transpose(step: Step) -> str:
    (axis,), order = step.operator.axis, [*range(1 + len(step.numbers))]
    order[1], order[1 + axis] = order[1 + axis], order[1]
    return step.node("Transpose", step.x, perm=order)


def _slice(step: Step) -> str:
    given, count = step.operator, len(step.operator.axis)
    stop = _END if given.stop is None else given.stop
    lists = [given.start] * count, [stop] * count, [1 + axis for axis in given.axis], [given.step] * count
    return step.node("Slice", step.x, *(step.whole(*one) for one in lists))


_END = 2**31 - 1
"""An end that is behind every axis."""


def _crop(step: Step) -> str:
    pairs = [*zip(step.numbers[1:], step.operator.size, strict=True)]
    starts = [(i - o) // 2 for i, o in pairs]
    ends = [start + o for start, (_, o) in zip(starts, pairs, strict=True)]
    return step.node("Slice", step.x, step.whole(*starts), step.whole(*ends), step.whole(*range(2, 2 + len(pairs))))


def _split(step: Step) -> list[str]:
    widths = [int(shape.channels) for shape in step.layer.output_shapes]
    return step.nodes("Split", step.x, step.whole(*widths), outputs=len(widths), axis=1)


def _pad(step: Step) -> str:
    given = step.operator
    x, channels, none = step.x, given.channels, (0, 0)
    if given.mode != "zeros" and channels != none:  # channels are zeros whatever the mode
        x = step.aside("Pad", x, step.whole(*pads([none, channels, *(none for _ in given.padding)])))
        channels = none
    return step.node("Pad", x, step.whole(*pads([none, channels, *given.padding])), mode=MODES[given.mode])


def _upsample(step: Step) -> str:
    given, size = step.operator, step.made[1:]
    corners = "align_corners" if given.align_corners else "half_pixel"
    modes: Mapping[str, dict[str, str | float]] = {
        "nearest": {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"},
        "bilinear": {"mode": "linear", "coordinate_transformation_mode": corners},
        "bicubic": {"mode": "cubic", "coordinate_transformation_mode": corners, "cubic_coeff_a": -0.75},
    }
    how = modes[given.mode]
    if given.scale and all(map(_is_product, step.numbers[1:], given.scale, size)):
        return step.node("Resize", step.x, "", step.factors(1, 1, *given.scale), **how)
    axes = [*range(2, 2 + len(size))]
    return step.node("Resize", step.x, "", "", step.whole(*size), axes=axes, **how)


def _is_product(size: Number, scale: Number, made: Number) -> bool:
    """Whether a size times a factor, as computers multiply them, is the other size; of open ones, if it must be."""
    return bool(float(scale) == scale or (not is_open(size) and int(size * float(scale)) == made))


def _append(step: Step) -> str:
    """What the layer holds, once for every sample."""
    given, dims = step.operator, step.numbers
    dims[given.axis[0]] = given.count
    held = step.weight(1, *dims, fan=1) if given.trained else step.fixed(0, dims=(1, *dims))
    return _beside(step, held, 1 + given.axis[0], given.before)


def _class_token(step: Step) -> str:
    held = step.weight(1, step.numbers[0], step.operator.count, fan=1)
    return _beside(step, held, 2, before=True)


def _beside(step: Step, held: str, axis: int, before: bool) -> str:
    ones = step.whole(*(1 for _ in step.numbers))
    each = step.aside("Expand", held, step.aside("Concat", batch(step), ones, axis=0))
    return step.node("Concat", *([each, step.x] if before else [step.x, each]), axis=axis)


MOVES: Mapping[str, Writer] = {
    "append": _append,
    "channel_shuffle": _channel_shuffle,
    "class_token": _class_token,
    "concat": _concat,
    "crop": _crop,
    "flatten": _flatten,
    "pad": _pad,
    "pixel_shuffle": _pixel_shuffle,
    "pixel_unshuffle": _pixel_unshuffle,
    "rearrange": _rearrange,
    "reshape": _reshape,
    "slice": _slice,
    "split": _split,
    "transpose": _transpose,
    "upsample": _upsample,
}
"""By operators."""
