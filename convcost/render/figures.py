"""Numbers as people read them: exact with separators, and beside that a human figure."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from convcost.ops.base import Shape

_BLOCKS = " ▏▎▍▌▋▊▉█"


def exact(number: int) -> str:
    """All digits, in groups of three.

    >>> exact(4089184256)
    '4,089,184,256'
    """
    return f"{number:,}"


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


def percent(part: int, whole: int) -> str:
    """A share, to a tenth of a percent.

    >>> percent(1, 8)
    '12.5 %'
    """
    return f"{100 * part / whole:.1f} %" if whole else ""


def bar(part: int, whole: int, width: int = 8, ascii_only: bool = False) -> str:
    """A share as a small bar, in eighths of a character where the terminal has them."""
    if not whole:
        return ""
    if ascii_only:
        return "#" * round(width * part / whole)
    eighths = round(8 * width * part / whole)
    return "█" * (eighths // 8) + (_BLOCKS[eighths % 8] if eighths % 8 else "")


def sizes(numbers: tuple[Any, ...] | None) -> str:
    """Numbers per axis, joined as sizes are: `64x56x56`."""
    return "" if numbers is None else "x".join(str(number) for number in numbers)


def per_axis(numbers: tuple[Any, ...] | None) -> str:
    """A figure per spatial axis, written once if they agree: `32`, or `1/2`, or `-2, -3, -3`."""
    if not numbers:
        return ""
    return str(numbers[0]) if len(set(numbers)) == 1 else ", ".join(map(str, numbers))


def shapes(outputs: tuple[Shape, ...]) -> str:
    """The shapes of a layer's outputs; equal ones are counted."""
    first = str(outputs[0])
    if len(set(outputs)) == 1:
        return first if len(outputs) == 1 else f"{len(outputs)} of {first}"
    return ", ".join(map(str, outputs))


def plain_number(number: Any) -> Any:
    """A number as JSON has it: an int, a decimal where that is exact, else a fraction as text."""
    if isinstance(number, Fraction):
        if number.denominator == 1:
            return int(number)
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
