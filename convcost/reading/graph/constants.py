"""Arithmetic of a graph on what does not depend on its input: weights by their shapes, and sizes by their values.

Exporters spell a reshape as a page of Shape, Gather, Mul and Concat. Here it is worked out, in numbers of any kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import product
from math import isqrt, prod
from typing import Any, TypeAlias

from convcost.ops.numbers import Exact, Number, maximum, minimum
from convcost.ops.rounding import ceiling, floor
from convcost.reading.graph.graph import Constant, Node
from convcost.reading.graph.views import BATCH

_MOST = 1024
_MOST_AXES = 16
_LARGEST = 2**128
"""A graph that computes larger numbers than this is not about sizes."""

_WHOLE, _REAL, _TRUTH = (6, 7), (1, 10, 11), 9
"""ONNX's types of whole numbers, of others, and of true and false."""

Dims: TypeAlias = tuple[Any, ...]
Made: TypeAlias = "Constant | Sequence[Constant] | None"
Rule: TypeAlias = Callable[[Node, Sequence[Constant]], Made]
"""What a node makes of its inputs, without those that are left out at the end; None if it isn't followed."""

_NOTHING = Constant("", None)
"""Stands for an input that is left out."""


def fold(node: Node, given: Sequence[Constant | None]) -> tuple[Constant, ...]:
    """Return what a node makes of constants, None for an input that is left out.

    Where that isn't followed it is a Constant without dims.
    """
    rule = _RULES.get(node.op) if node.domain in ("", "ai.onnx") else None
    try:
        found = rule(node, [one or _NOTHING for one in given]) if rule else None
    except (TypeError, ValueError, IndexError, ZeroDivisionError, OverflowError):  # a node that does not mean anything
        found = None
    made = (found,) if isinstance(found, Constant) else tuple(found or ())
    trained = [one for one in given if one and one.trained]
    opaque = (Constant(name, None, None, bool(trained), _origin(*trained)) for name in node.outputs[len(made) :])
    return (*(_kept(one, name) for one, name in zip(made, node.outputs, strict=False)), *opaque)


def _kept(found: Constant, name: str) -> Constant:
    """What a rule has made, as far as it is about sizes."""
    if len(found.dims or ()) > _MOST_AXES:
        return Constant(name, None, None, found.trained, found.origin)
    values = found.values
    if values is not None and any(isinstance(n, Exact) and not -_LARGEST < n < _LARGEST for n in values):
        return found._replace(numbers=None)
    return found


def vector(key: str, values: Sequence[Any]) -> Constant:
    """Return a list of numbers as a tensor."""
    return Constant(key, (len(values),), tuple(values))


def shape_of(node: Node, sizes: Dims) -> Constant:
    """Return a tensor's sizes as a tensor; since opset 15 `start` and `end` cut a piece of them."""
    return vector(node.outputs[0], sizes[slice(node.attributes.get("start", 0), node.attributes.get("end"))])


def axes_of(node: Node, given: Sequence[Constant | None], at: int = 1) -> tuple[int, ...] | None:
    """Return the axes that a node names, as an attribute or, in later opsets, an input."""
    axes = node.attributes.get("axes")
    if axes is None and len(given) > at:
        axes = integers(given[at])
    return axes if isinstance(axes, tuple) and all(isinstance(n, int) for n in axes) else None


def integers(constant: Constant | None) -> tuple[Any, ...] | None:
    """Return its values if they are known."""
    return constant.values if constant else None


# What only moves numbers: where each is from.


def _picked(x: Constant, dims: Iterable[Any], source: Callable[[Dims], Dims]) -> Constant:
    """The tensor of these sizes whose number at an index is the one of x at `source(index)`."""
    dims = tuple(dims)
    values, old = x.values, x.dims or ()
    if x.trained and x.dims is not None and prod(dims) != prod(old):
        x = x._replace(origin=_origin(x))
    if values is None or not _is_small(dims):
        return x._replace(dims=dims, numbers=None)
    strides = [prod(old[n + 1 :]) for n in range(len(old))]
    places = (sum(i * s for i, s in zip(source(index), strides, strict=True)) for index in product(*map(range, dims)))
    return x._replace(dims=dims, numbers=tuple(values[place] for place in places))


