"""Layers that multiply by matrices: linear layers, products of maps, recurrent ones, as operators of ONNX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from convcost.writing.onnx.attention import attention
from convcost.writing.onnx.step import Step, Writer
from convcost.writing.onnx.windows import normed


def _linear(step: Step) -> str:
    given, dims = step.operator, (step.operator.out, prod(step.numbers))
    rows = step.aside("Flatten", step.x) if step.shape.rank else step.x
    kernel = normed(step, step.weight(*dims), *dims)
    bias = [step.bias(given.out)] if given.bias else []
    return step.node("Gemm", rows, kernel, *bias, transB=1)


def _matmul(step: Step) -> str:
    """Stacks of matrices, one for each group of channels: a row for each channel, a column for each position."""
    groups = step.operator.groups
    first, second = (
        step.reshaped(x, groups, shape.channels // groups, prod(shape.size))
        for x, shape in zip(step.inputs, step.layer.input_shapes, strict=True)
    )
    rows = step.turned(second, 0, 1, 3, 2) if step.operator.over == (0,) else second
    return step.reshaped(step.node("MatMul", rows, first), *step.made)


def _recurrent(op: str, gates: int, **attributes: int) -> Writer:
    """Along the first axis, for both directions the weights of all gates in one tensor."""

    def made(step: Step) -> str:
        given, (channels, length) = step.operator, step.numbers
        hidden, ways = given.hidden, 1 + given.bidirectional
        rows: Sequence[str] = [
            step.weight(ways, gates * hidden, channels, part="weight_ih", fan=channels),
            step.weight(ways, gates * hidden, hidden, part="weight_hh", fan=hidden),
        ]
        if given.bias:
            rows = [*rows, step.bias(ways, 2 * gates * hidden)]
        steps = step.aside("Transpose", step.x, perm=[2, 0, 1])
        way = "bidirectional" if given.bidirectional else "forward"
        found = step.node(op, steps, *rows, hidden_size=hidden, direction=way, **attributes)
        moved = step.aside("Transpose", found, perm=[2, 1, 3, 0])
        return step.reshaped(moved, ways * hidden, length)

    return made


PRODUCTS: Mapping[str, Writer] = {
    "attention": attention,
    "gru": _recurrent("GRU", 3, linear_before_reset=1),
    "linear": _linear,
    "lstm": _recurrent("LSTM", 4),
    "matmul": _matmul,
}
"""By operators."""
