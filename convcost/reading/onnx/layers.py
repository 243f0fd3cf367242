"""ONNX operators that compute -> layers. LAYERS is the table of all of them; those with windows have a room apart."""

from __future__ import annotations

from fractions import Fraction
from math import isinf
from typing import Any

from convcost.ops.numbers import product
from convcost.reading.onnx import windows
from convcost.reading.onnx.file import Constant
from convcost.reading.onnx.step import Step
from convcost.reading.onnx.tensors import C, Map, Refusal, same
from convcost.reading.onnx.windows import Rule


def batch_norm(step: Step) -> list[Map]:
    x = step.map()
    step.only_output()
    if step.whole("training_mode", 0):
        raise Refusal("is in training mode", "export the network for inference")
    if x.axes[1:2] != (C,) or x.groups != 1:
        raise Refusal("normalises an axis that is not the channels'")
    lists = [step.per_channel(n, x.shape.channels) for n in range(1, 5)]
    if None in lists:
        raise Refusal("has no scale, shift, mean or variance")
    return step.layer("batch_norm", x, weights=lists[:2])


def instance_norm(step: Step) -> list[Map]:
    x = step.plain()
    lists = [step.per_channel(n, x.shape.channels) for n in (1, 2)]
    return step.layer("group_norm", x, weights=lists, groups=x.shape.channels)


def group_norm(step: Step) -> list[Map]:
    x = step.plain()
    lists = [step.per_channel(n, x.shape.channels) for n in (1, 2)]
    return step.layer("group_norm", x, weights=lists, groups=step.whole("num_groups", 0))


def layer_norm(step: Step) -> list[Map]:
    x = step.map()
    step.only_output()
    count = len(x.sizes)
    if step.axis(step.whole("axis", -1), count) != count - 1 or x.axes[-1] != C or x.groups != 1:
        raise Refusal("normalises other axes than the channels, where they are the last")
    scale, shift = (step.per_channel(n, x.shape.channels) for n in (1, 2))
    if shift is None:
        raise Refusal("has a scale without a shift")
    return step.layer("layer_norm", x, weights=(scale, shift))


def softmax(step: Step, kind: str = "softmax") -> list[Map]:
    x = step.map()
    count = len(x.sizes)
    axis = step.axis(step.whole("axis", -1 if step.opset >= 13 else 1), count)
    # Before opset 13 all axes from this one on were taken together.
    others = x.sizes[axis + 1 :] if step.opset < 13 else ()
    if x.groups != 1 or x.axes[axis] != C or any(not same(n, 1) for n in others):
        raise Refusal("is not over the channels")
    return step.layer(kind, x)


def gelu(step: Step) -> list[Map]:
    return step.layer("gelu", step.map(), approximate=step.text("approximate", "none"))


def clip(step: Step) -> list[Map]:
    bounds = [_bound(step, n, name) for n, name in ((1, "min"), (2, "max"))]
    if not all(isinstance(n, int | float | Fraction | None) for n in bounds):
        raise Refusal("clips to bounds that are not known")
    least, most = (None if n is None or isinf(n) else n for n in bounds)
    if least == 0 and most in (None, 6):
        return step.layer("relu" if most is None else "relu6", step.map())
    if least is None and most is None:
        return [step.map()]
    shown = ["-inf" if least is None else f"{float(least):g}", "inf" if most is None else f"{float(most):g}"]
    raise Refusal(f"clips to {' to '.join(shown)}; relu6 clips to 0 to 6")


def _bound(step: Step, n: int, name: str) -> Any:
    if step.opset < 11:
        return step.number(name, float("inf"))
    found = step.numbers(n)
    return found[0] if found else None


def prelu(step: Step) -> list[Map]:
    x, slope = step.map(), step.input(1)
    slopes = product(slope.dims) if isinstance(slope, Constant) and slope.dims is not None else None
    if not isinstance(slope, Constant) or slopes not in (1, x.shape.channels):
        raise Refusal(f"has slopes that are not one for each of {x.shape.channels} channels, or one for all")
    return step.layer("prelu", x, weights=(slope,), per="channel" if slopes == x.shape.channels else "layer")


def local_response_norm(step: Step) -> list[Map]:
    return step.layer("local_response_norm", step.plain(), size=step.whole("size", 0))


def together(kind: str) -> Rule:
    """Tensors aligned at their last axes."""

    def rule(step: Step) -> list[Map]:
        xs = step.maps()
        longest = max(xs, key=lambda x: len(x.axes))
        for x in xs:
            if x.groups != 1 or longest.groups != 1:
                raise Refusal("reads groups of channels")
            for n in range(1, len(x.axes) + 1):
                if (
                    x.axes[-n] != longest.axes[-n]
                    and not same(x.size(x.axes[-n]), 1)
                    and not same(longest.size(longest.axes[-n]), 1)
                ):
                    raise Refusal("puts together tensors whose axes are in another order")
        if len(xs) == 1:
            return [xs[0]]
        (y,) = step.layer(kind, *xs)
        whole = next((x for x in xs if x.shape == y.shape and len(x.axes) == len(longest.axes)), longest)
        return [whole.like(y.tensor)]

    return rule


def dropout(step: Step) -> list[Map]:
    step.only_output()
    return step.layer("dropout", step.map())


def plain(kind: str) -> Rule:
    """An operator on each number, whatever the axes."""
    return lambda step: step.layer(kind, step.map())


LAYERS: dict[str, Rule] = {
    "Abs": plain("abs"),
    "Add": together("add"),
    "AveragePool": windows.pool("avg_pool"),
    "BatchNormalization": batch_norm,
    "Celu": plain("celu"),
    "Clip": clip,
    "Conv": windows.conv,
    "ConvTranspose": windows.conv_transpose,
    "Div": together("div"),
    "Dropout": dropout,
    "Elu": plain("elu"),
    "Exp": plain("exp"),
    "Gelu": gelu,
    "Gemm": windows.gemm,
    "GlobalAveragePool": windows.global_pool("global_avg_pool"),
    "GlobalMaxPool": windows.global_pool("global_max_pool"),
    "GroupNormalization": group_norm,
    "HardSigmoid": plain("hard_sigmoid"),
    "HardSwish": plain("hard_swish"),
    "InstanceNormalization": instance_norm,
    "LRN": local_response_norm,
    "LayerNormalization": layer_norm,
    "LeakyRelu": plain("leaky_relu"),
    "LogSoftmax": lambda step: softmax(step, "log_softmax"),
    "MatMul": windows.matmul,
    "Max": together("maximum"),
    "MaxPool": windows.pool("max_pool"),
    "Min": together("minimum"),
    "Mish": plain("mish"),
    "Mul": together("mul"),
    "PRelu": prelu,
    "ReduceMax": windows.reduce("global_max_pool"),
    "ReduceMean": windows.reduce("global_avg_pool"),
    "Relu": plain("relu"),
    "Selu": plain("selu"),
    "Sigmoid": plain("sigmoid"),
    "Softmax": softmax,
    "Softplus": plain("softplus"),
    "Sqrt": plain("sqrt"),
    "Sub": together("sub"),
    "Sum": together("add"),
    "Tanh": plain("tanh"),
}
"""The rules, by ONNX's names of the operators."""
