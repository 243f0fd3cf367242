"""Layers that compute each number by itself, or numbers in the same place of several tensors, as operators of ONNX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from convcost.writing.onnx.step import BOOL, FLOAT, Step, Writer, one_node


def _clip(low: int | None = None, high: int | None = None) -> Writer:
    return lambda step: _clipped(step, low, high)


def _clipped(step: Step, low: object, high: object) -> str:
    bounds = ["" if n is None else step.fixed(n) for n in (low, high)]
    return step.node("Clip", step.x, *bounds)


def _silu(step: Step) -> str:
    return step.node("Mul", step.x, step.aside("Sigmoid", step.x))


def _swish(step: Step) -> str:
    dims = [step.numbers[0], *(1 for _ in step.shape.size)] if step.operator.per == "channel" else [1]
    slope = step.part("product", "Mul", step.x, step.scale(*dims))
    return step.node("Mul", step.x, step.aside("Sigmoid", slope))


def _prelu(step: Step) -> str:
    dims = [step.numbers[0], *(1 for _ in step.shape.size)] if step.operator.per == "channel" else [1]
    return step.node("PRelu", step.x, step.weight(*dims, fan=32))


def _constants(op: str) -> Writer:
    """Numbers that the layer holds, one for each channel, position or element; or one that is said."""

    def made(step: Step) -> str:
        given, (channels, *size) = step.operator, step.numbers
        if given.by is not None:
            return step.node(op, step.x, step.fixed(given.by))
        dims = {
            "channel": [channels, *(1 for _ in size)],
            "position": [1, *size],
            "element": [channels, *size],
            "layer": [1],
        }[given.per]
        held = step.scale if op == "Mul" else step.bias
        if not given.trained:
            number = step.fixed(1 if op == "Mul" else 0, dims=dims)
        else:
            number = held(*dims) if given.table is None else _picked(step, held(given.table))
        return step.node(op, step.x, number)

    return made


def _picked(step: Step, table: str) -> str:
    """A number of a table for every element: one after the other, for a network does not say which."""
    sizes, count = tuple(map(step.number, step.numbers)), int(step.operator.table)
    index = step.graph.numbers([n % count for n in range(prod(sizes))], sizes, "int64")
    return step.aside("Gather", table, index)


def _aligned(step: Step) -> Sequence[str]:
    """All inputs with as many axes: a vector has one number for each channel."""
    rank = max(shape.rank for shape in step.layer.input_shapes)
    pairs = zip(step.inputs, step.layer.input_shapes, strict=True)
    return [
        x if shape.rank == rank else step.aside("Unsqueeze", x, step.whole(*range(2, 2 + rank))) for x, shape in pairs
    ]


def _together(op: str) -> Writer:
    """One node for all inputs."""
    return lambda step: step.node(op, *_aligned(step))


def _two_by_two(op: str) -> Writer:
    """A node for two inputs, and one for each further one; of a product, the largest comes first."""

    def made(step: Step) -> str:
        pairs = [*zip(_aligned(step), step.layer.input_shapes, strict=True)]
        if op == "Mul":
            pairs.sort(key=lambda pair: pair[1].rank == 0 or pair[1].numbers.count(1))
        y, *others = (x for x, _ in pairs)
        for other in others[:-1]:
            y = step.aside(op, y, other)
        return step.node(op, y, others[-1])

    return made


def _compare(step: Step) -> str:
    x, other = [*_aligned(step), *([step.fixed(0)] if len(step.inputs) == 1 else [])]
    return step.aside("Cast", step.node("Greater", x, other), to=FLOAT)


def _where(step: Step) -> str:
    mask, *chosen = _aligned(step)
    chosen += [step.fixed(0) for _ in range(2 - len(chosen))]
    return step.node("Where", step.aside("Cast", mask, to=BOOL), *chosen)


_ROUND = {"nearest": "Round", "above": "Ceil", "below": "Floor"}

POINTWISE: Mapping[str, Writer] = {
    "abs": one_node("Abs"),
    "add": _together("Sum"),
    "celu": one_node("Celu"),
    "clip": lambda step: _clipped(step, step.operator.min, step.operator.max),
    "compare": _compare,
    "div": _two_by_two("Div"),
    "dropout": one_node("Dropout"),
    "elu": one_node("Elu"),
    "exp": one_node("Exp"),
    "gelu": lambda step: step.node("Gelu", step.x, approximate=step.operator.approximate),
    "hard_sigmoid": one_node("HardSigmoid", alpha=1 / 6, beta=0.5),
    "hard_swish": one_node("HardSwish"),
    "hard_tanh": _clip(-1, 1),
    "identity": one_node("Identity"),
    "leaky_relu": one_node("LeakyRelu"),
    "maximum": _together("Max"),
    "minimum": _together("Min"),
    "mish": one_node("Mish"),
    "mul": _two_by_two("Mul"),
    "pow": lambda step: step.node("Pow", step.x, step.fixed(step.operator.exponent)),
    "prelu": _prelu,
    "reciprocal": one_node("Reciprocal"),
    "relu": one_node("Relu"),
    "relu6": _clip(0, 6),
    "round": lambda step: step.node(_ROUND[step.operator.to], step.x),
    "scale": _constants("Mul"),
    "selu": one_node("Selu"),
    "shift": _constants("Add"),
    "sigmoid": one_node("Sigmoid"),
    "silu": _silu,
    "softplus": one_node("Softplus"),
    "sqrt": one_node("Sqrt"),
    "sub": _two_by_two("Sub"),
    "swish": _swish,
    "tanh": one_node("Tanh"),
    "transcendental": lambda step: step.node(step.operator.function.title(), step.x),
    "where": _where,
}
"""By operators."""
