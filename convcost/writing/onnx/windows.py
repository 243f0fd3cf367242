"""Layers that slide windows, as operators of ONNX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from math import comb, prod
from typing import Any

from convcost.ops.numbers import Number, plain
from convcost.ops.windows import Window
from convcost.writing.onnx.sizes import is_open
from convcost.writing.onnx.step import INT64, Step, Writer, one_node

MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""How a map is padded, as ONNX says it."""


def pads(sides: Sequence[tuple[Number, Number]]) -> list[Number]:
    """Return what is laid around each axis, as ONNX lists it: all befores, then all afters."""
    return [plain(before) for before, _ in sides] + [plain(after) for _, after in sides]


def laid(step: Step, x: str, sides: Sequence[tuple[Number, Number]], mode: str) -> str:
    """Return a map with positions around it."""
    return step.aside("Pad", x, step.whole(*pads([(0, 0), (0, 0), *sides])), mode=MODES[mode])


def _sides(step: Step) -> Sequence[tuple[Number, Number]]:
    """What is laid around each axis; `same` in numbers."""
    if step.operator.padding != "same":
        sides: Sequence[tuple[int, int]] = step.operator.padding
        return sides
    windows = step.layer.reads[0] or ()
    return [(w.before, w.after) for w in windows if isinstance(w, Window)]


def _window(step: Step) -> dict[str, Any]:
    """The attributes that convolutions and pools have."""
    given = step.operator
    window: dict[str, Any] = {"kernel_shape": [*given.kernel], "strides": [*(given.stride or given.kernel)]}
    sides = pads(_sides(step))
    window |= {"auto_pad": "SAME_UPPER"} if any(map(is_open, sides)) else {"pads": sides}
    if any(n != 1 for n in getattr(given, "dilation", ())):
        window["dilations"] = [*given.dilation]
    return window


def normed(step: Step, kernel: str, *dims: int) -> str:
    """Return a kernel that is a direction and a length for each output, where weights are normalised so."""
    if not step.operator.weight_norm:
        return kernel
    length = step.scale(dims[0], *(1 for _ in dims[1:]), part="weight_length")
    squares = step.aside("ReduceSum", step.aside("Mul", kernel, kernel), step.whole(*range(1, len(dims))))
    direction = step.aside("Div", kernel, step.aside("Sqrt", squares))
    return step.aside("Mul", direction, length)


def _conv(step: Step) -> str:
    given, channels = step.operator, step.numbers[0]
    if given.connections is not None:
        raise step.refused("whose maps are connected by a table")
    dims = given.out, channels // given.groups, *given.kernel
    kernel = normed(step, step.weight(*dims), *dims) if given.is_trained else step.indices(*dims)
    return _convolution(step, kernel, given.out, given.groups)


def _depthwise(step: Step) -> str:
    channels = step.numbers[0]
    dims = channels * step.operator.multiplier, 1, *step.operator.kernel
    kernel = step.weight(*dims) if step.operator.trained else step.fixed(0, dims=dims)
    return _convolution(step, kernel, dims[0], channels)


def _convolution(step: Step, kernel: str, out: int, groups: int) -> str:
    given, x, window = step.operator, step.x, _window(step)
    if given.padding_mode != "zeros":
        x = laid(step, x, _sides(step), given.padding_mode)
        window |= {"auto_pad": "NOTSET", "pads": [0] * 2 * len(given.kernel)}
    bias = [step.bias(out)] if given.bias else []
    return step.node("Conv", x, kernel, *bias, group=groups, **window)


