"""ONNX operators that compute -> layers. LAYERS is the table of all of them; those with windows have a room apart."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isinf
from typing import Any

from convcost.ops.arguments import AXES
from convcost.ops.numbers import product
from convcost.reading.graph import products, windows
from convcost.reading.graph.graph import Constant
from convcost.reading.graph.step import Step
from convcost.reading.graph.views import C, Factor, H, N, Refusal, View, same
from convcost.reading.graph.windows import Rule


def batch_norm(step: Step) -> list[View]:
    x = step.map()
    step.only_output()
    if step.whole("training_mode", 0):
        raise Refusal("is in training mode", "export the network for inference")
    if x.roles[1:2] != (C,):
        x = step.as_map(x)
    lists = [step.per_channel(n, x.shape.channels) for n in range(1, 5)]
    if None in lists:
        raise Refusal("has no scale, shift, mean or variance")
    return step.layer("batch_norm", x, weights=lists[:2])


def instance_norm(step: Step) -> list[View]:
    x = step.plain()
    lists = [step.per_channel(n, x.shape.channels) for n in (1, 2)]
    if any(one is None or _is_made_up(one, fill) for one, fill in zip(lists, (1, 0), strict=True)):
        return step.layer("instance_norm", x)
    return step.layer("instance_norm", x, weights=lists, affine=True)


def _is_made_up(constant: Constant, fill: int) -> bool:
    """Return whether an exporter made up a scale or a shift that the operator must have and the module has not."""
    values, named = constant.values, constant.key.endswith((".weight", ".bias"))
    return not constant.trained or (not named and values is not None and all(n == fill for n in values))


def group_norm(step: Step) -> list[View]:
    x = step.plain()
    lists = [step.per_channel(n, x.shape.channels) for n in (1, 2)]
    return step.layer("group_norm", x, weights=lists, groups=step.whole("num_groups", 0))


def layer_norm(step: Step) -> list[View]:
    x = step.map()
    step.only_output()
    count = len(x.sizes)
    if step.axis(step.whole("axis", -1), count) != count - 1:
        raise Refusal("normalises other axes than the last")
    x = step.channels_last(x)
    scale, shift = (step.per_channel(n, x.shape.channels) for n in (1, 2))
    if shift is None:
        raise Refusal("has a scale without a shift")
    return step.layer("layer_norm", x, weights=(scale, shift))


def softmax(kind: str) -> Rule:
    def rule(step: Step) -> list[View]:
        x = step.map()
        axis = step.axis(step.whole("axis", -1 if step.opset >= 13 else 1), len(x.sizes))
        # Before opset 13 all axes from this one on were taken together.
        others = x.sizes[axis + 1 :] if step.opset < 13 else ()
        if any(not same(n, 1) for n in others):
            raise Refusal("is over several axes together")
        return step.layer(kind, x, **_over(step, x, axis))

    return rule


def _over(step: Step, x: View, axis: int) -> dict[str, Any]:
    """What a softmax is over: all channels, the last part of them in groups, or positions."""
    factors = x.axes[axis]
    if not factors:  # each number is by itself
        return {"groups": x.shape.channels}
    own = {factor.axis for factor in factors}
    channels = [factor for factor in x.inner if factor.axis == C]
    if own == {C} and list(factors) == channels[-len(factors) :]:
        return {"groups": product(factor.size for factor in channels[: -len(factors)])}
    if N not in own and C not in own and all(not factor.place for factor in factors):
        return {"over": [AXES[x.shape.rank][n - H] for n in sorted(own)]}
    raise Refusal("is over numbers that are not neighbours")


def gelu(step: Step) -> list[View]:
    return step.layer("gelu", step.map(), approximate=step.text("approximate", "none"))


def clip(step: Step) -> list[View]:
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


def prelu(step: Step) -> list[View]:
    x, slope = step.map(), step.input(1)
    slopes = product(slope.dims) if isinstance(slope, Constant) and slope.dims is not None else None
    if not isinstance(slope, Constant) or slopes not in (1, x.shape.channels):
        raise Refusal(f"has slopes that are not one for each of {x.shape.channels} channels, or one for all")
    flat = slope._replace(dims=(slopes,))
    return step.layer("prelu", x, weights=(flat,), per="channel" if slopes == x.shape.channels else "layer")


def local_response_norm(step: Step) -> list[View]:
    return step.layer("local_response_norm", step.plain(), size=step.whole("size", 0))


def together(kind: str) -> Rule:
    """Tensors aligned at their last axes."""

    def rule(step: Step) -> list[View]:
        xs = step.maps()
        if len(xs) == 1:
            return xs
        count = max(len(x.axes) for x in xs)
        xs = [x._replace(axes=((),) * (count - len(x.axes)) + x.axes) for x in xs]
        if not _meet(xs):
            xs = [step.as_map(x) for x in xs]
        (y,) = step.layer(kind, *xs)
        whole = next((x for x in xs if x.shape == y.shape), xs[0])
        return [whole.like(y.tensor)]

    return rule


def with_constant(kind: str, of_maps: str, of_constant: str = "") -> Rule:
    """Two tensors, of which one may be a constant: numbers that the layer holds, or one that is written."""
    both = together(of_maps)

    def rule(step: Step) -> Sequence[View | Constant]:
        places = [n for n in range(len(step.node.inputs)) if isinstance(step.input(n), Constant)]
        if len(places) != 1 or len(step.node.inputs) != 2:
            return both(step)
        x, constant = step.map(1 - places[0]), step.input(places[0])
        assert isinstance(constant, Constant)
        if places[0] == 0 and of_constant != kind:
            raise Refusal(f"computes with a constant `{step.node.inputs[0]}` before its input")
        return constants(step, kind, x, constant)

    return rule


def constants(step: Step, kind: str, x: View, constant: Constant) -> list[View]:
    """A layer that holds a constant's numbers: one for each channel, position or element, or for all."""
    name = constant.key
    if constant.dims is None:
        raise Refusal(f"computes with a constant, `{name}`, whose shape is not known")
    count = product(constant.dims)
    values = constant.values
    if same(count, 1):
        if values and not constant.trained and isinstance(values[0], int | Fraction):
            return step.layer(kind, x, by=_short(values[0]))
        return step.layer(kind, x, weights=(constant,), per="layer", trained=constant.trained)
    dims = (1,) * (len(x.axes) - len(constant.dims)) + constant.dims
    touched = {f for axis, n in zip(x.axes, dims, strict=False) if not same(n, 1) for f in axis}
    fits = len(dims) == len(x.axes) and all(same(n, 1) or same(n, size) for n, size in zip(dims, x.sizes, strict=True))
    held = count if constant.held is None else constant.held
    for per, wanted in _parts(x).items():
        if fits and touched == wanted and same(held, count):
            flat = constant._replace(dims=(count,))
            return step.layer(kind, x, weights=(flat,), per=per, trained=constant.trained)
    if fits:  # relative positions, a mask: one is picked for every element
        return step.layer(kind, x, weights=(constant,), table=held, trained=constant.trained)
    shown = "x".join(map(str, constant.dims))
    raise Refusal(f"computes with the constant `{name}` ({shown}), which is not one number per channel or position")


