"""Arithmetic of a graph on what does not depend on its input: weights by their shapes, and sizes by their values.

Exporters spell a reshape as a page of Shape, Gather, Mul and Concat. Here it is worked out, in numbers of any kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import prod
from typing import Any

from convcost.ops.rounding import ceiling, floor
from convcost.reading.graph.graph import Constant, Node
from convcost.reading.graph.views import BATCH

_MOST = 1024
_MOST_AXES = 16
_LARGEST = 2**128
"""A graph that computes larger numbers than this is not about sizes."""

_WHOLE, _REAL = (6, 7), (1, 10, 11)
"""ONNX's types of whole numbers and of others."""


def fold(node: Node, given: Sequence[Constant | None]) -> tuple[Constant, ...]:
    """Return what a node makes of constants, None for an input that is left out.

    Where that isn't followed it is a Constant without dims.
    """
    rule = _RULES.get(node.op) if node.domain in ("", "ai.onnx") else None
    opaque = tuple(Constant(name, None) for name in node.outputs)
    try:
        found = rule(node, given) if rule else None
    except (TypeError, ValueError, IndexError, ZeroDivisionError, OverflowError):  # a node that does not mean anything
        found = None
    if found is None or len(found.dims or ()) > _MOST_AXES:
        return opaque
    if any(isinstance(n, int | Fraction) and not -_LARGEST < n < _LARGEST for n in found.values or ()):
        found = found._replace(numbers=None)
    return (found, *opaque[1:])


def vector(key: str, values: Sequence[Any]) -> Constant:
    """Return a list of numbers as a tensor."""
    return Constant(key, (len(values),), tuple(values))


def integers(constant: Constant | None) -> tuple[Any, ...] | None:
    """Return its values if they are known."""
    return constant.values if constant else None


def _constant(node: Node, given: Sequence[Constant | None]) -> Constant | None:
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


def _constant_of_shape(node: Node, given: Sequence[Constant | None]) -> Constant | None:
    dims = integers(given[0])
    if dims is None or any(not isinstance(n, int) or n < 0 for n in dims):
        return None
    fill = node.attributes.get("value")
    value = fill.values[0] if isinstance(fill, Constant) and fill.values else 0
    few = all(n <= _MOST for n in dims) and prod(dims) <= _MOST
    return Constant(node.outputs[0], dims, (value,) * prod(dims) if few else None)


def _same(node: Node, given: Sequence[Constant | None]) -> Constant | None:
    return given[0]


def _cast(node: Node, given: Sequence[Constant | None]) -> Constant | None:
    x, to = given[0], node.attributes.get("to")
    if x is None or x.values is None:
        return x
    if to in _REAL:
        return x._replace(numbers=tuple(Fraction(n) if isinstance(n, int) else n for n in x.values))
    return x._replace(numbers=tuple(n if n is BATCH else floor(n) for n in x.values)) if to in _WHOLE else x


def _transpose(node: Node, given: Sequence[Constant | None]) -> Constant | None:
    x = given[0]
    if x is None or x.dims is None:
        return None
    perm = node.attributes.get("perm", tuple(range(len(x.dims)))[::-1])
    if sorted(perm) != list(range(len(x.dims))):
        return None
    return x._replace(dims=tuple(x.dims[n] for n in perm), numbers=x.numbers if len(x.dims) < 2 else None)


def _reshape(node: Node, given: Sequence[Constant | None]) -> Constant | None:
    x, target = given[0], integers(given[1])
    if x is None or x.dims is None or target is None:
        return None
    sizes = [x.dims[n] if size == 0 else size for n, size in enumerate(target)]
    total = prod(x.dims)
    if sizes.count(-1) == 1:
        sizes[sizes.index(-1)] = total // prod(n for n in sizes if n != -1)
    return x._replace(dims=tuple(sizes)) if prod(sizes) == total else None


def axes_of(node: Node, given: Sequence[Constant | None], at: int = 1) -> tuple[int, ...] | None:
    """Return the axes that a node names, as an attribute or, in later opsets, an input."""
    axes = node.attributes.get("axes")
    if axes is None and len(given) > at:
        axes = integers(given[at])
    return axes if isinstance(axes, tuple) and all(isinstance(n, int) for n in axes) else None


def _squeeze(node: Node, given: Sequence[Constant | None]) -> Constant | None:
    x, axes = given[0], axes_of(node, given)
    if x is None or x.dims is None:
        return None
    if axes is None:
        return x._replace(dims=tuple(n for n in x.dims if n != 1))
    dropped = {n % len(x.dims) for n in axes}
    return x._replace(dims=tuple(n for axis, n in enumerate(x.dims) if axis not in dropped))