def _origin(*given: Constant) -> frozenset[tuple[str, Number]]:
    """The parameters that what is made of these was worked out from."""
    return frozenset().union(*(one.parameters for one in given))


def _is_small(dims: Dims) -> bool:
    return all(isinstance(n, int) and 0 <= n <= _MOST for n in dims) and prod(dims) <= _MOST


def _known(*given: Constant) -> bool:
    return all(one.dims is not None for one in given)


def _transpose(node: Node, given: Sequence[Constant]) -> Made:
    x = given[0]
    if x.dims is None:
        return None
    perm = node.attributes.get("perm", tuple(range(len(x.dims)))[::-1])
    if sorted(perm) != list(range(len(x.dims))):
        return None
    back = [perm.index(n) for n in range(len(perm))]
    return _picked(x, [x.dims[n] for n in perm], lambda index: tuple(index[n] for n in back))


def _reshape(node: Node, given: Sequence[Constant]) -> Made:
    x, target = given[0], integers(given[1])
    if x.dims is None or target is None:
        return None
    sizes = [x.dims[n] if size == 0 else size for n, size in enumerate(target)]
    total = prod(x.dims)
    if sizes.count(-1) == 1:
        sizes[sizes.index(-1)] = total // prod(n for n in sizes if n != -1)
    return x._replace(dims=tuple(sizes)) if prod(sizes) == total else None


def _flatten(node: Node, given: Sequence[Constant]) -> Made:
    x, axis = given[0], node.attributes.get("axis", 1)
    return None if x.dims is None else x._replace(dims=(prod(x.dims[:axis]), prod(x.dims[axis:])))


def _squeeze(node: Node, given: Sequence[Constant]) -> Made:
    x, axes = given[0], axes_of(node, given)
    if x.dims is None:
        return None
    if axes is None:
        return x._replace(dims=tuple(n for n in x.dims if n != 1))
    dropped = {n % len(x.dims) for n in axes}
    return x._replace(dims=tuple(n for axis, n in enumerate(x.dims) if axis not in dropped))


def _unsqueeze(node: Node, given: Sequence[Constant]) -> Made:
    x, axes = given[0], axes_of(node, given)
    if x.dims is None or axes is None or len(axes) > 8:
        return None
    dims = list(x.dims)
    for axis in sorted(n % (len(x.dims) + len(axes)) for n in axes):
        dims.insert(axis, 1)
    return x._replace(dims=tuple(dims))


def _gather(node: Node, given: Sequence[Constant]) -> Made:
    x, at = given[:2]
    if x.dims is None or at.dims is None:
        return None
    axis = node.attributes.get("axis", 0) % max(1, len(x.dims))
    rank, places = len(at.dims), at.values
    strides = [prod(at.dims[n + 1 :]) for n in range(rank)]
    dims = (*x.dims[:axis], *at.dims, *x.dims[axis + 1 :])

    def source(index: Dims) -> Dims:
        assert places is not None
        place = places[sum(i * s for i, s in zip(index[axis : axis + rank], strides, strict=True))]
        return (*index[:axis], place % (x.dims or ())[axis], *index[axis + rank :])

    return _picked(x if places is not None else x._replace(numbers=None), dims, source)


