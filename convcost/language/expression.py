"""Arithmetic in specs: `32*alpha`, `make_divisible(32*alpha, 8)`, `input.channels // 4`.

Text is parsed by Python's own parser and walked over a whitelist; it is never evaluated by Python and never handed to
sympy. Decimals are Fractions, so 32*0.75 is exactly 24. Names come from the scope; a few words (`true`, `same`) stand
for themselves. The same walk serves symbolic numbers.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from operator import ge, gt, le, lt
from typing import Any

from convcost.errors import choices, did_you_mean
from convcost.language.syntax import ARITHMETIC, COMPARISONS, MEANT, ExpressionError, error_at, parse, written
from convcost.ops.arguments import many
from convcost.ops.numbers import Exact, NeedsNumber, Number, differ, maximum, minimum, plain
from convcost.ops.rounding import ceiling, floor, make_divisible, nearest

WORDS: Mapping[str, Any] = {
    "true": True,
    "false": False,
    "same": "same",
    "valid": "valid",
    "nearest": "nearest",
    "bilinear": "bilinear",
}
"""Words that stand for themselves and can't be names."""

FUNCTIONS: Mapping[str, tuple[int, Callable[..., Number]]] = {
    "floor": (1, floor),
    "ceil": (1, ceiling),
    "round": (1, nearest),
    "make_divisible": (2, make_divisible),
    "min": (2, minimum),
    "max": (2, maximum),
}
"""Name -> how many arguments it takes, and the function."""

_MAX_BITS = 256
_MAX_EXPONENT = 64


UNKNOWN_VALUE = object()
"""In a scope: a value that an error, already reported, left unknown."""


class NoNumber:
    """A value that expressions have no use for: the name of a layer."""


class UnknownValue(Exception):
    """An expression uses an UNKNOWN_VALUE, so it has none either."""


def evaluate(text: str, scope: Mapping[str, Any]) -> Any:
    """Return the value of an expression: int, Fraction, bool, word, list or symbolic number; ExpressionError otherwise.

    >>> evaluate("32*alpha", {"alpha": Fraction(3, 4)})
    24
    """
    if text.isascii() and text.isdigit() and (text[0] != "0" or text == "0"):
        if len(text) > 40:
            raise ExpressionError("a number of more than 40 digits")
        return int(text)
    bare = scope.get(text)  # Most arguments are a name, and need no syntax tree.
    if bare is not None and bare is not UNKNOWN_VALUE and not isinstance(bare, NoNumber):
        return bare
    return value_of(parse(text), text, scope)


def value_of(node: ast.expr, text: str, scope: Mapping[str, Any]) -> Any:
    """Return the value of a part of an expression's tree, as `evaluate` does of the whole; `text` is all of it."""
    return plain(_walk(node, text, scope))


def _walk(node: ast.expr, text: str, scope: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return _constant(node, value, text)
        case ast.Name() | ast.Attribute():
            return _lookup(node, text, scope)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, text, scope)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _number(operand, text, scope)
        case ast.BinOp(left=left, op=op, right=right):
            return _binary(node, op, _number(left, text, scope), _number(right, text, scope), text)
        case ast.Call():
            return _call(node, text, scope)
        case ast.Compare():
            return _compare(node, text, scope)
        case ast.BoolOp(op=op, values=values):
            decides = isinstance(op, ast.Or)
            return decides if any(_truth(value, text, scope) is decides for value in values) else not decides
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _truth(operand, text, scope)
        case ast.Tuple(elts=[_, *_] as values):
            listed = ", ".join(map(ast.unparse, values))
            raise error_at(node, text, "several values are a list, in [ ]", f"write [{listed}]")
    raise error_at(node, text, "this is not part of an expression", ARITHMETIC)


def _constant(node: ast.expr, value: object, text: str) -> Number:
    word = written(node, text)
    if type(value) in (int, float) and word.replace(".", "", 1).isdigit():
        return _bounded(node, Fraction(word) if type(value) is float else value, text)
    raise error_at(node, text, f"`{word}` is not a number here", MEANT.get(word))


