"""Operators of a graph that compute with the numbers of constants, one by one or along axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from math import isqrt, prod
from typing import Any

from convcost.ops.numbers import Exact, maximum, minimum
from convcost.ops.rounding import ceiling, floor
from convcost.reading.graph.constants import NOTHING, Dims, Made, Rule, axes_of, is_small, known, origin, together
from convcost.reading.graph.graph import Constant, Node
from convcost.reading.graph.moved_constants import spread
from convcost.reading.graph.views import Batch, multiplied


def _together_by(rule: Callable[..., Any]) -> Rule:
    """An operator on the numbers of tensors that are aligned at their last axes."""

    def made(node: Node, given: Sequence[Constant]) -> Made:
        if not known(*given):
            return None
        dims = together(*(one.dims or () for one in given))
        # Weights that are scaled are weights still: others that are scaled so are the same ones.
        trained = [one for one in given if one.trained and one.dims == dims]
        # One number beside them may be written in the network as well: a file has both as tensors.
        several = [one for one in given if one.trained and prod(one.dims or ()) != 1]
        whose = trained[0].key if len(trained) == 1 else node.outputs[0]
        found = Constant(whose, dims, None, bool(trained or several), origin(*several or trained))
        if any(one.values is None for one in given) or not is_small(dims):
            return found
        return _worked_out(found, lambda: tuple(map(rule, *(spread(one, dims).values or () for one in given))))

    return made


def _worked_out(found: Constant, numbers: Callable[[], tuple[Any, ...]]) -> Constant:
    """A tensor with its numbers, unless they are of the batch in a way that is not followed, or over zero."""
    try:
        return found._replace(numbers=numbers())
    except (TypeError, ValueError, ZeroDivisionError):
        return found


def _clip(node: Node, given: Sequence[Constant]) -> Made:
    x, bounds = given[0], [(one.values or (None,))[0] for one in given[1:]]
    least, most = (*(bounds or [node.attributes.get(name) for name in ("min", "max")]), None)[:2]
    if x.values is None or any(one.values is None for one in given[1:] if one is not NOTHING):
        return x._replace(numbers=None)
    values = x.values if least is None else [maximum(n, least) for n in x.values]
    return x._replace(numbers=tuple(values if most is None else [minimum(n, most) for n in values]))


def _divided(a: Any, b: Any) -> Any:
    # Of whole numbers the quotient is whole (sizes are not negative). What was a float is a Fraction.
    return a / b if not isinstance(a, Batch) and Fraction in (type(a), type(b)) else a // b


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
        found = Constant(node.outputs[0], kept, None, x.trained, origin(x))
        if x.values is None or not is_small(x.dims):
            return found
        groups: dict[Dims, list[Any]] = {}
        for index, value in zip(product(*map(range, x.dims)), x.values, strict=True):
            groups.setdefault(tuple(0 if n in gone else i for n, i in enumerate(index)), []).append(value)
        return _worked_out(found, lambda: tuple(map(rule, groups.values())))

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
    """A comparison, of numbers alone, or of a batch with what is less than one sample."""

    def compared(*values: Any) -> int:
        numbers = [n for n in values if isinstance(n, Exact)]
        if len(numbers) < len(values) and (not numbers or numbers[0] >= 1):
            raise ValueError
        return int(rule(*(1 if isinstance(n, Batch) else n for n in values)))

    return _together_by(compared)


def _where(condition: Any, a: Any, b: Any) -> Any:
    return a if condition else b


ARITHMETIC: dict[str, Rule] = {
    "Abs": _together_by(abs),
    "Add": _together_by(lambda a, b: a + b),
    "And": _truth(lambda a, b: a and b),
    "Ceil": _together_by(ceiling),
    "Clip": _clip,
    "Div": _together_by(_divided),
    "Equal": _truth(lambda a, b: a == b),
    "Floor": _together_by(floor),
    "Greater": _truth(lambda a, b: a > b),
    "GreaterOrEqual": _truth(lambda a, b: a >= b),
    "Less": _truth(lambda a, b: a < b),
    "LessOrEqual": _truth(lambda a, b: a <= b),
    "Max": _together_by(_largest),
    "Min": _together_by(_least),
    "Mod": _together_by(lambda a, b: a % b),
    "Mul": _together_by(lambda *sizes: multiplied(sizes)),
    "Neg": _together_by(lambda a: -a),
    "Not": _truth(lambda a: not a),
    "Or": _truth(lambda a, b: a or b),
    "Pow": _together_by(_power),
    "ReduceMax": _over(lambda values: _largest(*values)),
    "ReduceMean": _over(_mean),
    "ReduceMin": _over(lambda values: _least(*values)),
    "ReduceProd": _over(multiplied),
    "ReduceSum": _over(sum),
    "Sqrt": _together_by(_root),
    "Sub": _together_by(lambda a, b: a - b),
    "Where": _together_by(_where),
}
"""The rules, by ONNX's names of the operators."""
