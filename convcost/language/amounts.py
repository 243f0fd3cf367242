"""Figures as people state them: `4.1e9`, `569 M`, `32 MiB`; under `expect` also bounds, ranges, rounded ones and lists.

A number is an expression of the language, with an exponent or a unit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from convcost.errors import closest
from convcost.expectation import Expected
from convcost.figures import FIGURES
from convcost.language.parts import refuse_node
from convcost.language.scope import Scope, Unknown
from convcost.language.syntax import ExpressionError
from convcost.language.tree import Node, ScalarNode, SequenceNode
from convcost.ops.arguments import show
from convcost.ops.numbers import Number, plain

COUNT_UNITS = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
BYTE_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
BYTE_UNITS |= {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}

GROUPS = "digits are grouped as 25_557_032, and decimals follow a point"

# Plain tuples: a record's class takes longer to make than a spec's figures take to read.
Written: TypeAlias = tuple[str, str, bool]
"""A number, its unit, and whether the number is written out, not worked out."""

Amount: TypeAlias = tuple[Fraction, Fraction, str]
"""A value, what one more in its last digit would be, and its unit."""

Quantity: TypeAlias = tuple[Number, Number | None, str]
"""A value, what one more in its last digit would be (None where it is worked out), and its unit."""


def amount(text: str, figure: str) -> Amount:
    """Return a number that is written out, with a unit that fits the figure or none; ExpressionError if it is none.

    >>> amount("3.5 M", "params"), amount("300e+6", "macs")[0], amount("1 KiB", "peak_memory")[0]
    ((Fraction(3500000, 1), Fraction(100000, 1), 'M'), Fraction(300000000, 1), Fraction(1024, 1))
    """
    number, unit, is_literal = taken_apart(text)
    factor = _factor(text, unit, figure)
    if not is_literal:
        _refuse_lookalikes(number)
        raise ExpressionError(f"`{number}` is not a number", 0, len(number), "for example 25_557_032, 4.1e9 or 3.5")
    mantissa, _, exponent = number.lower().partition("e")
    scale = factor * Fraction(10) ** int(exponent or "0")
    decimals = len(mantissa.partition(".")[2].replace("_", ""))
    return Fraction(mantissa) * scale, scale / 10**decimals, unit


def taken_apart(text: str) -> Written:
    """Return a number and its unit.

    >>> taken_apart("569 M"), taken_apart("4*C")
    (('569', 'M', True), ('4*C', '', False))
    """
    number = text.rstrip(_LETTERS)
    unit, before = text[len(number) :], number.rstrip()
    if unit and before and (number != before or _is_literal(before)) and before[-1] not in "+-*/%(,":
        return before, unit, _is_literal(before)
    return text, "", _is_literal(text)


def quantity(node: ScalarNode, text: str, offset: int, figure: str, scope: Scope) -> Quantity:
    """Return the number that a part of a scalar stands for, in pieces or in bytes; Unknown if it is none."""
    if text.isdigit() and _is_literal(text):
        return int(text), 1, ""
    number, unit, is_literal = taken_apart(text)
    try:
        if is_literal:
            value, step, unit = amount(text, figure)
            return plain(value), step, unit
        factor = _factor(text, unit, figure)
        _refuse_lookalikes(number)
    except ExpressionError as error:
        place = part(node, offset + error.start, text[error.start :][: error.length])
        raise scope.report(place.span, error.message, error.help) from None
    place = part(node, offset, number)
    found: Any = scope.value(place)
    if isinstance(found, bool | str | list):
        raise scope.report(place.span, f"`{figure}` wants a number, not `{number}`")
    return plain(found * factor), None, unit


def part(node: ScalarNode, offset: int, text: str) -> ScalarNode:
    """Return a few characters of a scalar as one of their own."""
    span = node.place(offset, len(text))
    return node if text == node.text else ScalarNode(text, span is node.span, span)


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _is_literal(text: str) -> bool:
    if text.isascii() and text.isdigit():
        return (text[0] != "0" or text == "0") and len(text) <= 40
    return len(text) <= 40 and re.fullmatch(_LITERAL, text, re.ASCII | re.IGNORECASE) is not None


_LITERAL = r"(0|[1-9]\d*(_\d+)*)(\.\d+(_\d+)*)?(e[+-]?(1[0-8]|0?\d))?"


def _refuse_lookalikes(number: str) -> None:
    """Raise ExpressionError for what is meant as a number and is none, with the help that it needs."""
    if re.fullmatch(r"[\d._]*e[\d+-]*", number, re.ASCII | re.IGNORECASE):
        raise ExpressionError(f"`{number}` is not a number here", 0, len(number), "exponents go up to 18: 4.1e9")
    if "," in number and "(" not in number:
        raise ExpressionError(f"`{number}` is not a number", 0, len(number), GROUPS)


def units_of(figure: str) -> Mapping[str, int]:
    """Return the units that a figure may be in, and how much each is."""
    found = FIGURES.get(figure)
    if found is None or found.is_number:
        return BYTE_UNITS if found and found.is_bytes else COUNT_UNITS
    return {}


def _factor(text: str, unit: str, figure: str) -> int:
    """How much the unit at a text's end is; ExpressionError if the figure does not take it."""
    units = units_of(figure)
    if not unit or unit in units:
        return units[unit] if unit else 1
    help = f"{'bytes' if units is BYTE_UNITS else 'counts'} take {', '.join(units)}"
    if not units:
        message, help = f"`{figure}` has no unit", "it is in positions of the input"
    elif unit in COUNT_UNITS or unit in BYTE_UNITS:
        message = f"`{unit}` does not fit `{figure}`"
    else:
        message = f"no unit `{unit}`"
        close = {known.lower(): known for known in units}.get(unit.lower()) or closest(unit, units)
        help = f"did you mean `{close}`?" if close else help
    raise ExpressionError(message, len(text) - len(unit), len(unit), help)


