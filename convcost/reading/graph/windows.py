"""ONNX operators with windows or matrices -> layers: convolutions, pooling, products with weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from convcost.ops.numbers import differ
from convcost.reading.graph.graph import Constant
from convcost.reading.graph.step import Step
from convcost.reading.graph.views import UNIT, C, H, Refusal, View, view

Rule: TypeAlias = Callable[[Step], Sequence[View | Constant]]
"""What a node's outputs are. What no operator here does is a Refusal, never nothing."""


def conv(step: Step) -> list[View]:
    x = step.map()
    if not x.shape.size and x.roles[1:] == (C, *(UNIT,) * (len(x.axes) - 2)):
        return _conv_of_a_row(step, x)
    x = step.plain()
    w, kernel = _kernel(step, x)
    assert w.dims is not None
    groups = step.whole("group", 1)
    same_channels(x, w.dims[1] * groups, groups)
    out = w.dims[0]
    bias = step.per_channel(2, out) or step.added(out, -x.shape.rank - 1)
    given = {
        "kernel": kernel,
        "stride": step.per_axis("strides", x.shape.rank),
        "padding": step.padding(x, kernel),
        "dilation": step.per_axis("dilations", x.shape.rank),
    }
    if groups > 1 and groups == x.shape.channels and out % groups == 0:
        return step.weighted("depthwise_conv", x, w, bias, multiplier=out // groups, **given)
    return step.weighted("conv", x, w, bias, out=out, groups=groups, **given)


def _conv_of_a_row(step: Step, x: View) -> list[View]:
    """A convolution of 1x1 on a row of numbers that has been given axes of size 1: a linear layer."""
    w = step.weights(1, len(x.axes))
    assert w.dims is not None
    pads, strides = step.ints("pads", ()), step.ints("strides", ())
    if any(n != 1 for n in w.dims[2:]) or any(pads) or any(n != 1 for n in strides) or step.whole("group", 1) != 1:
        raise Refusal("slides over axes of size 1 that a row of numbers was given")
    same_channels(x, w.dims[1], 1)
    bias = step.per_channel(2, w.dims[0]) or step.added(w.dims[0], 1 - len(x.axes))
    return step.weighted("linear", x, w, bias, out=w.dims[0])


def conv_transpose(step: Step) -> list[View]:
    x = step.plain()
    w, kernel = _kernel(step, x)
    assert w.dims is not None
    rank, groups = x.shape.rank, step.whole("group", 1)
    same_channels(x, w.dims[0], groups)
    out = w.dims[1] * groups
    stride, dilation = step.per_axis("strides", rank), step.per_axis("dilations", rank)
    extra = step.per_axis("output_padding", rank, 0)
    padding: Any = step.sides("pads", rank)
    auto = step.text("auto_pad", "NOTSET")
    if "output_shape" in step.node.attributes or auto in ("SAME_UPPER", "SAME_LOWER"):
        wanted = step.node.attributes.get("output_shape") or [i * s for i, s in zip(x.shape.size, stride, strict=True)]
        if len(wanted) < rank:
            raise Refusal(f"has {len(wanted)} numbers in `output_shape` for {rank} spatial axes")
        lists = zip(x.shape.size, kernel, stride, dilation, extra, wanted[-rank:], strict=True)
        totals = [(i - 1) * s + d * (k - 1) + 1 + a - o for i, k, s, d, a, o in lists]
        # SAME_UPPER has the smaller half before; without it the larger half is.
        halves = [[total // 2, total - total // 2] for total in totals]
        padding = halves if auto == "SAME_UPPER" else [pair[::-1] for pair in halves]
    elif auto == "VALID":
        padding = 0
    bias = step.per_channel(2, out) or step.added(out, -rank - 1)
    return step.weighted(
        "conv_transpose",
        x,
        w,
        bias,
        out=out,
        kernel=kernel,
        stride=stride,
        padding=padding,
        output_padding=extra,
        dilation=dilation,
        groups=groups,
    )


def _kernel(step: Step, x: View) -> tuple[Constant, list[Any]]:
    """The weights and the kernel's sizes, which the file may state twice."""
    if not x.shape.rank:
        raise Refusal("slides over a row of numbers")
    w = step.weights(1, x.shape.rank + 2)
    kernel = list((w.dims or ())[2:])
    if step.per_axis("kernel_shape", x.shape.rank) != kernel and "kernel_shape" in step.node.attributes:
        raise Refusal(f"has kernel_shape {step.ints('kernel_shape', ())} and weights of {tuple(kernel)}")
    return w, kernel


def same_channels(x: View, channels: Any, groups: int) -> None:
    if differ(channels, x.shape.channels):
        grouped = f" in {groups} groups" if groups != 1 else ""
        raise Refusal(f"has weights for {channels} channels{grouped}; its input has {x.shape.channels}")


def pool(kind: str) -> Rule:
    def rule(step: Step) -> list[View]:
        x = step.plain()
        step.only_output()
        if "kernel_shape" not in step.node.attributes:
            raise Refusal("has no `kernel_shape`")
        rank = x.shape.rank
        kernel = step.per_axis("kernel_shape", rank)
        given: dict[str, Any] = {"dilation": step.per_axis("dilations", rank)}
        if kind == "avg_pool":
            if any(n != 1 for n in given.pop("dilation")):
                raise Refusal("has dilations, which no average pooling here has")
            given["include_pad"] = bool(step.whole("count_include_pad", 0))
        return step.layer(
            kind,
            x,
            kernel=kernel,
            stride=step.per_axis("strides", rank),
            padding=step.padding(x, kernel),
            ceil_mode=bool(step.whole("ceil_mode", 0)),
            **given,
        )

    return rule


def global_pool(kind: str) -> Rule:
    def rule(step: Step) -> list[View]:
        x = step.plain()
        # A row of numbers that was given axes of size 1 has nothing to be pooled.
        return step.layer(kind, x)

    return rule


def adaptive(kind: str) -> Rule:
    return lambda step: step.layer(kind, step.plain(), size=list(step.ints("size", ())))


def reduce(kind: str) -> Rule:
    """A mean or maximum over all positions: a global pooling."""

    def rule(step: Step) -> list[View]:
        x = step.map()
        axes = step.axes(1, len(x.sizes)) or ()
        reduced = {factor for n in axes for factor in x.axes[n]}
        if not x.shape.rank or reduced != {factor for factor in x.inner if factor.axis >= H}:
            raise Refusal("is not over the positions of a map, and those alone")
        (y,) = step.layer(kind, x)
        return [y if step.whole("keepdims", 1) else view(y.tensor, [a for n, a in enumerate(y.axes) if n not in axes])]

    return rule
