"""Operators of a graph that make constants: lists, sizes, other types; and functions, of which the shape is kept."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any

from convcost.ops.numbers import maximum
from convcost.ops.rounding import ceiling, floor
from convcost.reading.graph.constants import (
    MOST,
    Dims,
    Made,
    Rule,
    integers,
    is_small,
    origin,
    together,
    vector,
)
from convcost.reading.graph.graph import Constant, Node
from convcost.reading.graph.views import Batch

_WHOLE, _REAL, _TRUTH = (6, 7), (1, 10, 11), 9
"""ONNX's types of whole numbers, of others, and of true and false."""


def _constant(node: Node, given: Sequence[Constant]) -> Made:
    key = node.outputs[0]
    for name in ("value", "value_int", "value_float", "value_ints", "value_floats"):
        value = node.attributes.get(name)
        if isinstance(value, Constant):
            return value._replace(key=key)
        if isinstance(value, tuple):
            return vector(key, value)
        if value is not None and not isinstance(value, str):
            return Constant(key, (), (value,))
    return None


def _constant_of_shape(node: Node, given: Sequence[Constant]) -> Made:
    dims = integers(given[0])
    if dims is None or any(not isinstance(n, int) or n < 0 for n in dims):
        return None
    fill = node.attributes.get("value")
    value = fill.values[0] if isinstance(fill, Constant) and fill.values else 0
    return Constant(node.outputs[0], dims, (value,) * prod(dims) if is_small(dims) else None)


def _range(node: Node, given: Sequence[Constant]) -> Made:
    start, limit, step = ((one.values or (None,))[0] for one in given)
    count = maximum(ceiling(Fraction(limit - start) / Fraction(step)), 0)
    few = count <= MOST
    return Constant(node.outputs[0], (count,), tuple(start + n * step for n in range(count)) if few else None)


def _same(node: Node, given: Sequence[Constant]) -> Made:
    return given[0]


def _of_its_own(node: Node, given: Sequence[Constant]) -> Made:
    """What arrives through an Identity was a tensor of its own before the exporter wrote equal ones once."""
    return given[0]._replace(key=node.outputs[0])


def _cast(node: Node, given: Sequence[Constant]) -> Made:
    x, to = given[0], node.attributes.get("to")
    if x.values is None:
        return x
    if to in _REAL:
        return x._replace(numbers=tuple(Fraction(n) if isinstance(n, int) else n for n in x.values))
    if to == _TRUTH:
        return x._replace(numbers=tuple(int(n != 0) for n in x.values))
    return x._replace(numbers=tuple(n if isinstance(n, Batch) else floor(n) for n in x.values)) if to in _WHOLE else x


def _shape(node: Node, given: Sequence[Constant]) -> Made:
    return shape_of(node, given[0].dims) if given[0].dims is not None else None


def shape_of(node: Node, sizes: Dims) -> Constant:
    """Return a tensor's sizes as a tensor; since opset 15 `start` and `end` cut a piece of them."""
    return vector(node.outputs[0], sizes[slice(node.attributes.get("start", 0), node.attributes.get("end"))])


def _size(node: Node, given: Sequence[Constant]) -> Made:
    return Constant(node.outputs[0], (), (prod(given[0].dims),)) if given[0].dims is not None else None


def _shaped(node: Node, given: Sequence[Constant]) -> Made:
    """A function that no size comes through: the shape is left, and whose weights they are."""
    return given[0]._replace(numbers=None)


def _normalised(node: Node, given: Sequence[Constant]) -> Made:
    """Filters that are standardised, and scaled by numbers of their own."""
    x, scale = given[:2]
    return x._replace(numbers=None, origin=x.parameters | scale.parameters if scale.trained else x.origin)


def _worked_out(node: Node, dims: Dims, given: Sequence[Constant]) -> Constant:
    """A tensor whose numbers nobody needs, of the parameters of those that it is made of."""
    return Constant(node.outputs[0], dims, None, any(one.trained for one in given), origin(*given))