def _slice(node: Node, given: Sequence[Constant]) -> Made:
    x = given[0]
    words = [node.attributes.get(name) for name in ("starts", "ends", "axes")]
    if words[0] is None:
        words = [integers(one) for one in given[1:4]]
    starts, ends, axes = (*words, None)[:3]
    if x.dims is None or starts is None or ends is None:
        return None
    axes = axes or tuple(range(len(starts)))
    steps = integers(given[4]) if len(given) > 4 else None
    found = [range(n) if isinstance(n, int) else None for n in x.dims]
    for axis, *bounds in zip(axes, starts, ends, steps or (1,) * len(axes), strict=True):
        along = found[axis % len(found)]
        if along is None:
            return None
        found[axis % len(found)] = along[slice(*bounds)]
    dims = [n if along is None else len(along) for n, along in zip(x.dims, found, strict=True)]
    parts = [f"{a.start}:{a.stop}:{a.step}" if a and a != range(n) else ":" for a, n in zip(found, x.dims, strict=True)]
    if set(parts) != {":"}:
        x = x._replace(key=f"{x.key}[{', '.join(parts)}]", origin=_origin(x))
    return _picked(x, dims, lambda index: tuple(a[i] if a else i for i, a in zip(index, found, strict=True)))


def _concat(node: Node, given: Sequence[Constant]) -> Made:
    if not given or not _known(*given):
        return None
    rank = len(given[0].dims or ())
    axis = node.attributes.get("axis", 0) % rank
    sizes = [(one.dims or ())[axis] for one in given]
    dims = (*(given[0].dims or ())[:axis], sum(sizes), *(given[0].dims or ())[axis + 1 :])
    made = Constant(node.outputs[0], dims, None, any(one.trained for one in given), _origin(*given))
    if any(one.values is None for one in given) or not _is_small(dims):
        return made
    inner = prod(dims[axis + 1 :])
    rows = range(prod(dims[:axis]))
    parts = [(one.values or (), size * inner) for one, size in zip(given, sizes, strict=True)]
    return made._replace(numbers=tuple(n for row in rows for part, m in parts for n in part[row * m : row * m + m]))


