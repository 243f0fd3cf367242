"""Arithmetic in specs: `32*alpha`, `make_divisible(32*alpha, 8)`, `input.channels // 4`.

Text is parsed by Python's own parser and walked over a whitelist; it is never evaluated by Python and never handed to
sympy. Decimals are Fractions, so 32*0.75 is exactly 24. Names come from the scope; a few words (`true`, `same`) stand
for themselves. The same walk serves symbolic numbers.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any

from convcost.errors import choices, did_you_mean
from convcost.ops.arguments import many
from convcost.ops.numbers import Exact, NeedsNumber, Number, maximum, minimum, plain
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

MAX_TEXT = 400
_MAX_NODES = 100
_MAX_DEPTH = 40
_MAX_BITS = 256
_MAX_EXPONENT = 64

_ARITHMETIC = "arithmetic is + - * / // % ** and ( )"

_MEANT = {
    "no": "did you mean `false`?",
    "off": "did you mean `false`?",
    "yes": "did you mean `true`?",
    "on": "did you mean `true`?",
    "True": "did you mean `true`?",
    "False": "did you mean `false`?",
    "null": "leave out what has no value",
    "Null": "leave out what has no value",
    "NULL": "leave out what has no value",
    "~": "leave out what has no value",
    "None": "leave out what has no value",
}


class ExpressionError(Exception):
    """What is wrong, and at which characters of the expression."""

    def __init__(self, message: str, start: int = 0, length: int | None = None, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.length = length
        self.help = help


UNKNOWN_VALUE = object()
"""In a scope: a value that an error, already reported, left unknown."""


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
    if bare is not None and bare is not UNKNOWN_VALUE:
        return bare
    return plain(_walk(parse(text), text, scope))


def names_in(text: str) -> set[str]:
    """Return the names an expression uses; none if it is not an expression."""
    try:
        return {node.id for node in ast.walk(parse(text)) if isinstance(node, ast.Name)}
    except ExpressionError:
        return set()


@lru_cache(maxsize=4096)
def parse(text: str) -> ast.expr:
    """Return the syntax tree of an expression; ExpressionError if it is none."""
    if len(text) > MAX_TEXT:
        raise ExpressionError(f"an expression of {len(text):,} characters; the limit is {MAX_TEXT}")
    stripped = text.strip()
    indent = text.index(stripped)
    _refuse_lookalikes(stripped, indent)
    try:
        tree = ast.parse(_NUMBERED_INPUT.sub("input_", stripped), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        # No offset: the text ends too early.
        offset = min(getattr(error, "offset", None) or len(stripped), len(stripped))
        help = _ARITHMETIC
        if stripped.count("(") > stripped.count(")"):
            listed = "one value per axis is a list, [3, 3]; " if stripped.startswith("(") else ""
            help = f"{listed}inside {{ }} and [ ], put quotes around an expression with a comma"
        raise ExpressionError("this is not an expression", indent + offset - 1, 1, help) from None
    depth_of: list[tuple[ast.AST, int]] = [(tree, 1)]
    count = 0
    while depth_of:
        node, depth = depth_of.pop()
        count += 1
        if count > _MAX_NODES or depth > _MAX_DEPTH:
            raise ExpressionError("an expression too long to be meant")
        depth_of += [(child, depth + 1) for child in ast.iter_child_nodes(node)]
    return tree


_NUMBERED_INPUT = re.compile(r"\binput\.(?=\d)")
"""`input.0.channels` is a name here, but no attribute in Python; as long as `input_0.channels`, so places stay."""

_STRAY = re.compile(r"[^A-Za-z0-9_.+\-*/%(), ]")
_RUN_TOGETHER = re.compile(r"(?<![\w.])\d[\d.]*[A-Za-z_]\w*|(?<![\w.])0\d+(?![\d.])")


def _refuse_lookalikes(text: str, indent: int) -> None:
    """Texts that YAML or Python would read in a surprising way, with what was probably meant."""
    if not text:
        raise ExpressionError("there is no value here")
    if text == "~":
        raise ExpressionError("`~` has no meaning here", help=_MEANT[text])
    if re.fullmatch(r"[-+]?0([xXoObB][0-9a-fA-F_]*|[0-9]+)", text):
        raise ExpressionError("numbers are decimal and do not start with 0", help="write it in decimal")
    if re.fullmatch(r"\d+(x\d+)+", text, re.ASCII):
        parts = ", ".join(text.split("x"))
        raise ExpressionError("this is not a number", help=f"write [{parts}]")
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+", text, re.ASCII):
        value = Fraction(text) if len(text) < 12 and abs(int(re.split("[eE]", text)[1])) < 20 else None
        wanted = f"write {value}" if value is not None and value.denominator == 1 else "write the number out"
        raise ExpressionError("numbers have no exponents here", help=wanted)
    if re.fullmatch(r"[-+]?\.(nan|inf)", text, re.IGNORECASE):
        raise ExpressionError("this is not a number")
    if stray := _STRAY.search(text):
        raise ExpressionError(f"`{stray[0]}` is not part of an expression", indent + stray.start(), 1, _ARITHMETIC)
    if run := _RUN_TOGETHER.search(text):
        help = "numbers are plain decimals; a product is written with `*`"
        raise ExpressionError(f"`{run[0]}` is not a number", indent + run.start(), len(run[0]), help)


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
        case ast.Tuple(elts=[_, *_] as values):
            listed = ", ".join(map(ast.unparse, values))
            raise _at(node, text, "several values are a list, in [ ]", f"write [{listed}]")
    raise _at(node, text, "this is not part of an expression", _ARITHMETIC)


def _constant(node: ast.expr, value: object, text: str) -> Number:
    written = _written(node, text)
    if type(value) in (int, float) and written.replace(".", "", 1).isdigit():
        return _bounded(node, Fraction(written) if type(value) is float else value, text)
    raise _at(node, text, f"`{written}` is not a number here", _MEANT.get(written))


def _lookup(node: ast.Name | ast.Attribute, text: str, scope: Mapping[str, Any]) -> Any:
    name = _written(node, text)
    if name in scope:
        value = scope[name]
        if value is UNKNOWN_VALUE:
            raise UnknownValue
        if value is None:
            raise _at(node, text, f"`{name}` has no value", f"give it one: --set {name}=...")
        return value
    if name in WORDS:
        return WORDS[name]
    if name in FUNCTIONS:
        raise _at(node, text, f"`{name}` is a function", f"write {name}(...)")
    if name in _MEANT:
        raise _at(node, text, f"`{name}` has no meaning here", _MEANT[name])
    hint = did_you_mean(name, [*scope, *WORDS, *FUNCTIONS])
    known = [known for known in scope if "." not in known]
    if hint is None and known:
        hint = f"known here: {', '.join(f'`{known_name}`' for known_name in known[:12])}"
    raise _at(node, text, f"unknown name `{name}`", hint)


def _number(node: ast.expr, text: str, scope: Mapping[str, Any]) -> Number:
    value = _walk(node, text, scope)
    if isinstance(value, bool | str | list):
        raise _at(node, text, "this is not a number", None)
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
            raise _at(node, text, "division by zero", None)
        case ast.Div():
            value = Fraction(left) / right if isinstance(left, int) and isinstance(right, Exact) else left / right
        case ast.FloorDiv():
            value = left // right
        case ast.Mod():
            value = left % right
        case ast.Pow():
            value = _power(node, left, right, text)
        case _:
            raise _at(node, text, "this is not part of an expression", _ARITHMETIC)
    return _bounded(node, value, text)


def _power(node: ast.expr, base: Number, exponent: Number, text: str) -> Number:
    if not isinstance(exponent, Exact):
        raise NeedsNumber(exponent)
    whole = Fraction(exponent)
    if whole.denominator != 1 or not -_MAX_EXPONENT <= whole <= _MAX_EXPONENT:
        raise _at(node, text, f"an exponent is a whole number up to {_MAX_EXPONENT}", None)
    if whole < 0 and isinstance(base, Exact):
        if base == 0:
            raise _at(node, text, "division by zero", None)
        base = Fraction(base)
    return base ** int(whole)


def _call(node: ast.Call, text: str, scope: Mapping[str, Any]) -> Number:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in FUNCTIONS:
        written = _written(node.func, text)
        raise _at(node.func, text, f"no function `{written}`", choices(written, FUNCTIONS))
    arity, function = FUNCTIONS[name]
    is_folded = name in ("min", "max")
    if node.keywords or len(node.args) < arity or (len(node.args) > arity and not is_folded):
        takes = many(arity, "argument") + (" or more" if is_folded else "")
        raise _at(node, text, f"`{name}` takes {takes}", None)
    values: list[Number] = [_number(argument, text, scope) for argument in node.args]
    if name == "make_divisible" and isinstance(values[1], Exact) and values[1] < 1:
        raise _at(node, text, "the divisor must be positive", None)
    return reduce(function, values) if is_folded else function(*values)


def _bounded(node: ast.expr, value: Number, text: str) -> Number:
    if isinstance(value, Exact) and (
        value.numerator.bit_length() > _MAX_BITS or value.denominator.bit_length() > _MAX_BITS
    ):
        raise _at(node, text, "a number too large to be meant", None)
    return value


def _written(node: ast.expr, text: str) -> str:
    return text.strip()[node.col_offset : node.end_col_offset]


def _at(node: ast.expr, text: str, message: str, help: str | None) -> ExpressionError:
    indent = len(text) - len(text.lstrip())
    end = node.end_col_offset if node.end_col_offset is not None else node.col_offset + 1
    return ExpressionError(message, indent + node.col_offset, end - node.col_offset, help)
