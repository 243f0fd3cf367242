"""Numbers as people read them: exact with separators, and beside that a human figure."""

from __future__ import annotations

from fractions import Fraction
from math import floor, log10
from typing import Any

from convcost.analysis.receptive_field import WHOLE_INPUT, ReceptiveField
from convcost.ops.base import Shape, by_x
from convcost.ops.numbers import plain

_BLOCKS = " ▏▎▍▌▋▊▉█"
_BAR = 8
"""Characters of a whole bar."""


def exact(number: int) -> str:
    """Return all digits, in groups of three.

    >>> exact(4089184256)
    '4,089,184,256'
    """
    return f"{number:,}"


def quotient(number: int | Fraction) -> str:
    """Four significant digits of what may not be whole.

    >>> quotient(Fraction(354339, 186740))
    '1.897'
    """
    return f"{float(number):.4g}"


def human(number: int) -> str:
    """Three significant digits and a decimal prefix.

    >>> human(4089184256), human(60000), human(840)
    ('4.09 G', '60.0 k', '840')
    """
    return _scaled(number, 1000, ("", "k", "M", "G", "T", "P", "E"))


def memory(number: int) -> str:
    """Bytes with a binary prefix.

    >>> memory(9633792)
    '9.19 MiB'
    """
    return _scaled(number, 1024, ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"))


def milliseconds(seconds: Fraction) -> str:
    """Return a time in milliseconds, three digits that say something.

    >>> milliseconds(Fraction(1, 800)), milliseconds(Fraction(2, 10**8)), milliseconds(Fraction(0))
    ('1.25', '0.0000200', '0')
    """
    number = float(1000 * seconds)
    return f"{number:,.{max(0, 2 - floor(log10(number)))}f}" if number else "0"


def percent(part: int | Fraction, whole: int | Fraction) -> str:
    """Return a share, to a tenth of a percent.

    >>> percent(1, 8)
    '12.5 %'
    """
    return f"{float(100 * part / whole):.1f} %" if whole else ""


def bar(part: int, whole: int, ascii_only: bool = False) -> str:
    """Return a share as a small bar, in eighths of a character where the terminal has them."""
    if not whole:
        return ""
    if ascii_only:
        return "#" * round(_BAR * part / whole)
    eighths = round(8 * _BAR * part / whole)
    return "█" * (eighths // 8) + (_BLOCKS[eighths % 8] if eighths % 8 else "")


def signed(number: int) -> str:
    """Return a difference, all digits.

    >>> signed(1024), signed(-3), signed(0)
    ('+1,024', '-3', '0')
    """
    return f"{number:+,}" if number else "0"


def signed_human(number: int) -> str:
    """Return a difference with a decimal prefix."""
    return f"{'-' if number < 0 else '+'}{human(abs(number))}"


def times(ratio: Fraction | int) -> str:
    """Return a ratio in words.

    >>> times(Fraction(7, 2)), times(4410428), times(Fraction(10001, 10000)), times(1)
    ('3.5 times as much', '4,410,428 times as much', 'hardly more', 'as much')
    """
    text = f"{float(ratio):.3g}" if ratio < 1000 else f"{float(ratio):,.0f}"
    if text != "1":
        return f"{text} times as much"
    return "as much" if ratio == 1 else f"hardly {'more' if ratio > 1 else 'less'}"


def field(found: ReceptiveField | None) -> str:
    """Return a receptive field in a cell: its size, `all` for the whole input, `-` where it has no single value."""
    if found is None:
        return ""
    if size := found.size:
        return by_x(size)
    return "all" if found.reason == WHOLE_INPUT.reason else "-"


def per_axis(numbers: tuple[Any, ...] | None) -> str:
    """Return a figure per spatial axis, written once if they agree: `32`, or `1/2`, or `-2, -3, -3`."""
    if not numbers:
        return ""
    alike = numbers.count(numbers[0]) == len(numbers)
    return str(numbers[0]) if alike else ", ".join(map(str, numbers))


def shapes(outputs: tuple[Shape, ...]) -> str:
    """Return the shapes of a layer's outputs; equal ones are counted."""
    first = str(outputs[0])
    if len(set(outputs)) == 1:
        return first if len(outputs) == 1 else f"{len(outputs)} of {first}"
    return ", ".join(map(str, outputs))


def plain_number(number: Any) -> Any:
    """Return a number as JSON has it: an int, a decimal where that is exact, else a fraction as text."""
    number = plain(number)
    if isinstance(number, Fraction):
        return float(number) if Fraction(str(float(number))) == number else str(number)
    return number


def _scaled(number: int, base: int, prefixes: tuple[str, ...]) -> str:
    step = 0
    scaled: float = number
    while round(scaled) >= base and step < len(prefixes) - 1:
        scaled /= base
        step += 1
    decimals = 0 if step == 0 or scaled >= 99.95 else 1 if scaled >= 9.995 else 2
    digits = f"{scaled:.{decimals}f}"
    return f"{digits} {prefixes[step]}".rstrip()
