"""ONNX operators with windows or matrices -> layers: convolutions, pooling, products with weights."""

from __future__ import annotations

from typing import Any

from convcost.ops.numbers import differ, maximum
from convcost.reading.graph.graph import Constant
from convcost.reading.graph.kernels import weighted
from convcost.reading.graph.laying import own
from convcost.reading.graph.reductions import along
from convcost.reading.graph.step import Rule, Step
from convcost.reading.graph.views import UNIT, C, Refusal, View


def conv(step: Step) -> list[View]:
    x = step.map()
    if not x.shape.size and x.roles[1:] == (C, *(UNIT,) * (len(x.axes) - 2)):
        return _conv_of_a_row(step, x)
    x = step.plain()
    w, kernel = _kernel(step, x)
    assert w.dims is not None
    groups = step.whole("group", 1)
    same_channels(x, w.dims[1] * groups, groups)
    out, rank = w.dims[0], len(kernel)
    bias = step.per_channel(2, out) or step.added(out, -rank - 1)
    given = {
        **_after_frames(
            x, kernel, step.per_axis("strides", rank), step.padding(x, kernel), step.per_axis("dilations", rank)
        ),
    }
    if groups > 1 and groups == x.shape.channels and out % groups == 0:
        return weighted(step, "depthwise_conv", x, w, bias, out, multiplier=out // groups, **given)
    return weighted(step, "conv", x, w, bias, out, groups=groups, **given)


def deformable_conv(step: Step) -> list[View]:
    """Offsets, and masks, that other nodes have made: of each group and tap, in turn."""
    x, moves = step.plain(), [step.plain(n) for n in (2, 4) if step.input(n) is not None]
    w, kernel = _kernel(step, x)
    assert w.dims is not None
    groups, rank, out = step.whole("group", 1), len(kernel), w.dims[0]
    same_channels(x, w.dims[1] * groups, groups)
    given = {
        "kernel": kernel,
        "stride": step.per_axis("strides", rank),
        "padding": step.sides("pads", rank),
        "dilation": step.per_axis("dilations", rank),
        "deform_groups": step.whole("offset_group", 1),
        "modulated": len(moves) == 2,
    }
    of_conv = step.instead("Conv", [x, w, step.input(3)])
    return weighted(of_conv, "deformable_conv", x, w, of_conv.per_channel(2, out), out, *moves, groups=groups, **given)


def _conv_of_a_row(step: Step, x: View) -> list[View]:
    """A convolution of 1x1 on a row of numbers that has been given axes of size 1: a linear layer."""
    w = step.weights(1, len(x.axes))
    assert w.dims is not None
    pads, strides = step.ints("pads", ()), step.ints("strides", ())
    if any(n != 1 for n in w.dims[2:]) or any(pads) or any(n != 1 for n in strides) or step.whole("group", 1) != 1:
        raise Refusal("slides over axes of size 1 that a row of numbers was given")
    same_channels(x, w.dims[1], 1)
    bias = step.per_channel(2, w.dims[0]) or step.added(w.dims[0], 1 - len(x.axes))
    return weighted(step, "linear", x, w, bias, w.dims[0])


def conv_transpose(step: Step) -> list[View]:
    x = step.plain()
    w, kernel = _kernel(step, x)
    assert w.dims is not None
    rank, groups = len(kernel), step.whole("group", 1)
    same_channels(x, w.dims[0], groups)
    out, size = w.dims[1] * groups, x.shape.size[-rank:]
    stride, dilation = step.per_axis("strides", rank), step.per_axis("dilations", rank)
    extra = step.per_axis("output_padding", rank, 0)
    padding: Any = step.sides("pads", rank)
    auto = step.text("auto_pad", "NOTSET")
    if "output_shape" in step.node.attributes or auto in ("SAME_UPPER", "SAME_LOWER"):
        wanted = step.node.attributes.get("output_shape") or [i * s for i, s in zip(size, stride, strict=True)]
        if len(wanted) < rank:
            raise Refusal(f"has {len(wanted)} numbers in `output_shape` for {rank} spatial axes")
        lists = zip(size, kernel, stride, dilation, extra, wanted[-rank:], strict=True)
        totals = [(i - 1) * s + d * (k - 1) + 1 + a - o for i, k, s, d, a, o in lists]
        # An output that is larger than what the kernel reaches has the rest behind.
        extra = [a + maximum(-total, 0) for a, total in zip(extra, totals, strict=True)]
        totals = [maximum(total, 0) for total in totals]
        # SAME_UPPER has the smaller half before; without it the larger half is.
        halves = [[total // 2, total - total // 2] for total in totals]
        padding = halves if auto == "SAME_UPPER" else [pair[::-1] for pair in halves]
    elif auto == "VALID":
        padding = 0
    bias = step.per_channel(2, out) or step.added(out, -rank - 1)
    return weighted(
        step,
        "conv_transpose",
        x,
        w,
        bias,
        out,
        **_after_frames(x, kernel, stride, padding, dilation),
        output_padding=[0] * (x.shape.rank - rank) + extra,
        groups=groups,
    )


def _after_frames(x: View, kernel: list[Any], stride: list[Any], padding: Any, dilation: list[Any]) -> dict[str, Any]:
    """The windows, which do not slide along what a batch has beside its samples: see `Laying.as_map`."""
    if x.shape.rank == len(kernel):
        return {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    if isinstance(padding, list):
        padding = [[0, 0], *padding]
    return {"kernel": [1, *kernel], "stride": [1, *stride], "padding": padding, "dilation": [1, *dilation]}


def _kernel(step: Step, x: View) -> tuple[Constant, list[Any]]:
    """The weights and the kernel's sizes, which the file may state twice."""
    rank = len(x.axes) - 2
    if not rank:
        raise Refusal("slides over a row of numbers")
    w = step.weights(1, rank + 2)
    kernel = list((w.dims or ())[2:])
    if step.per_axis("kernel_shape", rank) != kernel and "kernel_shape" in step.node.attributes:
        raise Refusal(f"has kernel_shape {step.ints('kernel_shape', ())} and weights of {tuple(kernel)}")
    return w, kernel


def same_channels(x: View, channels: Any, groups: int) -> None:
    if differ(channels, x.shape.channels):
        grouped = f" in {groups} groups" if groups != 1 else ""
        raise Refusal(f"has weights for {channels} channels{grouped}; its input has {x.shape.channels}")


def pool(kind: str) -> Rule:
    def rule(step: Step) -> list[View]:
        x = step.plain()
        if kind == "avg_pool" or len(step.node.outputs) < 2:
            step.only_output()
        if "kernel_shape" not in step.node.attributes:
            raise Refusal("has no `kernel_shape`")
        rank = len(x.axes) - 2
        kernel, dilation = step.per_axis("kernel_shape", rank), step.per_axis("dilations", rank)
        given = _after_frames(x, kernel, step.per_axis("strides", rank), step.padding(x, kernel), dilation)
        if kind == "avg_pool":
            del given["dilation"]
            if any(n != 1 for n in dilation):
                raise Refusal("has dilations, which no average pooling here has")
            given["include_pad"] = bool(step.whole("count_include_pad", 0))
        elif step.is_used(1):
            given["indices"] = True
        return step.layer(kind, x, ceil_mode=bool(step.whole("ceil_mode", 0)), **given)

    return rule


def max_unpool(step: Step) -> list[View]:
    """Maxima put back where a pooling of the same windows found them."""
    x, places = step.plain(), step.plain(1)
    rank = x.shape.rank
    sides = step.sides("pads", rank)
    if any(before for before, _ in sides) or len(x.axes) != rank + 2:
        raise Refusal("has pads before the map, which no unpooling here has")
    given: dict[str, Any] = {"kernel": step.per_axis("kernel_shape", rank), "stride": step.per_axis("strides", rank)}
    if size := step.numbers(2):
        given["size"] = list(size[2:])
    elif any(map(any, sides)):
        lists = zip(x.shape.size, given["stride"], given["kernel"], sides, strict=True)
        given["size"] = [(i - 1) * s + k - after for i, s, k, (_, after) in lists]
    return step.layer("max_unpool", x, places, **given)


def global_pool(kind: str, over: str) -> Rule:
    """Over all axes but the first two; of a row that was given axes of size 1 there is one number each."""

    def rule(step: Step) -> list[View]:
        x = step.map()
        if own(x.axes[0]):
            return [along(step, over, x, range(2, len(x.axes)))]
        return step.layer(kind, step.as_map(x))

    return rule


def adaptive(kind: str) -> Rule:
    return lambda step: step.layer(kind, step.plain(), size=list(step.ints("size", ())))


WINDOWS: dict[str, Rule] = {
    "AveragePool": pool("avg_pool"),
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "DeformConv": deformable_conv,
    "GlobalAveragePool": global_pool("global_avg_pool", "mean"),
    "GlobalMaxPool": global_pool("global_max_pool", "max"),
    "MaxPool": pool("max_pool"),
    "MaxUnpool": max_unpool,
}
"""The rules, by ONNX's names of the operators."""
