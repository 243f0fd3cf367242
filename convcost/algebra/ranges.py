"""Bounds of a law over ranges of its variables: the same evaluation, on numbers that are intervals."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import inf

from convcost.algebra.bounds import highest, lowest
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.intervals import EVERYWHERE, Bound, Interval, add, multiply, power
from convcost.algebra.polynomial import Polynomial, make, number_of
from convcost.ops import numbers, rounding, windows
from convcost.ops.numbers import Number
from convcost.ops.windows import Window


class Range:
    """Some number from `low` to `high`; an end may be infinite.

    >>> from convcost.algebra.polynomial import symbol
    >>> H = symbol("H", whole=True, least=1)
    >>> Evaluation({"H": Range(10, inf)})(3 * (H // 4) + 1).low
    7
    """

    __slots__ = ("high", "low")

    def __init__(self, low: Bound, high: Bound) -> None:
        self.low = low
        self.high = high

    @property
    def interval(self) -> Interval:
        """Both ends."""
        return self.low, self.high

    def __add__(self, other: Number) -> Range:
        return Range(*add(self.interval, _range(other).interval))

    __radd__ = __add__

    def __neg__(self) -> Range:
        return Range(-self.high, -self.low)

    def __sub__(self, other: Number) -> Range:
        return self.__add__(-other)

    def __rsub__(self, other: Number) -> Range:
        return (-self).__add__(other)

    def __mul__(self, other: Number) -> Range:
        return Range(*multiply(self.interval, _range(other).interval))

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Range:
        return self * Range(*power(_range(other).interval, -1))

    def __rtruediv__(self, other: Number) -> Range:
        return _range(other).__truediv__(self)

    def __floordiv__(self, other: Number) -> Range:
        return self.__truediv__(other).through(rounding.floor)

    def __rfloordiv__(self, other: Number) -> Range:
        return self.__rtruediv__(other).through(rounding.floor)

    def through(self, rising: Callable[[Number], Number]) -> Range:
        """Return a function that never falls, of the number."""
        low, high = (end if end in EVERYWHERE else rising(end) for end in self.interval)
        return Range(low, high)


class Known(Range):
    """A range of a number that is known: in sums, and in what they are divided by numbers, it may cancel.

    Products are ranges alone: multiplied out, it does not show that they rise with what is multiplied.

    >>> from convcost.algebra.polynomial import symbol
    >>> k = Known(symbol("k", whole=True, least=1), 1)
    >>> (32 + 2 * (k // 2) - k).interval
    (31, 32)
    """

    __slots__ = ("number",)

    def __init__(self, number: Number, low: Bound = -inf, high: Bound = inf) -> None:
        """Keep a number, with what else is known of where it lies."""
        low, high = max(low, bounds(number)[0]), min(high, bounds(number)[1])
        super().__init__(low, max(low, high))
        self.number = number

    def __add__(self, other: Number) -> Range:
        total = super().__add__(other)
        if isinstance(other, Range) and not isinstance(other, Known):
            return total
        return Known(self.number + (other.number if isinstance(other, Known) else other), *total.interval)

    __radd__ = __add__

    def __neg__(self) -> Range:
        return Known(-self.number, -self.high, -self.low)

    def __mul__(self, other: Number) -> Range:
        product = super().__mul__(other)
        return product if isinstance(other, Range) else Known(self.number * other, *product.interval)

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Range:
        return super().__truediv__(other) if isinstance(other, Range) else self * Fraction(1, other)

    def through(self, rising: Callable[[Number], Number]) -> Range:
        """Return a function that never falls, of the number."""
        return Known(rising(self.number), *super().through(rising).interval)


def from_ends(number: Number, at: Evaluation) -> Number:
    """Return the number, written in how far its atoms are from the end of where they lie in these ranges.

    All coefficients of what only rises are positive then, and the bounds over any part of the ranges are exact.
    """
    if not isinstance(number, Polynomial):
        return number
    written = {atom: _from_end(number_of(atom), _range(at(number_of(atom)))) for atom in number.atoms}
    result: Number = 0
    for monomial, c in number.terms.items():
        term: Number = c
        for atom, exponent in monomial:
            term = term * (written[atom] if exponent > 0 else number_of(atom)) ** exponent
        result = result + term
    return result


def _from_end(atom: Polynomial, range: Range) -> Number:
    if range.low == 0 or range.interval == EVERYWHERE:
        return atom
    sign, end = (1, range.low) if range.low != -inf else (-1, range.high)
    return end + sign * make("sum", sign * (atom - end), whole=False, interval=(0, inf))


def bounds(number: Number) -> Interval:
    """From where to where a number lies, of whatever kind it is."""
    if isinstance(number, Range):
        return number.interval
    return (lowest(number), highest(number)) if isinstance(number, Polynomial) else (number, number)


def _range(number: Number) -> Range:
    return number if isinstance(number, Range) else Range(number, number)


def _minimum(a: Range, b: Number) -> Range:
    other = _range(b)
    return Range(min(a.low, other.low), min(a.high, other.high))


def _common_divisor(a: Range, b: Number) -> Range:
    return Range(0, max(a.high, _range(b).high))


def _real_reads(kernel: Number, window: Window, size: Number, output: Number) -> Range:
    return Range(0, _range(kernel).high) * Range(0, max(0, _range(output).high))


def _made_divisible(number: Number, divisor: Number) -> Range:
    x, d = _range(number), _range(divisor)
    if d.low == d.high:
        # It rounds to the nearest multiple, or to the one above where that is too far below: neither ever falls.
        return x.through(lambda end: rounding.make_divisible(Fraction(end), d.low))
    # At least one divisor and nine tenths of x, and less than one divisor above x.
    least, most = x * Fraction(9, 10), Range(0, max(x.high, 0)) + d
    return Range(max(d.low, least.low), most.high)


numbers.minimum.register(Range, _minimum)
numbers.common_divisor.register(Range, _common_divisor)
rounding.floor.register(Range, lambda x: x.through(rounding.floor))
rounding.nearest.register(Range, lambda x: x.through(rounding.nearest))
rounding.make_divisible.register(Range, _made_divisible)
windows.count_real_reads.register(Range, _real_reads)
