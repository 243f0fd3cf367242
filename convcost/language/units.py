"""Numbers as people print them, `4.1e9`, `569 M`, `32 MiB`: expressions of the language, with an exponent or a unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from convcost.errors import closest
from convcost.figures import FIGURES
from convcost.language.expression import ExpressionError
from convcost.language.scope import Scope
from convcost.language.tree import ScalarNode
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
        raise ExpressionError(f"`{number}` is no number", 0, len(number), "for example 25_557_032, 4.1e9 or 3.5")
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
        raise ExpressionError(f"`{number}` is no number here", 0, len(number), "exponents go up to 18: 4.1e9")
    if "," in number and "(" not in number:
        raise ExpressionError(f"`{number}` is no number", 0, len(number), GROUPS)


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
