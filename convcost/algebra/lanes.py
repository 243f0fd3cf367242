"""Many exact fractions at once: numpy arrays that a law is evaluated on, configuration by configuration.

Every number carries a bound on its absolute value, worked out in Python's ints from those of its operands. Where a
result could leave 64 bits, it is computed on arrays of Python ints instead: slower, and as exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import lcm
from typing import Any, TypeAlias

import numpy as np

from convcost.ops import numbers, rounding, windows
from convcost.ops.numbers import Number
from convcost.ops.windows import Window

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

Column: TypeAlias = Iterable[int | Fraction] | Array
"""Numbers side by side: an array of ints, or ints and fractions."""

LIMIT = 2**63
"""What an int64 can't hold."""


# The C library gives memory back to the system, and gets it anew page by page, with every array that is larger than the
# largest one freed so far. So one large one, of which no page is ever touched, makes chunks twice as fast.
np.empty(1 << 24, dtype=np.uint8)


class Lanes:
    """above / below, with below > 0: an array over an int or over an array. Shapes broadcast, as numpy's do."""

    __slots__ = ("above", "below", "bounds")

    def __init__(self, above: Array, below: int | Array, bounds: tuple[int, int]) -> None:
        self.above = above
        self.below = below
        self.bounds = bounds

    @property
    def array(self) -> Array:
        """The values, if they are known to be whole."""
        if isinstance(self.below, int) and self.below == 1:
            return self.above
        return np.asarray(self.above // divisor_of(self.above, self.below))

    def __add__(self, other: Number) -> Lanes:
        b = lanes_of(other)
        if isinstance(self.below, int) and isinstance(b.below, int):
            below = lcm(self.below, b.below)
            left, right = below // self.below, below // b.below
            bounds = self.bounds[0] * left + b.bounds[0] * right, below
            above = _scaled(self.above, left, bounds[0]) + _scaled(b.above, right, bounds[0])
            return Lanes(above, below, bounds)
        bounds = self.bounds[0] * b.bounds[1] + b.bounds[0] * self.bounds[1], self.bounds[1] * b.bounds[1]
        wide = max(bounds)
        left, right = _scaled(self.above, b.below, wide), _scaled(b.above, self.below, wide)
        return Lanes(left + right, _scaled(self.below, b.below, wide), bounds)

    __radd__ = __add__

    def __neg__(self) -> Lanes:
        return Lanes(-self.above, self.below, self.bounds)

    def __sub__(self, other: Number) -> Lanes:
        return self + (-lanes_of(other))

    def __rsub__(self, other: Number) -> Lanes:
        return lanes_of(other) - self

    def __mul__(self, other: Number) -> Lanes:
        if isinstance(other, int) and other == 1:
            return self
        b = lanes_of(other)
        bounds = self.bounds[0] * b.bounds[0], self.bounds[1] * b.bounds[1]
        wide = max(bounds)
        return Lanes(_scaled(self.above, b.above, wide), _scaled(self.below, b.below, wide), bounds)

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Lanes:
        result = lanes_of(1)
        for _ in range(exponent):
            result = result * self
        return result

    def __truediv__(self, other: Number) -> Lanes:
        if isinstance(other, int) and other > 0 and isinstance(self.below, int):
            return Lanes(self.above, self.below * other, (self.bounds[0], self.below * other))
        return self * (_reciprocal(other) if isinstance(other, Lanes) else 1 / Fraction(other))

    def __rtruediv__(self, other: Number) -> Lanes:
        return lanes_of(other) / self

    def __floordiv__(self, other: Number) -> Lanes:
        if isinstance(other, int) and other > 0 and isinstance(self.below, int):
            divisor = self.below * other
            bounds = self.bounds[0] // divisor + 1, 1
            power = divisor.bit_length() - 1
            # A shift rounds down as well, and is several times faster.
            return Lanes(self.above >> power if divisor == 1 << power else self.above // divisor, 1, bounds)
        quotient = self / other
        divisor = divisor_of(quotient.above, quotient.below)
        return Lanes(quotient.above // divisor, 1, (quotient.bounds[0] + 1, 1))

    def __rfloordiv__(self, other: Number) -> Lanes:
        return lanes_of(other) // self


def lanes(values: Column | Lanes) -> Lanes:
    """Numbers side by side.

    >>> at = lanes([Fraction(1, 2), Fraction(3, 4)])
    >>> (at * 32).array, ((at * 32 + 1) // 2).array
    (array([16, 24]), array([ 8, 12]))
    """
    if isinstance(values, Lanes):
        return values
    if isinstance(values, np.ndarray):
        bound = max(abs(int(values.max())), abs(int(values.min()))) if values.size else 0
        return Lanes(values.astype(np.int64, copy=False), 1, (bound, 1))
    fractions = list(map(Fraction, values))
    below = lcm(*(value.denominator for value in fractions))
    above = [int(value * below) for value in fractions]
    bound = max(map(abs, above), default=0)
    return Lanes(np.array(above, dtype=_type(max(bound, below))), below, (bound, below))


def arange(first: int, last: int) -> Lanes:
    """Return the whole numbers from the first to the last."""
    bound = max(abs(first), abs(last))
    return Lanes(np.arange(first, last + 1, dtype=_type(bound)), 1, (bound, 1))


def array_of(number: Number) -> Array:
    """Return the values of a number that is known to be whole; one value if it is the same for all."""
    return lanes_of(number).array


def _reciprocal(number: Lanes) -> Lanes:
    """1 / number: the sign goes above."""
    sign, wide = np.sign(number.above), max(number.bounds)
    return Lanes(_scaled(sign, number.below, wide), np.abs(number.above), number.bounds[::-1])


def lanes_of(number: Number) -> Lanes:
    """Return a number as lanes: one value for all configurations if it is none."""
    if isinstance(number, Lanes):
        return number
    above, below = number.numerator, number.denominator
    return Lanes(np.asarray(above, dtype=_type(abs(above))), below, (abs(above), below))


def divisor_of(above: Array, below: Any) -> Any:
    """Return what to divide by: Python's ints, unlike numpy's, can't be divided by 0."""
    if isinstance(below, np.ndarray) and object in (above.dtype, below.dtype):
        return np.where(below == 0, 1, below)
    return below


def _type(bound: int) -> type:
    return np.int64 if bound < LIMIT else object


def _scaled(a: Any, b: Any, bound: int) -> Any:
    """a * b where no result exceeds the bound."""
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    if isinstance(b, int) and b == 1 and bound < LIMIT:
        return a
    if bound >= LIMIT:
        return np.asarray(a, dtype=object) * b
    return np.asarray(a * b)


def _minimum(a: Lanes, b: Number) -> Lanes:
    difference = a - b
    return lanes_of(b) + Lanes(np.minimum(difference.above, 0), difference.below, difference.bounds)


def _made_divisible(number: Number, of: Number) -> Lanes:
    x, divisor = lanes_of(number), lanes_of(of)
    # Where the divisor is whole, both roundings are one.
    count = (2 * x + of) // (2 * of) if isinstance(of, int) else (2 * x + divisor) // 2 // divisor
    multiple = count * divisor
    multiple = divisor - _minimum(divisor - multiple, 0)
    short = (multiple * 10 - x * 9).above < 0
    return multiple + divisor * Lanes(short.astype(np.int64), 1, (1, 1))


def _rounded(x: Lanes) -> Lanes:
    low = x // 1
    excess = (2 * (x - low) - 1).above
    up = (excess > 0) | ((excess == 0) & (low.above % 2 == 1))
    return low + Lanes(up.astype(low.above.dtype), 1, (1, 1))


def _common_divisor(a: Lanes, b: Number) -> Lanes:
    other = lanes_of(b)
    return Lanes(np.gcd(a.array, other.array), 1, (max(a.bounds[0], other.bounds[0]), 1))


def _real_reads(kernel: Number, window: Window, size: Number, output: Number) -> Lanes:
    parts = [lanes_of(n).array for n in (kernel, window.stride, window.before, window.dilation, size, output)]

    def count(k: int, s: int, before: int, d: int, i: int, o: int) -> int:
        # What the network refuses is among them; there is nothing to count.
        return Window(k, s, before, 0, d).real_reads(i, o) if min(k, s, d, i, o) > 0 else 0

    return lanes(np.vectorize(count, otypes=[np.int64])(*parts))


numbers.minimum.register(Lanes, _minimum)
numbers.common_divisor.register(Lanes, _common_divisor)
rounding.floor.register(Lanes, lambda x: x // 1)
rounding.nearest.register(Lanes, _rounded)
rounding.make_divisible.register(Lanes, _made_divisible)
windows.count_real_reads.register(Lanes, _real_reads)
