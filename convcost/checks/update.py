"""Expected figures brought up to date in a spec's text, where they are numbers that no longer hold.

An exact figure and one rounded as printed are rewritten in the way they are written. Left alone are bounds and ranges,
which are budgets and not for a tool to loosen; formulas; and a line inside a block that its uses do not agree on.
"""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from convcost.checks.expectations import Judged, judge
from convcost.checks.findings import Finding
from convcost.errors import Source, Span
from convcost.expectation import Expected
from convcost.ops.numbers import Number
from convcost.reading.edits import Edit, applied, exchange, place
from convcost.reading.load import read
from convcost.reading.units import BYTE_UNITS, COUNT_UNITS, taken_apart
from convcost.reading.yaml_tree import MAX_BYTES, decode


class Change(NamedTuple):
    """One figure rewritten."""

    span: Span
    old: str
    new: str


class Updated(NamedTuple):
    """A spec's text with its figures brought up to date."""

    text: str
    changes: tuple[Change, ...]
    left: tuple[Finding, ...]
    """What is still not as stated, and was left alone."""


def update(path: Path) -> Updated:
    """A file's text with its figures brought up to date; its line ends and byte order mark are kept.

    Nothing is written. Raises SpecError if the file is no spec, OSError if it can't be read.
    """
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    source = decode(str(path), data)
    updated = updated_source(source, path.stem)
    # Figures stand on one line each, so that the lines are as many as they were.
    text = data.decode("utf-8")
    ends = [*re.findall(r"\r\n|\r|\n", text), ""]
    lines = updated.text.split("\n")
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    return updated._replace(text=mark + "".join(map("".join, zip(lines, ends, strict=True))))


def updated_source(source: Source, name: str) -> Updated:
    """The same for a text that has been read."""
    lines: dict[int, list[Judged]] = {}
    for judged in judge(read(source, name)):
        lines.setdefault(place(judged.expected.span), []).append(judged)
    edits: list[Edit] = []
    changes: list[Change] = []
    left: list[Finding] = []
    for uses in lines.values():
        broken = [judged.finding for judged in uses if judged.finding]
        if not broken:
            continue
        ways = {tuple(_rewritten(judged)) for judged in uses}
        found = next(iter(ways)) if len(ways) == 1 else ()
        if found:
            changes += found
            edits += [exchange(change.span, change.new) for change in found]
        else:
            left += broken
    return Updated(applied(source.text, edits), tuple(changes), tuple(left))


def _rewritten(judged: Judged) -> list[Change]:
    """The words of one figure that change; none if it is to be left alone."""
    expected, found = judged.expected, judged.found
    if found is None or expected.form not in ("=", "~"):
        return []
    if isinstance(found, tuple):
        return _list(expected, found)
    old = _as_written(expected.span, expected.written)
    new = old and _number(expected.written, found)
    if not old or not new:
        return []
    return [Change(expected.span, old, old.replace(expected.written, new))]


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


def _number(written: str, found: Any) -> str | None:
    """A figure in the way another is written; None if that is a formula.

    >>> _number("25_557_032", 1234567), _number("~ 4.2 M", 5_288_548), _number("~ 4.2 M", 1000), _number("3 k", 3500)
    ('1_234_567', '~ 5.3 M', '~ 0.0010 M', '3500')
    """
    form = "~" if written.startswith("~") else ""
    start = len(written) - len(written[len(form) :].lstrip())
    number, unit, is_literal = taken_apart(written[start:])
    if not is_literal:
        return None
    mantissa, e, exponent = number.lower().partition("e")
    scale = Fraction(10) ** int(exponent or "0") * ({**COUNT_UNITS, **BYTE_UNITS}[unit] if unit else 1)
    size = Fraction(found) / scale
    if form:
        digits = _rounded(size, mantissa)
    elif size.denominator == 1 and not e:
        digits = _grouped(str(size), mantissa)
    else:
        return _grouped(str(found), mantissa)
    return written[:start] + digits + written[start + len(mantissa) :]


def _rounded(size: Fraction, like: str) -> str:
    """As many decimals, and at least as many significant digits."""
    whole, _, after = like.replace("_", "").partition(".")
    decimals, wanted = len(after), len((whole + after).lstrip("0"))
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
