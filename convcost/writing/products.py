"""Layers as products of matrices: [M, K] times [K, N], once for each group.

M counts positions (of the output; of the input where a transposed convolution scatters it), N what is computed at each
of them, and K the products that are summed. No weights in common, or data in their place, make a group: a group of a
convolution, a head of attention, a position of a locally connected layer, a step of a recurrent one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from convcost.algorithms.im2col import MatrixProduct, matrix_product
from convcost.network import Layer
from convcost.ops.base import Shape
from convcost.ops.numbers import product

Products = Mapping[str, MatrixProduct]
"""Products by what they are in their layer; a layer that is one product has it as ``."""


def products(layer: Layer) -> Products | None:
    """Return the products that a layer is; none if it multiplies nothing, None if it is no product of matrices.

    Together they have its multiply-accumulates.

    >>> from convcost.reading.load import load
    >>> products(load("resnet50").layers[0])
    {'': MatrixProduct(groups=1, rows=64, inner=147, columns=12544)}
    """
    if layer.work.macs == 0:
        return {}
    of = _PRODUCTS.get(layer.kind)
    return of(layer.operator, *layer.input_shapes) if of else None


def _attention(operator: Any, x: Shape, *others: Shape) -> Products:
    """The linear layers of all tokens, and in each head and window the scores and the weighted values."""
    key, value, out = operator.widths(x)
    queries, source = product(x.size), (others or (x,))[0].channels
    tokens, each = operator.tokens(x, *others)
    heads, windows = operator.heads, tokens // each
    found = {
        "queries": MatrixProduct(1, key, x.channels, queries),
        "keys": MatrixProduct(1, key, source, tokens),
        "values": MatrixProduct(1, value, source, tokens),
        "scores": MatrixProduct(heads * windows, each, key // heads, queries // windows),
        "weighing": MatrixProduct(heads * windows, value // heads, each, queries // windows),
    }
    if operator.relative == "embedding":
        distances = sum(2 * n - 1 for n in operator.window or x.size)
        found["distances"] = MatrixProduct(heads, distances, key // heads, queries)
    if operator.project:
        found["projection"] = MatrixProduct(1, out, value, queries)
    return found


def _blur(operator: Any, x: Shape) -> Products:
    return {"": MatrixProduct(x.channels, 1, product(operator.kernel), product(operator.output(x).size))}


def _conv(operator: Any, x: Shape) -> Products | None:
    return None if operator.connections else {"": matrix_product(operator, x)}


def _conv_transpose(operator: Any, x: Shape) -> Products:
    rows = operator.out // operator.groups * product(operator.kernel)
    return {"": MatrixProduct(operator.groups, rows, x.channels // operator.groups, product(x.size))}


def _deformable(operator: Any, x: Shape, *moves: Shape) -> Products:
    main = {"main": matrix_product(operator.main(), x)}
    return main if moves else {"offsets": matrix_product(operator.branch(), x), **main}


def _depthwise(operator: Any, x: Shape) -> Products:
    return {"": matrix_product(operator.grouped(x), x)}


def _linear(operator: Any, x: Shape) -> Products:
    return {"": MatrixProduct(1, operator.out, x.elements, 1)}


def _locally_connected(operator: Any, x: Shape) -> Products:
    shared = matrix_product(operator.shared(x), x)
    return {"": shared._replace(groups=shared.columns, columns=1)}


def _matmul(operator: Any, a: Shape, b: Shape) -> Products:
    groups, y = operator.groups, operator.output(a, b)
    return {"": MatrixProduct(groups, y.channels // groups, a.channels // groups, product(a.size))}


def _recurrent(operator: Any, x: Shape) -> Products:
    """The linear map of all inputs; that of the state, step by step."""
    rows, steps = operator.gates * operator.hidden, product(x.size)
    return {
        "input": MatrixProduct(operator.directions, rows, x.channels, steps),
        "state": MatrixProduct(operator.directions * steps, rows, operator.hidden, 1),
    }


_PRODUCTS: Mapping[str, Callable[..., Products | None]] = {
    "attention": _attention,
    "blur_pool": _blur,
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "deformable_conv": _deformable,
    "depthwise_conv": _depthwise,
    "gru": _recurrent,
    "linear": _linear,
    "locally_connected": _locally_connected,
    "lstm": _recurrent,
    "matmul": _matmul,
}
