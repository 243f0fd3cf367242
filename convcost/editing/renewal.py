"""What a figure that no longer holds becomes in its spec's text, written in the way it is written.

Left alone are bounds and ranges, which are budgets and not for a tool to loosen; formulas; figures written in a
roundabout way; and a line inside a block that its uses do not agree on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple

from convcost.errors import Span
from convcost.expectation import Expected
from convcost.language.amounts import amount, taken_apart
from convcost.ops.numbers import Number


class Change(NamedTuple):
    """One figure rewritten."""

    span: Span
    old: str
    new: str


def renewed(uses: Iterable[tuple[Expected, Any]]) -> tuple[Change, ...]:
    """Return the words of one line that change; none if it is to be left alone.

    `uses` are, for every use of the block that the line is in, what it states and what is so; None if nothing is.
    """
    ways = {tuple(_renewed(expected, found)) for expected, found in uses}
    return next(iter(ways)) if len(ways) == 1 else ()


def _renewed(expected: Expected, found: Any) -> list[Change]:
    """The words of one figure that change; none if it is to be left alone."""
    if found is None or expected.form not in ("=", "~"):
        return []
    if isinstance(found, tuple):
        return _list(expected, found)
    old = _as_written(expected.span, expected.written)
    new = old and _number(expected.number, expected.figure, found, rounded=expected.form == "~")
    if not old or not new:
        return []
    return [Change(expected.span, old, old.replace(expected.number, new))]


def _list(expected: Expected, found: tuple[Number, ...]) -> list[Change]:
    """Entry by entry, so that a list may stand on several lines; as a whole where it has another length."""
    changes = []
    if len(expected.words) == len(found):
        for (word, span), stated, number in zip(expected.words, expected.low, found, strict=True):
            if stated != number:
                old = _as_written(span, word)
                if not old or not taken_apart(word)[2]:
                    return []
                changes.append(Change(span, old, old.replace(word, str(number))))
        return changes
    old = _text(expected.span)
    if expected.words and not (old.startswith("[") and old.endswith("]") and "#" not in old):
        return []
    if not all(taken_apart(word)[2] for word, _ in expected.words or [(expected.written, expected.span)]):
        return []
    alike = not expected.words and len(set(found)) == 1
    return [Change(expected.span, old, str(found[0]) if alike else f"[{', '.join(map(str, found))}]")]


def _number(written: str, figure: str, found: Any, rounded: bool) -> str | None:
    """A figure in the way another is written; None if that is a formula.

    >>> _number("25_557_032", "params", 1234567, False), _number("3 k", "params", 3500, False)
    ('1_234_567', '3500')
    >>> _number("4.2 M", "params", 5_288_548, True), _number("4.2 M", "params", 1000, True)
    ('5.3 M', '0.0010 M')
    >>> _number("5", "multiplies_per_byte", Fraction(940052, 35441), False)
    '~ 26.524'
    """
    number, _, is_literal = taken_apart(written)
    if not is_literal:
        return None
    mantissa, e, _ = number.lower().partition("e")
    _, last_digit, _ = amount(written, figure)
    size = Fraction(found) / (last_digit * 10 ** _decimals(mantissa))
    if rounded:
        digits = _rounded(size, mantissa)
    elif Fraction(found).denominator != 1:  # that no decimals may say exactly
        return f"~ {_rounded(Fraction(found), '1.000')}" if found >= 1 else f"~ {float(found):.4f}"
    elif size.denominator == 1 and not e:
        digits = _grouped(str(size), mantissa)
    else:
        return _grouped(str(found), mantissa)
    return digits + written[len(mantissa) :]


def _decimals(mantissa: str) -> int:
    return len(mantissa.replace("_", "").partition(".")[2])


def _rounded(size: Fraction, like: str) -> str:
    """As many decimals, and at least as many significant digits: two or more, for one would admit half as much."""
    decimals, wanted = _decimals(like), max(2, len(re.sub("[_.]", "", like).lstrip("0")))
    while size and size * 10**decimals < Fraction(10) ** (wanted - 1) and decimals < 20:
        decimals += 1
    digits = str(int(size * 10**decimals + Fraction(1, 2))).rjust(decimals + 1, "0")
    return _grouped(digits[: len(digits) - decimals], like) + (f".{digits[-decimals:]}" if decimals else "")


def _grouped(digits: str, like: str) -> str:
    return f"{int(digits):_}" if "_" in like.partition(".")[0] and digits.isdigit() else digits


def _text(span: Span) -> str:
    start = span.column - 1
    return span.source.lines[span.line - 1][start : start + span.length]


def _as_written(span: Span, word: str) -> str | None:
    """The characters of a word in the text, with its quotes; None if it is written in a roundabout way."""
    text = _text(span)
    return text if text in (word, f"'{word}'", f'"{word}"') else None