def _lookup(node: ast.Name | ast.Attribute, text: str, scope: Mapping[str, Any]) -> Any:
    name = written(node, text)
    if name in scope:
        value = scope[name]
        if value is UNKNOWN_VALUE:
            raise UnknownValue
        if isinstance(value, NoNumber):
            raise error_at(node, text, f"`{name}` names a layer, and stands for no number", None)
        if value is None:
            raise error_at(node, text, f"`{name}` has no value", f"give it one: --set {name}=...")
        return value
    if name in WORDS:
        return WORDS[name]
    if name in FUNCTIONS:
        raise error_at(node, text, f"`{name}` is a function", f"write {name}(...)")
    if name in MEANT:
        raise error_at(node, text, f"`{name}` has no meaning here", MEANT[name])
    hint = did_you_mean(name, [*scope, *WORDS, *FUNCTIONS])
    known = [known for known in scope if "." not in known]
    if hint is None and known:
        hint = f"known here: {', '.join(f'`{known_name}`' for known_name in known[:12])}"
    raise error_at(node, text, f"unknown name `{name}`", hint)


def _number(node: ast.expr, text: str, scope: Mapping[str, Any]) -> Number:
    value = _walk(node, text, scope)
    if isinstance(value, bool | str | list):
        raise error_at(node, text, "this is not a number", None)
    return value


def _binary(node: ast.expr, op: ast.operator, left: Number, right: Number, text: str) -> Number:
    match op:
        case ast.Add():
            value = left + right
        case ast.Sub():
            value = left - right
        case ast.Mult():
            value = left * right
        case ast.Div() | ast.FloorDiv() | ast.Mod() if isinstance(right, Exact) and right == 0:
            raise error_at(node, text, "division by zero", None)
        case ast.Div():
            value = Fraction(left) / right if isinstance(left, int) and isinstance(right, Exact) else left / right
        case ast.FloorDiv():
            value = left // right
        case ast.Mod():
            value = left % right
        case ast.Pow():
            value = _power(node, left, right, text)
        case _:
            raise error_at(node, text, "this is not part of an expression", ARITHMETIC)
    return _bounded(node, value, text)


def _power(node: ast.expr, base: Number, exponent: Number, text: str) -> Number:
    if not isinstance(exponent, Exact):
        raise NeedsNumber(exponent)
    whole = Fraction(exponent)
    if whole.denominator != 1 or not -_MAX_EXPONENT <= whole <= _MAX_EXPONENT:
        raise error_at(node, text, f"an exponent is a whole number up to {_MAX_EXPONENT}", None)
    if whole < 0 and isinstance(base, Exact):
        if base == 0:
            raise error_at(node, text, "division by zero", None)
        base = Fraction(base)
    return base ** int(whole)


def _compare(node: ast.Compare, text: str, scope: Mapping[str, Any]) -> bool:
    """Compare numbers; symbols are judged by whoever answers for them."""
    if any(type(op) not in _RELATIONS for op in node.ops):
        raise error_at(node, text, "this is not part of an expression", COMPARISONS)
    numbers = [_number(one, text, scope) for one in (node.left, *node.comparators)]
    pairs = zip(node.ops, pairwise(numbers), strict=True)
    return all(_RELATIONS[type(op)](left, right) for op, (left, right) in pairs)


_RELATIONS: Mapping[type[ast.cmpop], Callable[[Number, Number], bool]] = {
    ast.Eq: lambda a, b: not differ(a, b),
    ast.NotEq: differ,
    ast.Lt: lt,
    ast.LtE: le,
    ast.Gt: gt,
    ast.GtE: ge,
}


def _truth(node: ast.expr, text: str, scope: Mapping[str, Any]) -> bool:
    value = _walk(node, text, scope)
    if not isinstance(value, bool):
        raise error_at(node, text, "this is neither true nor false", COMPARISONS)
    return value


def _call(node: ast.Call, text: str, scope: Mapping[str, Any]) -> Number:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in FUNCTIONS:
        word = written(node.func, text)
        raise error_at(node.func, text, f"no function `{word}`", choices(word, FUNCTIONS))
    arity, function = FUNCTIONS[name]
    is_folded = name in ("min", "max")
    if node.keywords or len(node.args) < arity or (len(node.args) > arity and not is_folded):
        takes = many(arity, "argument") + (" or more" if is_folded else "")
        raise error_at(node, text, f"`{name}` takes {takes}", None)
    values: list[Number] = [_number(argument, text, scope) for argument in node.args]
    if name == "make_divisible" and isinstance(values[1], Exact) and values[1] < 1:
        raise error_at(node, text, "the divisor must be positive", None)
    return reduce(function, values) if is_folded else function(*values)


def _bounded(node: ast.expr, value: Number, text: str) -> Number:
    if isinstance(value, Exact) and (
        value.numerator.bit_length() > _MAX_BITS or value.denominator.bit_length() > _MAX_BITS
    ):
        raise error_at(node, text, "a number too large to be meant", None)
    return value
