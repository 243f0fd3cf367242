"""ONNX operators on each number of a tensor -> layers."""

from __future__ import annotations

from fractions import Fraction
from math import isinf
from typing import Any

from convcost.ops.numbers import product
from convcost.reading.graph.graph import Constant, short
from convcost.reading.graph.step import Rule, Step
from convcost.reading.graph.views import Refusal, View


def plain(kind: str, **arguments: Any) -> Rule:
    """An operator on each number, whatever the axes."""
    return lambda step: step.layer(kind, step.map(), **arguments)


def gelu(step: Step) -> list[View]:
    return step.layer("gelu", step.map(), approximate=step.text("approximate", "none"))


def dropout(step: Step) -> list[View]:
    step.only_output()
    return step.layer("dropout", step.map())


def swish(step: Step) -> list[View]:
    """x * sigmoid(alpha x)"""
    x, alpha = step.map(), short(step.number("alpha", 1.0))
    if alpha == 1:
        return step.layer("silu", x)
    (scaled,) = step.layer("scale", x, by=alpha)
    return step.layer("mul", x, *step.layer("sigmoid", scaled))


def threshold(step: Step) -> list[View]:
    """x where it is larger than alpha, else 0."""
    x = step.map()
    return step.layer("where", *step.layer("compare", x), x)


def shrink(step: Step) -> list[View]:
    """x, moved towards zero if it has a bias, where it is further from zero than lambda, else 0."""
    x = step.map()
    mask = step.layer("compare", *step.layer("abs", x))
    bias = short(step.number("bias", 0.0))
    return step.layer("where", *mask, *(step.layer("shift", x, by=bias) if bias else (x,)))


def softsign(step: Step) -> list[View]:
    """x / (1 + |x|)"""
    x = step.map()
    return step.layer("div", x, *step.layer("shift", *step.layer("abs", x), by=1))


def clip(step: Step) -> list[View]:
    x = step.map()
    bounds = [_bound(step, n, name) for n, name in ((1, "min"), (2, "max"))]
    if not all(isinstance(n, int | float | Fraction | None) for n in bounds):
        raise Refusal("clips to bounds that are not known")
    least, most = (None if n is None or isinf(n) else short(n) for n in bounds)
    known: dict[Any, str] = {(0, None): "relu", (0, 6): "relu6", (-1, 1): "hard_tanh"}
    named = known.get((least, most))
    if named:
        return step.layer(named, x)
    return [x] if least is None and most is None else step.layer("clip", x, min=least, max=most)


def _bound(step: Step, n: int, name: str) -> Any:
    if step.opset < 11:
        return step.number(name, float("inf"))
    found = step.numbers(n)
    return found[0] if found else None


def power(step: Step) -> list[View]:
    """A square is one product, a root is `sqrt`, what is over x is a division."""
    x, found = step.map(), step.numbers(1)
    if not found or len(found) != 1 or not isinstance(found[0], int | Fraction):
        raise Refusal("raises to powers that are not one number")
    exponent = short(found[0])
    if exponent == 1:
        return [x]
    if exponent == 2:
        return step.layer("mul", x, x)
    named = {Fraction(1, 2): "sqrt", Fraction(-1): "reciprocal"}.get(Fraction(exponent))
    return step.layer(named, x) if named else step.layer("pow", x, exponent=exponent)


def prelu(step: Step) -> list[View]:
    x, slope = step.map(), step.input(1)
    slopes = product(slope.dims) if isinstance(slope, Constant) and slope.dims is not None else None
    if not isinstance(slope, Constant) or slopes not in (1, x.shape.channels):
        raise Refusal(f"has slopes that are not one for each of {x.shape.channels} channels, or one for all")
    flat = slope._replace(dims=(slopes,))
    return step.layer("prelu", x, weights=(flat,), per="channel" if slopes == x.shape.channels else "layer")


_FUNCTIONS = ("Atan", "Cos", "Erf", "Log", "Sin", "Tan")

POINTWISE: dict[str, Rule] = {
    **{op: plain("transcendental", function=op.lower()) for op in _FUNCTIONS},
    "Abs": plain("abs"),
    "Ceil": plain("round", to="above"),
    "Celu": plain("celu"),
    "Clip": clip,
    "Dropout": dropout,
    "Elu": plain("elu"),
    "Exp": plain("exp"),
    "Floor": plain("round", to="below"),
    "Gelu": gelu,
    "HardSigmoid": plain("hard_sigmoid"),
    "HardSwish": plain("hard_swish"),
    "LeakyRelu": plain("leaky_relu"),
    "Mish": plain("mish"),
    "Neg": plain("scale", by=-1),
    "PRelu": prelu,
    "Pow": power,
    "Reciprocal": plain("reciprocal"),
    "Relu": plain("relu"),
    "Round": plain("round", to="nearest"),
    "Selu": plain("selu"),
    "Sigmoid": plain("sigmoid"),
    "Shrink": shrink,
    "Silu": plain("silu"),
    "Softplus": plain("softplus"),
    "Sign": plain("compare"),
    "Softsign": softsign,
    "Sqrt": plain("sqrt"),
    "Swish": swish,
    "Tanh": plain("tanh"),
    "ThresholdedRelu": threshold,
}
"""The rules, by ONNX's names of the operators."""