def _convolved(node: Node, given: Sequence[Constant]) -> Made:
    """A position encoding that goes through a convolution of its own."""
    x, w = (one.dims for one in given[:2])
    if x is None or w is None or node.attributes.get("auto_pad", "NOTSET") != "NOTSET":
        return None
    kernel = w[2:]
    pads = node.attributes.get("pads", (0, 0) * len(kernel))
    strides, dilations = (node.attributes.get(name, (1,) * len(kernel)) for name in ("strides", "dilations"))
    sides = zip(x[2:], kernel, pads[: len(kernel)], pads[len(kernel) :], strides, dilations, strict=True)
    size = [(i + before + after - d * (k - 1) - 1) // s + 1 for i, k, before, after, s, d in sides]
    return _worked_out(node, (x[0], w[0], *size), given)


def _multiplied(node: Node, given: Sequence[Constant]) -> Made:
    """A matrix product: [..., P, K] x [..., K, Q]."""
    a, b = (one.dims for one in given[:2])
    if a is None or b is None or min(len(a), len(b)) < 2 or a[-1] != b[-2]:
        return None
    return _worked_out(node, (*together(a[:-2], b[:-2]), a[-2], b[-1]), given)


def _gemm(node: Node, given: Sequence[Constant]) -> Made:
    a, b = (
        one.dims[::-1] if one.dims and node.attributes.get(name) else one.dims
        for one, name in zip(given[:2], ("transA", "transB"), strict=True)
    )
    if a is None or b is None or len(a) != 2 or len(b) != 2 or a[1] != b[0]:
        return None
    return _worked_out(node, (a[0], b[1]), given)


def _einsum(node: Node, given: Sequence[Constant]) -> Made:
    """By the letters of axes: each has one size."""
    before, arrow, made = str(node.attributes.get("equation", "")).replace(" ", "").partition("->")
    sizes: dict[str, Any] = {}
    for term, one in zip(before.split(","), given, strict=True):
        if one.dims is None or not arrow or "." in before:
            return None
        sizes.update(zip(term, one.dims, strict=True))
    return _worked_out(node, tuple(sizes[letter] for letter in made), given)


def _of_its_shape(node: Node, given: Sequence[Constant]) -> Made:
    """Numbers that are normalised, with scales and shifts that may be parameters."""
    return None if given[0].dims is None else _worked_out(node, given[0].dims, given)


MADE: dict[str, Rule] = {
    "BatchNormalization": _normalised,
    "Cast": _cast,
    "CastLike": _same,
    "Constant": _constant,
    "ConstantOfShape": _constant_of_shape,
    "Conv": _convolved,
    "Cos": _shaped,
    "Dropout": _shaped,
    "Einsum": _einsum,
    "Elu": _shaped,
    "Gelu": _shaped,
    "Gemm": _gemm,
    "HardSigmoid": _shaped,
    "HardSwish": _shaped,
    "LayerNormalization": _of_its_shape,
    "LeakyRelu": _shaped,
    "LogSoftmax": _shaped,
    "Mish": _shaped,
    "Relu": _shaped,
    "Silu": _shaped,
    "Softplus": _shaped,
    "Swish": _shaped,
    "CumSum": _shaped,
    "DequantizeLinear": _same,
    "Erf": _shaped,
    "Exp": _shaped,
    "EyeLike": lambda node, given: Constant(node.outputs[0], given[0].dims),
    "Identity": _of_its_own,
    "InstanceNormalization": _shaped,
    "Log": _shaped,
    "QuantizeLinear": _same,
    "MatMul": _multiplied,
    "Range": _range,
    "Reciprocal": _shaped,
    "Round": _shaped,
    "ScatterElements": _shaped,
    "ScatterND": _shaped,
    "Shape": _shape,
    "Sigmoid": _shaped,
    "Sign": _shaped,
    "Sin": _shaped,
    "Size": _size,
    "Softmax": _shaped,
    "Tanh": _shaped,
    "Trilu": _shaped,
}
"""The rules, by ONNX's names of the operators."""
