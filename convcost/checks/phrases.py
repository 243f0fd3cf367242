"""What findings say: how far a figure is from what was expected, and why a network can't be had."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from convcost.analysis.described import setting_of
from convcost.analysis.whole import Measure
from convcost.errors import ConvcostError
from convcost.expectation import Expectations, Expected
from convcost.figures import FIGURES, Setting
from convcost.language.amounts import BYTE_UNITS, taken_apart
from convcost.ops.arguments import show
from convcost.ops.base import by_x
from convcost.ops.numbers import Number


def settings_of(stated: Expectations) -> str:
    """Return the settings that a row is about where they are not the defaults, else nothing.

    >>> from convcost.errors import Source, Span
    >>> settings_of(Expectations((), Span(Source("", ""), 1, 1), settings={"alpha": Fraction(1, 2)}))
    ' (alpha = 0.5)'
    """
    parts = [f"variant `{stated.variant}`"] if stated.variant is not None else []
    parts += [f"{symbol} = {show(value)}" for symbol, value in stated.settings.items()]
    return f" ({', '.join(parts)})" if parts else ""


def beyond(stated: Expectations, expected: Expected, found: Measure) -> str:
    """Return a figure that is not what it should be, or more or less than it may be, and by how much."""
    counted = f" as {stated.convention} counts them" if stated.counts_otherwise(expected.figure) else ""
    has = f"has {amount_of(expected.figure, found, setting_of(stated), _unit(expected))}{counted}"
    if isinstance(found, tuple) and expected.form == "=":
        return f"{has}, not {by_x(expected.low) if isinstance(expected.low, tuple) else show(expected.low)}"
    value, limit = _worst(expected, found)
    more = expected.high is not None and value >= expected.high
    if value == limit:
        return f"{has}; it must have {'less' if more else 'more'}"
    by = f"{has}, {_difference(value, limit)}"
    if expected.form == "~":
        return f"{by} `{expected.written}` admits: {_number(expected.low)} to {_number(expected.high)}"
    return f"{by} the {_limit(expected, limit)} {'expected' if expected.form == '=' else _MAY[more]}"


_MAY = {True: "it may have", False: "it must have"}


def _worst(expected: Expected, found: Measure) -> tuple[Number, Number]:
    """The number that is furthest out, and the limit that it should have kept."""
    numbers = found if isinstance(found, tuple) else (found,)
    pairs: list[tuple[Any, Any]] = []
    for number in numbers:
        if not expected.admits(number):
            is_more = expected.high is not None and number >= expected.high
            pairs.append((number, expected.high if is_more else expected.low))
    return max(pairs, key=lambda pair: abs(pair[0] - pair[1]))


def _difference(value: Number, limit: Number) -> str:
    """By how much: in per cent, or in numbers where per cents would say nothing.

    >>> _difference(1051, 1000), _difference(25557033, 25557032), _difference(150, 3), _difference(20, 25557032)
    ('5.1 % more than', '1 more than', '50.0 times', '25,557,012 less than')
    >>> _difference(4410428, 1)
    '4,410,428 times'
    """
    if limit and value >= 3 * limit:
        ratio = float(Fraction(value) / Fraction(limit))
        return f"{ratio:,.{int(ratio < 100)}f} times"
    difference = abs(value - limit)
    share = float(100 * Fraction(difference) / Fraction(limit)) if limit else 0
    telling = share >= 0.05 and (share < 99.95 or value > limit)
    by = f"{share:,.1f} %" if telling else _number(difference)
    return f"{by} {'more' if value > limit else 'less'} than"


def reason(error: ConvcostError) -> str:
    """Return why a network can't be had: the first problem, how many more there are, and where it is."""
    problem, *others = error.problems
    more = f" (and {len(others)} more)" if others else ""
    return f"{problem.message}{more}{f', at {problem.span}' if problem.span else ''}"


def amount_of(figure: str, found: Measure, at: Setting, unit: str = "") -> str:
    """Return a figure in words: `4,089,184,256 macs`, `9,633,792 bytes of peak memory as float32`; bytes in a unit."""
    reads = FIGURES[figure].reads
    how = f" as {at.dtype}" if "dtype" in reads else ""
    how += f" with {at.optimizer}" if "optimizer" in reads else ""
    how += f" in {at.precision}" if "precision" in reads and at.precision != "fp32" else ""
    words, label = figure.replace("_", " "), FIGURES[figure].label
    words = words if label.lower() == words else label
    if isinstance(found, tuple):
        return f"a{'n' if words[0] in 'aeiou' else ''} {words} of {by_x(found)}"
    if not FIGURES[figure].is_bytes:
        return f"{_number(found)} {words}"
    if not unit:
        return f"{found:,} bytes of {words}{how}"
    return f"{found / BYTE_UNITS[unit]:,.2f} {unit} of {words} ({found:,} bytes{how})"


def _limit(expected: Expected, limit: Number) -> str:
    """A limit in the unit it is written in, if that is one of bytes."""
    unit = _unit(expected)
    return f"{show(Fraction(limit) / BYTE_UNITS[unit])} {unit}" if unit else _number(limit)


def _unit(expected: Expected) -> str:
    unit = taken_apart(expected.number)[1] if FIGURES[expected.figure].is_bytes else ""
    return unit if unit != "B" else ""


def _number(value: Number) -> str:
    if value == int(value):
        return f"{int(value):,}"
    written = show(Fraction(value))
    return f"{float(value):.4g}" if "/" in written else written