def _parts(x: View) -> dict[str, set[Factor]]:
    inner = set(x.inner)
    channels = {factor for factor in inner if factor.axis == C}
    return {"channel": channels, "position": inner - channels, "element": inner}


def _short(n: int | Fraction) -> int | Fraction:
    """The decimal that a number of 32 bits stands for."""
    return n if isinstance(n, int) else Fraction(f"{float(n):.7g}")


def _meet(xs: list[View]) -> bool:
    """Whether axes that are put together are the same parts of the network's tensors, or of size 1."""
    return all(len({axis for axis in axes if axis}) <= 1 for axes in zip(*(x.axes for x in xs), strict=True))


def dropout(step: Step) -> list[View]:
    step.only_output()
    return step.layer("dropout", step.map())


def plain(kind: str) -> Rule:
    """An operator on each number, whatever the axes."""
    return lambda step: step.layer(kind, step.map())


LAYERS: dict[str, Rule] = {
    "Abs": plain("abs"),
    "Add": with_constant("shift", "add", "shift"),
    "AveragePool": windows.pool("avg_pool"),
    "BatchNormalization": batch_norm,
    "Celu": plain("celu"),
    "Clip": clip,
    "Conv": windows.conv,
    "ConvTranspose": windows.conv_transpose,
    "Div": with_constant("scale", "div"),
    "Dropout": dropout,
    "Elu": plain("elu"),
    "Exp": plain("exp"),
    "Gelu": gelu,
    "Gemm": products.gemm,
    "GlobalAveragePool": windows.global_pool("global_avg_pool"),
    "GlobalMaxPool": windows.global_pool("global_max_pool"),
    "GroupNormalization": group_norm,
    "HardSigmoid": plain("hard_sigmoid"),
    "HardSwish": plain("hard_swish"),
    "InstanceNormalization": instance_norm,
    "LRN": local_response_norm,
    "LayerNormalization": layer_norm,
    "LeakyRelu": plain("leaky_relu"),
    "LogSoftmax": softmax("log_softmax"),
    "MatMul": products.matmul,
    "Max": together("maximum"),
    "MaxPool": windows.pool("max_pool"),
    "Min": together("minimum"),
    "Mish": plain("mish"),
    "Mul": with_constant("scale", "mul", "scale"),
    "PRelu": prelu,
    "ReduceMax": windows.reduce("global_max_pool"),
    "ReduceMean": windows.reduce("global_avg_pool"),
    "Relu": plain("relu"),
    "Selu": plain("selu"),
    "Sigmoid": plain("sigmoid"),
    "Silu": plain("silu"),
    "Softmax": softmax("softmax"),
    "Softplus": plain("softplus"),
    "Sqrt": plain("sqrt"),
    "Sub": with_constant("shift", "sub"),
    "Sum": together("add"),
    "Tanh": plain("tanh"),
}
"""The rules, by ONNX's names of the operators."""
