"""The values of one symbol that are tried: an arithmetic progression, or a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from math import lcm
from operator import itemgetter
from typing import Any

import numpy as np

from convcost.algebra.lanes import LIMIT, Array, Lanes, lanes
from convcost.errors import UsageError
from convcost.language.scope import exact, setting
from convcost.ops.arguments import show
from convcost.ops.numbers import Number

MOST = 2**62
"""Values of an axis."""

HELP = "for example --over alpha=0.25:1.5:0.05, or --over alpha=0.25,0.5,1"


@dataclass(frozen=True)
class Axis:
    """A symbol's values in order, as numerators over one denominator; a range rises."""

    name: str
    above: range | tuple[int, ...]
    below: int

    def __len__(self) -> int:
        return len(self.above)

    def __str__(self) -> str:
        """As it could have been written.

        >>> str(axis("alpha=1/4:1.6:0.25")), str(axis("H=96,128"))
        ('alpha=0.25:1.5:0.25', 'H=96,128')
        """
        if isinstance(self.above, range):
            numbers = (self.above[0], self.above[-1], self.above.step)
            return f"{self.name}={':'.join(decimal(n, self.below) for n in numbers)}"
        return f"{self.name}={','.join(decimal(n, self.below) for n in self.above)}"

    def value(self, n: int) -> Number:
        """Return the value with this index."""
        return divided(self.above[n], self.below)

    @property
    def ends(self) -> tuple[Number, Number]:
        """The smallest and the largest value."""
        low, high = (min, max) if isinstance(self.above, tuple) else (itemgetter(0), itemgetter(-1))
        return divided(low(self.above), self.below), divided(high(self.above), self.below)

    def part(self, first: int, stop: int) -> Lanes:
        """Return the values from an index on, up to the one before `stop`."""
        above = self.above[first:stop]
        bound = _bound(above)
        array: Array
        if isinstance(above, range) and bound < LIMIT:
            array = np.arange(above.start, above.stop, above.step, dtype=np.int64)
        else:
            array = np.array(above, dtype=_type(bound))
        return Lanes(array, self.below, (bound, self.below))

    def pick(self, indices: Array) -> Lanes:
        """Return the values with these indices."""
        if isinstance(self.above, tuple):
            return Lanes(self._all.above[indices], self.below, self._all.bounds)
        bound = _bound(self.above)
        array: Array = indices.astype(_type(bound), copy=False) * self.above.step + self.above.start
        return Lanes(array, self.below, (bound, self.below))

    @cached_property
    def _all(self) -> Lanes:
        return self.part(0, len(self))


def axis(word: str) -> Axis:
    """Return the axis written as NAME=FIRST:LAST:STEP or NAME=VALUE,VALUE,...; UsageError if there is none.

    The last value is on it if the steps meet it.
    """
    name, equals, text = word.partition("=")
    name = name.strip()
    if not equals or not name or not text.strip():
        raise UsageError(f"--over {word}: an axis is NAME=FIRST:LAST:STEP or NAME=VALUE,...", HELP)
    parts = text.split(":" if ":" in text else ",")
    values = [_number(word, name, part) for part in parts]
    if ":" not in text:
        if len(set(values)) < len(values):
            raise UsageError(f"--over {word}: a value is there twice")
        return _axis(name, values)
    if len(values) > 3:
        raise UsageError(f"--over {word}: a range is FIRST:LAST:STEP", HELP)
    if len(values) == 2 and not all(value.denominator == 1 for value in values):
        raise UsageError(f"--over {word}: in which steps?", f"for example --over {word}:0.05")
    first, last, step = values if len(values) == 3 else (*values, Fraction(1))
    if step <= 0:
        raise UsageError(f"--over {word}: the step {show(step)} is not positive")
    if first > last:
        raise UsageError(f"--over {word}: the range is empty", f"{show(first)} is larger than {show(last)}")
    count = (last - first) // step + 1
    if count > MOST:
        raise UsageError(f"--over {word}: {count:,} values are too many", "choose a larger step")
    if count < 3:
        return _axis(name, [first, first + step][:count])
    below = lcm(first.denominator, step.denominator)
    start, by = int(first * below), int(step * below)
    return Axis(name, range(start, start + count * by, by), below)


def arrays_of(given: Mapping[str, object]) -> tuple[dict[str, Array], tuple[int, ...]]:
    """Return what was given for symbols as arrays, and the shape that they make together.

    They are of ints, or have every number as it was written. UsageError for what is no array, or does not broadcast.
    """
    arrays = {name: _array(name, values) for name, values in given.items()}
    try:
        return arrays, np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} has {array.shape}" for name, array in arrays.items())
        raise UsageError(f"the arrays do not fit together: {shapes}", "give them one shape") from None


def _array(name: str, values: object) -> Array:
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "iu" and not isinstance(values, np.ndarray):
            array = np.asarray(values, dtype=object)
    except ValueError:
        raise UsageError(f"`{name}` is not an array: its rows have different lengths") from None
    return array


def lanes_of(name: str, values: Array) -> Lanes:
    """Return the numbers of an array, as exact as `axis_of` has them."""
    if values.dtype.kind == "i":
        return lanes(values)
    axis, indices = axis_of(name, values)
    return axis.pick(indices)


def axis_of(name: str, values: Array) -> tuple[Axis, Array]:
    """Return an axis of the different numbers in an array, and the index of each; UsageError for what is not a number.

    They are as exact as `scope.exact` has them.
    """
    raw, inverse = values.reshape(-1), np.arange(values.size)
    if values.dtype.kind != "O":
        raw, inverse = np.unique(raw, return_inverse=True)
    numbers = [_exact(name, value) for value in raw]
    different = sorted(set(numbers))
    places = {number: n for n, number in enumerate(different)}
    indices = np.array([places[number] for number in numbers], dtype=np.int64)[inverse]
    return _axis(name, different), indices.reshape(values.shape)


def _exact(name: str, value: Any) -> Fraction:
    number = exact(name, value)
    found = setting(name, number, "values") if isinstance(number, str) else number
    if isinstance(found, bool) or not isinstance(found, int | Fraction):
        raise UsageError(f"`{name}` can't be `{value}`: it is not a number")
    return Fraction(found)


def divided(above: int, below: int) -> Number:
    """Return a value: an int where it is whole."""
    value = Fraction(above, below)
    return value.numerator if value.denominator == 1 else value


@lru_cache(maxsize=1 << 16)
def decimal(above: int, below: int) -> str:
    """Return a value with all its digits; a fraction where no decimal is exact.

    >>> decimal(-5, 4), decimal(96, 1), decimal(1, 3)
    ('-1.25', '96', '1/3')
    """
    value = Fraction(above, below)
    places = next((n for n in range(_MOST_PLACES) if 10**n % value.denominator == 0), None)
    if not places:
        return str(value)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


_MOST_PLACES = 30


def _axis(name: str, values: list[Fraction]) -> Axis:
    below = lcm(*(value.denominator for value in values))
    return Axis(name, tuple(int(value * below) for value in values), below)


def _number(word: str, name: str, text: str) -> Fraction:
    value = setting(name, text.strip(), "--over") if text.strip() else None
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        raise UsageError(f"--over {word}: `{text.strip()}` is not a number", HELP)
    return Fraction(value)


def _bound(above: range | tuple[int, ...]) -> int:
    """Return what no numerator exceeds, whatever its sign, nor any other number on the way to an array of them."""
    return max(map(abs, (above.start, above.stop, above.step) if isinstance(above, range) else above))


def _type(bound: int) -> type:
    return np.int64 if bound < LIMIT else object
