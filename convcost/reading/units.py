"""Numbers as people print them, `4.1e9`, `569 M`, `32 MiB`: expressions of the language, with an exponent or a unit."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

from convcost.errors import closest
from convcost.expectation import COUNTS, MEMORY
from convcost.ops.numbers import Number
from convcost.reading.scope import Scope, Unknown
from convcost.reading.yaml_tree import Scalar

COUNT_UNITS = {"k": 10**3, "M": 10**6, "G": 10**9}
BYTE_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}

GROUPS = "digits are grouped as 25_557_032"


# Plain tuples: a record's class takes longer to make than a spec's figures take to read.
Written: TypeAlias = tuple[str, str, bool]
"""A number, its unit, and whether the number is written out, not worked out."""

Quantity: TypeAlias = tuple[Number, Number | None, str]
"""A value, what one more in its last digit would be (None where it is worked out), and its unit."""


def taken_apart(text: str) -> Written:
    """A number and its unit.

    >>> taken_apart("569 M"), taken_apart("4*C")
    (('569', 'M', True), ('4*C', '', False))
    """
    number = text.rstrip(_LETTERS)
    unit, before = text[len(number) :], number.rstrip()
    if unit and before and (number != before or _is_literal(before)) and before[-1] not in "+-*/%(,":
        return before, unit, _is_literal(before)
    return text, "", _is_literal(text)


def quantity(node: Scalar, text: str, offset: int, figure: str, scope: Scope) -> Quantity:
    """The number that a part of a scalar stands for, in pieces or in bytes; Unknown if it is none."""
    if text.isdigit() and _is_literal(text):
        return int(text), 1, ""
    number, unit, is_literal = taken_apart(text)
    units = COUNT_UNITS if figure in COUNTS else BYTE_UNITS if figure in MEMORY else {}
    if unit and unit not in units:
        behind = part(node, offset + len(text) - len(unit), unit)
        scope.report(behind.span, *_unit_problem(unit, units, figure))
        raise Unknown
    factor = units[unit] if unit else 1
    if is_literal:
        mantissa, _, exponent = number.lower().partition("e")
        scale = factor * Fraction(10) ** int(exponent or "0")
        decimals = len(mantissa.partition(".")[2].replace("_", ""))
        return _plain(Fraction(mantissa) * scale), scale / 10**decimals, unit
    place = part(node, offset, number)
    if _LITERAL.issuperset(number) and "e" in number.lower():
        scope.report(place.span, f"`{number}` is no number here", "exponents go up to 18: 4.1e9")
        raise Unknown
    if "," in number and "(" not in number:
        scope.report(place.span, f"`{number}` is no number", GROUPS)
        raise Unknown
    value: Any = scope.value(place)
    if isinstance(value, bool | str | list):
        scope.report(place.span, f"`{figure}` wants a number, not `{number}`")
        raise Unknown
    return _plain(value * factor), None, unit


def part(node: Scalar, offset: int, text: str) -> Scalar:
    """A few characters of a scalar as one of their own."""
    as_written = node.span.length == len(node.text) + 2 * node.quoted
    if not as_written or text == node.text:
        return node if text == node.text else Scalar(text, True, node.span)
    return Scalar(text, False, node.span.part(offset + node.quoted, len(text)))


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _is_literal(text: str) -> bool:
    if text.isascii() and text.isdigit():
        return (text[0] != "0" or text == "0") and len(text) <= 40
    if not _LITERAL.issuperset(text) or len(text) > 40:
        return False
    mantissa, e, exponent = text.lower().partition("e")
    if e and not (exponent.lstrip("+-").isdigit() and abs(int(exponent)) <= 18):
        return False
    whole, _, decimals = mantissa.partition(".")
    groups = [*whole.split("_"), *decimals.split("_")] if decimals else whole.split("_")
    return all(group.isdigit() for group in groups) and (whole[0] != "0" or whole == "0")


_LITERAL = frozenset("0123456789._eE+-")


def _plain(value: Any) -> Number:
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def _unit_problem(unit: str, units: dict[str, int], figure: str) -> tuple[str, str]:
    if not units:
        return f"`{figure}` has no unit", "it is in positions of the input"
    folded = {known.lower(): known for known in units}
    help = f"{'bytes' if units is BYTE_UNITS else 'counts'} take {', '.join(units)}"
    if unit in COUNT_UNITS or unit in BYTE_UNITS:
        return f"`{unit}` does not fit `{figure}`", help
    close = folded.get(unit.lower()) or closest(unit, units)
    return f"no unit `{unit}`", f"did you mean `{close}`?" if close else help