def expected(figure: str, node: Node, scope: Scope, ranks: frozenset[int]) -> Expected:
    """Return one figure's value or limits; Unknown, and reported, if it has none."""
    if FIGURES[figure].is_shape or (FIGURES[figure].is_per_axis and isinstance(node, SequenceNode)):
        return _list(figure, node, scope, ranks)
    if not isinstance(node, ScalarNode) or not node.text:
        raise _refused_value(figure, node, scope)
    text, form = node.text, "="
    if not text[0].isalnum():
        form = next((form for form in ("<=", ">=", "<", ">", "~") if text.startswith(form)), "=")
        for start, meant in _MEANT.items():
            if text.startswith(start):
                raise scope.report(part(node, 0, start).span, f"`{start}` starts no value", meant)
    if form == "=" and ".." in text:
        return _range(figure, node, scope)
    offset = len(text) - len(text[len(form) if form != "=" else 0 :].lstrip())
    found = quantity(node, text[offset:], offset, figure, scope)
    low, high = _limits(form, figure, node, found, scope)
    return Expected(figure, form, low, high, text, node.span)


_MEANT = {
    "=<": "a bound is <=, >=, < or >",
    "=>": "a bound is <=, >=, < or >",
    "=": "an exact figure is just the number",
    "≤": "write <=",
    "≥": "write '>=', in quotes",
    "≈": "write ~",
    "±": "a range is written `3.9e9 .. 4.1e9`",
}


def _limits(form: str, figure: str, node: ScalarNode, found: Quantity, scope: Scope) -> tuple[Number, Number]:
    value, step, unit = found
    if FIGURES[figure].least == 0 and value < 0:
        raise scope.report(node.span, f"`{figure}` is never below 0")
    if form == "~":
        if step is None:
            raise scope.report(node.span, "`~` goes with a number as it is printed, not with an expression")
        return value - Fraction(step) / 2, value + Fraction(step) / 2
    if form == "=" and FIGURES[figure].whole and isinstance(value, Fraction):
        help = f"a rounded figure is written `~ {node.text}`" if unit else "round it, or write a bound or a range"
        raise scope.report(node.span, f"`{figure}` wants a whole number from 0 up, not {show(value)}", help)
    return (None if form[0] == "<" else value), (None if form[0] == ">" else value)


def _range(figure: str, node: ScalarNode, scope: Scope) -> Expected:
    """`low .. high`, both included."""
    first, _, last = node.text.partition("..")
    offset = len(node.text) - len(last.lstrip())
    low, _, low_unit = quantity(node, first.rstrip(), 0, figure, scope)
    high, _, high_unit = quantity(node, last.strip(), offset, figure, scope)
    if bool(low_unit) != bool(high_unit):
        unit = low_unit or high_unit
        both = " .. ".join(f"{taken_apart(end.strip())[0]} {unit}" for end in (first, last))
        raise scope.report(node.span, f"only one end of the range has the unit `{unit}`", f"write `{both}`")
    if low > high:
        raise scope.report(node.span, "the range is upside down", f"write `{last.strip()} .. {first.strip()}`")
    return Expected(figure, "..", low, high, node.text, node.span)


def _list(figure: str, node: Node, scope: Scope, ranks: frozenset[int]) -> Expected:
    """A shape, or one number per axis; exact."""
    if not isinstance(node, SequenceNode):
        raise refuse_node(node, f"`{figure}` is a list, channels first: [2048, 7, 7]", scope.report)
    numbers: list[Number] = []
    words = []
    for item in node.items:
        if not isinstance(item, ScalarNode) or not item.text:
            raise refuse_node(item, f"`{figure}` is a list of numbers", scope.report)
        value, _, _ = quantity(item, item.text, 0, figure, scope)
        signed = FIGURES[figure].least is None
        if (value <= 0 and not signed) or (isinstance(value, Fraction) and FIGURES[figure].whole):
            wants = "whole numbers" if signed else "positive whole numbers"
            raise scope.report(item.span, f"`{figure}` wants {wants}, not {show(value)}")
        numbers.append(value)
        words.append((item.text, item.span))
    if FIGURES[figure].is_shape:  # layers may change how many axes there are
        there, what = "1 to 4" if not 1 <= len(numbers) <= 4 else "", "channels, and a size per spatial axis"
    else:
        there, what = "" if len(numbers) in ranks else " or ".join(map(str, sorted(ranks))), "one per spatial axis"
    if there:
        raise scope.report(node.span, f"`{figure}` has {there} numbers here, not {len(numbers)}", what)
    values, text = tuple(numbers), ", ".join(word for word, _ in words)
    return Expected(figure, "=", values, values, f"[{text}]", node.span, tuple(words))


def _refused_value(figure: str, node: Node, scope: Scope) -> Unknown:
    line = node.span.source.lines[node.span.line - 1]
    if line[node.span.column - 1 : node.span.column] == ">":
        return scope.report(node.span, "YAML reads `>` as the start of a text", "put quotes around it: '>= 224'")
    if isinstance(node, SequenceNode):
        return scope.report(node.span, f"`{figure}` is one value, not a list", "two limits are a range: `3e9 .. 4.1e9`")
    return refuse_node(node, f"`{figure}` is a number, a bound or a range", scope.report)