def _deformable(step: Step) -> str:
    """Where taps are read another convolution says, if no input does: offsets, and behind them the masks."""
    given, (x, *moves), channels, window = step.operator, step.inputs, step.numbers[0], _window(step)
    if "auto_pad" in window:
        raise step.refused("whose padding follows from an open size")
    bias = step.bias(given.out) if given.bias else ""
    if not moves:
        count = step.number(given.predicted_channels())
        kernel = step.weight(count, channels, *given.kernel, part="offset.weight")
        biases = [step.bias(count, part="offset.bias")] if given.bias else []
        found = step.part("offset", "Conv", x, kernel, *biases, **window)
        offsets = 2 * count // 3 if given.modulated else count
        ends = [(0, offsets), (offsets, count)] if given.modulated else []
        cut = [step.part("cut", "Slice", found, *map(step.whole, one), step.whole(1)) for one in ends]
        moves = cut or [found]
    kernel = step.weight(given.out, channels // given.groups, *given.kernel)
    groups = {"group": given.groups, "offset_group": given.deform_groups}
    return step.node("DeformConv", x, kernel, moves[0], bias, *moves[1:], **groups, **window)


def _conv_transpose(step: Step) -> str:
    given, channels = step.operator, step.numbers[0]
    each = given.out // given.groups
    kernel = step.weight(channels, each, *given.kernel, fan=channels // given.groups * prod(given.kernel))
    bias = [step.bias(given.out)] if given.bias else []
    # What is more behind is so much less that is cut off: onnxruntime takes no more than a stride.
    less = [min(a, after) for a, (_, after) in zip(given.output_padding, given.padding, strict=True)]
    sides = [(before, after - n) for (before, after), n in zip(given.padding, less, strict=True)]
    more = [a - n for a, n in zip(given.output_padding, less, strict=True)]
    window = _window(step) | {"pads": pads(sides), "output_padding": more, "group": given.groups}
    return step.node("ConvTranspose", step.x, kernel, *bias, **window)


def _pooled(step: Step) -> dict[str, Any]:
    """The attributes of a pool. It rounds up only where that makes a window more: some begin behind the map, and go."""
    windows = [window for window in step.layer.reads[0] or () if isinstance(window, Window)]
    down = [window.output(i) for window, i in zip(windows, step.numbers[1:], strict=True)]
    return _window(step) | {"ceil_mode": int(down != step.made[1:])}


def _max_pool(step: Step) -> str | list[str]:
    window = _pooled(step)
    made = step.nodes("MaxPool", step.x, outputs=1 + step.operator.indices, **window)
    step.graph.places.update(made[1:])
    return made


def _avg_pool(step: Step) -> str:
    return step.node("AveragePool", step.x, **_pooled(step), count_include_pad=int(step.operator.include_pad))


def _adaptive(op: str) -> Writer:
    """As windows that are all alike; one of them is the whole map, of any size."""

    def made(step: Step) -> str:
        sizes = step.numbers[1:]
        if all(o == 1 for o in step.operator.size):
            return step.node(f"Global{op}", step.x)
        if any(step.number(i) % o for i, o in zip(sizes, step.operator.size, strict=True)):
            raise step.refused("of windows that are not alike")
        kernel = [i // o for i, o in zip(sizes, step.operator.size, strict=True)]
        return step.node(op, step.x, kernel_shape=kernel, strides=kernel)

    return made


def _max_unpool(step: Step) -> str:
    given, stride = step.operator, step.operator.stride or step.operator.kernel
    x, places = step.inputs
    if places not in step.graph.places:
        places = step.aside("Cast", places, to=INT64)
    window: dict[str, Any] = {"kernel_shape": [*given.kernel], "strides": [*stride]}
    ends = [(i - 1) * s + k for i, s, k in zip(step.numbers[1:], stride, given.kernel, strict=True)]
    more = [o - end for o, end in zip(step.made[1:], ends, strict=True)]
    if all(n >= 0 for n in more):
        is_larger = any(is_open(n) or n for n in more)
        size = [step.aside("Concat", batch(step), step.whole(*step.made), axis=0)] if is_larger else []
        return step.node("MaxUnpool", x, places, *size, **window)
    if any(n > 0 for n in more):
        raise step.refused("to a size that is larger than its windows along one axis, and smaller along another")
    return step.node("MaxUnpool", x, places, **window, pads=pads([(0, -n) for n in more]))


def _grid_sample(step: Step) -> str:
    given, (x, places) = step.operator, step.inputs
    rank = step.shape.rank
    turned = step.turned(places, 0, *range(2, rank + 2), 1)
    mode = {"bilinear": "linear", "nearest": "nearest"}[given.mode]
    beyond = {"zeros": "zeros", "reflect": "reflection", "replicate": "border"}[given.padding_mode]
    words = {"mode": mode, "padding_mode": beyond, "align_corners": int(given.align_corners)}
    return step.node("GridSample", x, turned, **words)


def batch(step: Step) -> str:
    """Return how many samples there are, as a list of one number."""
    return step.aside("Shape", step.x, start=0, end=1)


def _blur_pool(step: Step) -> str:
    given, channels = step.operator, step.numbers[0]
    rows = [[comb(k - 1, n) / 2 ** (k - 1) for n in range(k)] for k in given.kernel]
    kernel = reduce(lambda before, row: [a * b for a in before for b in row], rows, [1.0])
    around = laid(step, step.x, [((k - 1) // 2, k // 2) for k in given.kernel], "reflect")
    weights = step.fixed(*kernel, dims=(channels, 1, *given.kernel))
    window: dict[str, Any] = {"kernel_shape": [*given.kernel], "strides": [*given.stride], "group": channels}
    return step.node("Conv", around, weights, **window)


def _of_maps(writer: Writer) -> Writer:
    """What a vector has one position for, and stays as it is."""
    return lambda step: writer(step) if step.shape.rank else step.node("Identity", step.x)


WINDOWS: Mapping[str, Writer] = {
    "adaptive_avg_pool": _adaptive("AveragePool"),
    "adaptive_max_pool": _adaptive("MaxPool"),
    "avg_pool": _avg_pool,
    "blur_pool": _blur_pool,
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "deformable_conv": _deformable,
    "depthwise_conv": _depthwise,
    "global_avg_pool": _of_maps(one_node("GlobalAveragePool")),
    "global_max_pool": _of_maps(one_node("GlobalMaxPool")),
    "grid_sample": _grid_sample,
    "max_pool": _max_pool,
    "max_unpool": _max_unpool,
}
"""By operators."""
