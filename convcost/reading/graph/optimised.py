"""Nodes of quantised and of optimised files -> the nodes of ONNX that they stand for.

Scales and zero points are left out: what is computed with whole numbers is as many products, and convcost counts the
network and not how it is held. onnxruntime's own operators are described in its ContribOperators.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost.reading.graph.aligned import together
from convcost.reading.graph.graph import Constant, short
from convcost.reading.graph.layers import LAYERS
from convcost.reading.graph.moves import MOVES
from convcost.reading.graph.step import Rule, Step, Value
from convcost.reading.graph.views import Refusal, View, transposed

CONTRIB = "com.microsoft"
"""The domain of onnxruntime's own operators."""

_RULES = {**LAYERS, **MOVES}


def stands_for(op: str, *inputs: int, channels_last: bool = False) -> Rule:
    """A node of ONNX on some of the inputs, whose channels may be last."""

    def rule(step: Step) -> list[View]:
        values = [step.input(n) for n in inputs]
        if not channels_last and not step.whole("channels_last", 0):
            return _made(step, op, values)
        x = step.map(inputs[0])
        last = len(x.axes) - 1
        (y,) = _made(step, op, [transposed(x, (0, last, *range(1, last))), *values[1:]])
        return [transposed(y, (0, *range(2, last + 1), 1))]

    return rule


def _made(step: Step, op: str, inputs: Sequence[Value], **attributes: Any) -> list[View]:
    return [y for y in _RULES[op](step.instead(op, inputs, **attributes)) if isinstance(y, View)]


def passed_on(step: Step) -> Sequence[View | Constant]:
    """Numbers in another type, and the scale and the zero point that were worked out for them."""
    return [step.map(), *(Constant(name, None) for name in step.node.outputs[1:])]


def concat(step: Step) -> list[View]:
    """Each tensor with a scale and a zero point, behind those of the output."""
    return _made(step, "Concat", step.inputs[2::3])


def fused(op: str, *inputs: int, channels_last: bool = False) -> Rule:
    """A node of ONNX, what is added to its output, and the activation behind both."""
    rule = stands_for(op, *inputs[:3], channels_last=channels_last)

    def behind(step: Step) -> list[View]:
        (y,) = rule(step)
        assert isinstance(y, View)
        if step.input(3) is not None:
            (y,) = together("add", step, [y, step.map(3)])
        name = step.text("activation", "") or "Identity"
        if name not in _ACTIVATIONS:
            raise Refusal(f"has the activation `{name}`, which is none of {', '.join(_ACTIVATIONS)}")
        return _made(step, name, [y]) if name != "Identity" else [y]

    return behind


_ACTIVATIONS = ("Identity", "HardSigmoid", "LeakyRelu", "Relu", "Sigmoid", "Tanh")


def matmul(step: Step) -> list[View]:
    """A product of matrices, either of which may be turned, times a number."""
    if step.whole("transBatchA", 0) or step.whole("transBatchB", 0):
        raise Refusal("exchanges the stack's axes with the matrices'")
    pair = [_turned(x) if step.whole(name, 0) else x for x, name in zip(step.inputs, ("transA", "transB"), strict=True)]
    (y,) = _made(step, "MatMul", pair)
    alpha = short(step.number("alpha", 1))
    return [y] if alpha == 1 else step.layer("scale", y, by=alpha)


def _turned(x: Value) -> Value:
    if isinstance(x, View):
        return x._replace(axes=(*x.axes[:-2], *x.axes[:-3:-1]))
    return x._replace(dims=(*x.dims[:-2], *x.dims[:-3:-1]), numbers=None) if x and x.dims else x


def biased_gelu(step: Step) -> list[View]:
    x = step.map()
    if step.input(1) is not None:
        (x,) = _made(step, "Add", step.inputs[:2])
    return _made(step, "Gelu", [x], approximate="tanh" if step.node.op == "FastGelu" else "none")


def quick_gelu(step: Step) -> list[View]:
    return _made(step, "Swish", step.inputs, alpha=step.number("alpha", 1.702))


def skip_norm(step: Step) -> Sequence[View | Constant]:
    """Two tensors and a bias added up and normalised; the sum is the fourth output."""
    (x,) = _made(step, "Add", step.inputs[:2])
    if step.input(4) is not None:
        (x,) = _made(step, "Add", [x, step.input(4)])
    alone = Step(step.walk, step.node._replace(outputs=step.node.outputs[:3]), step.inputs)
    (y,) = _made(alone, "LayerNormalization", [x, step.input(2), step.input(3)], axis=-1)
    return [y, *(Constant(name, None) for name in step.node.outputs[1:3]), x]


QUANTISED: dict[str, Rule] = {
    "ConvInteger": stands_for("Conv", 0, 1),
    "DequantizeLinear": passed_on,
    "DynamicQuantizeLinear": passed_on,
    "MatMulInteger": stands_for("MatMul", 0, 1),
    "QLinearConv": stands_for("Conv", 0, 3, 8),
    "QLinearMatMul": stands_for("MatMul", 0, 3),
    "QuantizeLinear": passed_on,
}
"""ONNX's own, by their names."""

OPTIMISED: dict[str, Rule] = {
    **QUANTISED,
    "BiasGelu": biased_gelu,
    "FastGelu": biased_gelu,
    "FusedConv": fused("Conv", 0, 1, 2),
    "FusedGemm": fused("Gemm", 0, 1, 2),
    "FusedMatMul": matmul,
    "Gelu": stands_for("Gelu", 0),
    "NhwcConv": stands_for("Conv", 0, 1, 2, channels_last=True),
    "NhwcFusedConv": fused("Conv", 0, 1, 2, channels_last=True),
    "NhwcMaxPool": stands_for("MaxPool", 0, channels_last=True),
    "QGemm": stands_for("Gemm", 0, 3, 6),
    "QLinearAdd": stands_for("Add", 0, 3),
    "QLinearAveragePool": stands_for("AveragePool", 0),
    "QLinearConcat": concat,
    "QLinearGlobalAveragePool": stands_for("GlobalAveragePool", 0),
    "QLinearLeakyRelu": stands_for("LeakyRelu", 0),
    "QLinearMul": stands_for("Mul", 0, 3),
    "QLinearSigmoid": stands_for("Sigmoid", 0),
    "QLinearSoftmax": stands_for("Softmax", 0),
    "QuickGelu": quick_gelu,
    "SkipLayerNormalization": skip_norm,
}
"""onnxruntime's, by their names."""