def _split(node: Node, given: Sequence[Constant]) -> Made:
    x, count = given[0], len(node.outputs)
    if x.dims is None:
        return None
    axis = node.attributes.get("axis", 0) % len(x.dims)
    sizes = node.attributes.get("split") or (integers(given[1]) if len(given) > 1 else None)
    if sizes is None:
        each = -(-x.dims[axis] // count)
        sizes = (*(each,) * (count - 1), x.dims[axis] - each * (count - 1))
    made = []
    for n, size in enumerate(sizes):
        start = sum(sizes[:n])
        dims = (*x.dims[:axis], size, *x.dims[axis + 1 :])
        part = _picked(x, dims, lambda i, start=start: (*i[:axis], i[axis] + start, *i[axis + 1 :]))  # type: ignore[misc]
        made.append(part._replace(key=node.outputs[n]))
    return made


def _expand(node: Node, given: Sequence[Constant]) -> Made:
    x, target = given[0], integers(given[1])
    if x.dims is None or target is None:
        return None
    return _spread(x, _together(x.dims, target))


def _together(*shapes: Dims) -> Dims:
    """The shape that tensors have that are aligned at their last axes."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(dims)) + tuple(dims) for dims in shapes]
    found = []
    for sizes in zip(*padded, strict=True):
        others = [n for n in sizes if n is BATCH or n != 1]
        if any(n is not others[0] and n != others[0] for n in others):
            raise ValueError
        found.append(others[0] if others else 1)
    return tuple(found)


def _spread(x: Constant, dims: Dims) -> Constant:
    old = x.dims or ()
    lead = len(dims) - len(old)
    return _picked(x, dims, lambda index: tuple(i if n != 1 else 0 for i, n in zip(index[lead:], old, strict=True)))


def _tile(node: Node, given: Sequence[Constant]) -> Made:
    x, times = given[0], integers(given[1])
    if x.dims is None or times is None or len(times) != len(x.dims):
        return None
    old = x.dims
    dims = [n * count for n, count in zip(old, times, strict=True)]
    return _picked(x, dims, lambda index: tuple(i % n for i, n in zip(index, old, strict=True)))


# What makes new numbers.


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
    return Constant(node.outputs[0], dims, (value,) * prod(dims) if _is_small(dims) else None)


def _range(node: Node, given: Sequence[Constant]) -> Made:
    start, limit, step = ((one.values or (None,))[0] for one in given)
    count = maximum(ceiling(Fraction(limit - start) / Fraction(step)), 0)
    few = count <= _MOST
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
        return x._replace(numbers=tuple(n if n is BATCH else int(n != 0) for n in x.values))
    return x._replace(numbers=tuple(n if n is BATCH else floor(n) for n in x.values)) if to in _WHOLE else x


def _shape(node: Node, given: Sequence[Constant]) -> Made:
    return shape_of(node, given[0].dims) if given[0].dims is not None else None


def _size(node: Node, given: Sequence[Constant]) -> Made:
    return Constant(node.outputs[0], (), (prod(given[0].dims),)) if given[0].dims is not None else None


def _together_by(rule: Callable[..., Any]) -> Rule:
    """An operator on the numbers of tensors that are aligned at their last axes."""

    def made(node: Node, given: Sequence[Constant]) -> Made:
        if not _known(*given):
            return None
        dims = _together(*(one.dims or () for one in given))
        # Weights that are scaled are weights still: others that are scaled so are the same ones.
        trained = [one for one in given if one.trained and one.dims == dims]
        # One number beside them may be written in the network as well: a file has both as tensors.
        several = [one for one in given if one.trained and prod(one.dims or ()) != 1]
        whose = trained[0].key if len(trained) == 1 else node.outputs[0]
        found = Constant(whose, dims, None, bool(trained or several), _origin(*several or trained))
        if any(one.values is None for one in given) or not _is_small(dims):
            return found
        lists = [_spread(one, dims).values or () for one in given]
        if any(BATCH in values for values in lists):
            return found
        return found._replace(numbers=tuple(map(rule, *lists)))

    return made


def _shaped(node: Node, given: Sequence[Constant]) -> Made:
    """A function that no size comes through: the shape is left, and whose weights they are."""
    return given[0]._replace(numbers=None)


def _normalised(node: Node, given: Sequence[Constant]) -> Made:
    """Filters that are standardised, and scaled by numbers of their own."""
    x, scale = given[:2]
    return x._replace(numbers=None, origin=x.parameters | scale.parameters if scale.trained else x.origin)


def _clip(node: Node, given: Sequence[Constant]) -> Made:
    x, bounds = given[0], [(one.values or (None,))[0] for one in given[1:]]
    least, most = (*(bounds or [node.attributes.get(name) for name in ("min", "max")]), None)[:2]
    if x.values is None or BATCH in x.values or any(one.values is None for one in given[1:] if one is not _NOTHING):
        return _shaped(node, given)
    values = x.values if least is None else [maximum(n, least) for n in x.values]
    return x._replace(numbers=tuple(values if most is None else [minimum(n, most) for n in values]))


def _divided(a: Any, b: Any) -> Any:
    # Of whole numbers the quotient is whole (sizes are not negative). What was a float is a Fraction.
    return a / b if isinstance(a, Fraction) or isinstance(b, Fraction) else a // b


def _root(n: Any) -> Fraction:
    """The root, exact where it is whole: a scale that is divided by is not about sizes."""
    if isinstance(n, Exact) and n >= 0 and Fraction(n).denominator == 1 and isqrt(int(n)) ** 2 == n:
        return Fraction(isqrt(int(n)))
    return Fraction(float(n) ** 0.5)


def _power(a: Any, b: Any) -> Any:
    if b == Fraction(1, 2):
        return _root(a)
    power = Fraction(b)
    if power.denominator != 1 or abs(power) > 64:
        raise ValueError
    return a ** int(power)


def _over(rule: Callable[[Sequence[Any]], Any]) -> Rule:
    """An operator over some axes of a tensor."""

    def made(node: Node, given: Sequence[Constant]) -> Made:
        x = given[0]
        if x.dims is None:
            return None
        rank = len(x.dims)
        axes = axes_of(node, given)
        if axes is None:
            axes = () if node.attributes.get("noop_with_empty_axes") else tuple(range(rank))
        gone = {n % rank for n in axes}
        dims = tuple(1 if n in gone else size for n, size in enumerate(x.dims))
        kept = dims if node.attributes.get("keepdims", 1) else tuple(n for k, n in enumerate(dims) if k not in gone)
        found = Constant(node.outputs[0], kept, None, x.trained, _origin(x))
        if x.values is None or not _is_small(x.dims) or BATCH in x.values:
            return found
        groups: dict[Dims, list[Any]] = {}
        for index, value in zip(product(*map(range, x.dims)), x.values, strict=True):
            groups.setdefault(tuple(0 if n in gone else i for n, i in enumerate(index)), []).append(value)
        return found._replace(numbers=tuple(map(rule, groups.values())))

    return made


def _mean(values: Sequence[Any]) -> Any:
    return sum(values) / Fraction(len(values))


def _largest(*values: Any) -> Any:
    found = values[0]
    for value in values[1:]:
        found = maximum(found, value)
    return found


def _least(*values: Any) -> Any:
    found = values[0]
    for value in values[1:]:
        found = minimum(found, value)
    return found


def _truth(rule: Callable[..., bool]) -> Rule:
    """A comparison, of numbers alone."""

    def compared(*values: Any) -> int:
        if not all(isinstance(n, Exact) for n in values):
            raise ValueError
        return int(rule(*values))

    return _together_by(compared)


def _where(condition: Any, a: Any, b: Any) -> Any:
    return a if condition else b


_RULES: dict[str, Rule] = {
    "Abs": _together_by(abs),
    "Add": _together_by(lambda a, b: a + b),
    "And": _truth(lambda a, b: a and b),
    "BatchNormalization": _normalised,
    "Cast": _cast,
    "Ceil": _together_by(ceiling),
    "Clip": _clip,
    "Concat": _concat,
    "Constant": _constant,
    "ConstantOfShape": _constant_of_shape,
    "Cos": _shaped,
    "CumSum": _shaped,
    "DequantizeLinear": _same,
    "Div": _together_by(_divided),
    "Equal": _truth(lambda a, b: a == b),
    "Erf": _shaped,
    "Exp": _shaped,
    "Expand": _expand,
    "EyeLike": lambda node, given: Constant(node.outputs[0], given[0].dims),
    "Flatten": _flatten,
    "Floor": _together_by(floor),
    "Gather": _gather,
    "Greater": _truth(lambda a, b: a > b),
    "GreaterOrEqual": _truth(lambda a, b: a >= b),
    "Identity": _of_its_own,
    "InstanceNormalization": _shaped,
    "Less": _truth(lambda a, b: a < b),
    "LessOrEqual": _truth(lambda a, b: a <= b),
    "Log": _shaped,
    "Max": _together_by(_largest),
    "Min": _together_by(_least),
    "Mod": _together_by(lambda a, b: a % b),
    "Mul": _together_by(lambda a, b: a * b),
    "Neg": _together_by(lambda a: -a),
    "Not": _truth(lambda a: not a),
    "Or": _truth(lambda a, b: a or b),
    "Pow": _together_by(_power),
    "QuantizeLinear": _same,
    "Range": _range,
    "Reciprocal": _shaped,
    "ReduceMax": _over(lambda values: _largest(*values)),
    "ReduceMean": _over(_mean),
    "ReduceMin": _over(lambda values: _least(*values)),
    "ReduceProd": _over(prod),
    "ReduceSum": _over(sum),
    "Reshape": _reshape,
    "Round": _shaped,
    "Shape": _shape,
    "Sigmoid": _shaped,
    "Sign": _shaped,
    "Sin": _shaped,
    "Size": _size,
    "Slice": _slice,
    "Softmax": _shaped,
    "Split": _split,
    "Sqrt": _together_by(_root),
    "Squeeze": _squeeze,
    "Sub": _together_by(lambda a, b: a - b),
    "Tanh": _shaped,
    "Tile": _tile,
    "Transpose": _transpose,
    "Trilu": _shaped,
    "Unsqueeze": _unsqueeze,
    "Where": _together_by(_where),
}