def _unsqueeze(node: Node, given: Sequence[Constant | None]) -> Constant | None:
    x, axes = given[0], axes_of(node, given)
    if x is None or x.dims is None or axes is None or len(axes) > 8:
        return None
    dims = list(x.dims)
    for axis in sorted(n % (len(x.dims) + len(axes)) for n in axes):
        dims.insert(axis, 1)
    return x._replace(dims=tuple(dims))


def _shape(node: Node, given: Sequence[Constant | None]) -> Constant | None:
    x = given[0]
    return shape_of(node, x.dims) if x and x.dims is not None else None


def shape_of(node: Node, sizes: tuple[Any, ...]) -> Constant:
    """Return a tensor's sizes as a tensor; since opset 15 `start` and `end` cut a piece of them."""
    return vector(node.outputs[0], sizes[slice(node.attributes.get("start", 0), node.attributes.get("end"))])


def _gather(node: Node, given: Sequence[Constant | None]) -> Constant | None:
    x, at = given[0], given[1]
    if x is None or at is None or x.values is None or at.values is None or x.dims is None or len(x.dims) != 1:
        return None
    return Constant(node.outputs[0], at.dims, tuple(x.values[n] for n in at.values))


def _concat(node: Node, given: Sequence[Constant | None]) -> Constant | None:
    parts = [integers(x) for x in given]
    if not all(x and x.dims is not None and len(x.dims) == 1 for x in given):
        return None
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or sum(map(len, known)) > _MOST:
        return None
    return vector(node.outputs[0], [n for part in known for n in part])


def _slice(node: Node, given: Sequence[Constant | None]) -> Constant | None:
    x = given[0]
    if x is None or x.values is None or x.dims is None or len(x.dims) != 1:
        return None
    words = [node.attributes.get(name) for name in ("starts", "ends")]
    if words[0] is None:
        words = [integers(one) for one in given[1:3]]
    steps = integers(given[4]) if len(given) > 4 else (1,)
    bounds = [(one or (None,))[0] for one in (*words, steps)]
    return vector(node.outputs[0], x.values[slice(*bounds)]) if None not in bounds else None


def _arithmetic(rule: Callable[[Any, Any], Any]) -> Callable[[Node, Sequence[Constant | None]], Constant | None]:
    def both(node: Node, given: Sequence[Constant | None]) -> Constant | None:
        x, y = given
        if x is None or y is None:
            return None
        values = None
        if x.values and y.values and BATCH not in (*x.values, *y.values):
            if len(x.values) == len(y.values):
                values = tuple(map(rule, x.values, y.values))
            elif len(y.values) == 1:
                values = tuple(rule(n, y.values[0]) for n in x.values)
            elif len(x.values) == 1:
                values = tuple(rule(x.values[0], n) for n in y.values)
        longest = max(x, y, key=lambda one: len(one.dims or ()))
        return Constant(node.outputs[0], longest.dims, values) if values is not None else None

    return both


def _divided(a: Any, b: Any) -> Any:
    # Of whole numbers the quotient is whole (sizes are not negative). What was a float is a Fraction.
    return a / b if isinstance(a, Fraction) or isinstance(b, Fraction) else a // b


def _each(rule: Callable[[Any], Any]) -> Callable[[Node, Sequence[Constant | None]], Constant | None]:
    def one(node: Node, given: Sequence[Constant | None]) -> Constant | None:
        x = given[0]
        if x is None or x.values is None or BATCH in x.values:
            return None
        return Constant(node.outputs[0], x.dims, tuple(map(rule, x.values)))

    return one


_RULES: dict[str, Callable[[Node, Sequence[Constant | None]], Constant | None]] = {
    "Add": _arithmetic(lambda a, b: a + b),
    "Cast": _cast,
    "Ceil": _each(ceiling),
    "Concat": _concat,
    "Constant": _constant,
    "ConstantOfShape": _constant_of_shape,
    "DequantizeLinear": _same,
    "Div": _arithmetic(_divided),
    "Floor": _each(floor),
    "Gather": _gather,
    "Identity": _same,
    "Mul": _arithmetic(lambda a, b: a * b),
    "Reshape": _reshape,
    "Shape": _shape,
    "Slice": _slice,
    "Squeeze": _squeeze,
    "Sub": _arithmetic(lambda a, b: a - b),
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
