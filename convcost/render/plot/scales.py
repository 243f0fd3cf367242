"""The axes of a plot: from where to where, linear or logarithmic, in which unit, and which numbers stand at them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from math import ceil, floor, isqrt, log10
from typing import NamedTuple

SPAN = 10
"""The largest number of an axis over its smallest, from which on it is logarithmic."""
_MARGIN = 0.06
"""Of an axis, on each side of the points."""
_TICKS = 7
"""Numbers that stand at an axis, at most."""


class Quantity(NamedTuple):
    """What an axis shows: its name, its unit, and whether large numbers of it have prefixes: 0, 1000 or 1024 apart."""

    label: str
    unit: str = ""
    prefixed: int = 0


class Tick(NamedTuple):
    """A number that stands at an axis."""

    value: float
    text: str


class Scale(NamedTuple):
    """An axis: where it begins and ends, and its ticks, in units of `divisor`."""

    label: str
    low: float
    high: float
    log: bool
    divisor: int
    ticks: Sequence[Tick]

    def place(self, value: float) -> float:
        """Return where a number stands: from 0 at the beginning of the axis to 1 at its end."""
        value /= self.divisor
        if self.log:
            return log10(value / self.low) / log10(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def scale_of(quantity: Quantity, values: Sequence[float], log: bool | None = None) -> Scale:
    """Return the axis of some numbers; logarithmic where that is asked for, or where they span more than `SPAN`.

    Numbers that are not above 0 are on no logarithmic axis: then it is linear.

    >>> scale_of(Quantity("MACs", prefixed=1000), [1814073344, 4089184256]).label
    'MACs, G'
    """
    least, most = min(values), max(values)
    log = least > 0 and (most > SPAN * least if log is None else log)
    middle = isqrt(ceil(least) * ceil(most)) if log else max(abs(least), abs(most))
    prefix, divisor = _prefix(quantity.prefixed, middle)
    unit = f"{prefix}{quantity.unit}"
    least, most = least / divisor, most / divisor
    if log:
        room = (most / least) ** _MARGIN if most > least else 2.0
        low, high = least / room, most * room
    else:
        room = _MARGIN * (most - least) or abs(most) / 10 or 1.0
        low, high = least - room, most + room
        if low < 0 <= least:
            low = 0.0
    ticks = (_log_ticks(low, high) if log else []) or _ticks(low, high)
    return Scale(f"{quantity.label}, {unit}" if unit else quantity.label, low, high, log, divisor, ticks)


def _prefix(base: int, value: float) -> tuple[str, int]:
    """The prefix with which a number has few digits, and what it stands for."""
    if not base:
        return "", 1
    prefixes = ("", "k", "M", "G", "T", "P", "E") if base == 1000 else ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
    step = next((n for n in range(len(prefixes)) if value < base ** (n + 1)), len(prefixes) - 1)
    return prefixes[step], base**step


def _ticks(low: float, high: float) -> list[Tick]:
    """Multiples of 1, 2 or 5 times a power of ten, as many as there is room for.

    >>> [tick.text for tick in _ticks(0.93, 4.2)]
    ['1.0', '1.5', '2.0', '2.5', '3.0', '3.5', '4.0']
    """
    for power in count(floor(log10((high - low) / _TICKS))):
        for step in (1, 2, 5):
            first, last = (f(end / step / 10.0**power) for f, end in ((ceil, low), (floor, high)))
            if last - first < _TICKS:
                return [_tick(n * step, power) for n in range(first, last + 1)]
    raise AssertionError("there is always a larger step")


def _log_ticks(low: float, high: float) -> list[Tick]:
    """Powers of ten, and where there is room also their multiples; nothing where that makes fewer than three.

    >>> [tick.text for tick in _log_ticks(0.04, 20)]
    ['0.1', '0.3', '1', '3', '10']
    >>> [tick.text for tick in _log_ticks(30, 900)]
    ['50', '100', '200', '500']
    """
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    sparse = -(-len(powers) // _TICKS)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        every = 1 if len(steps) > 1 else sparse
        ticks = [_tick(step, power) for power in powers if power % every == 0 for step in steps]
        ticks = [tick for tick in ticks if low <= tick.value <= high]
        if len(ticks) <= _TICKS:
            return ticks if len(ticks) > 2 else []
    return ticks


def _tick(digits: int, power: int) -> Tick:
    """A number that is digits times a power of ten, with no digit that says nothing."""
    if power >= 0:
        value = digits * 10**power
        return Tick(value, f"{value:,}" if value < 10**7 else f"{value:.0e}".replace("e+", "e"))
    return Tick(digits / 10**-power, f"{digits / 10**-power:,.{-power}f}" if power > -6 else f"{digits}e{power}")
