"""Arithmetic on intervals: from where to where a number lies, if all that is known is where its parts lie."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import inf
from typing import TypeAlias

Bound: TypeAlias = int | Fraction | float
"""An exact number, or one of the infinities."""

Interval: TypeAlias = tuple[Bound, Bound]

EVERYWHERE: Interval = (-inf, inf)


def add(a: Interval, b: Interval) -> Interval:
    """Return where x + y lies."""
    return _sum(a[0], b[0]), _sum(a[1], b[1])


def multiply(a: Interval, b: Interval) -> Interval:
    """Return where x * y lies.

    >>> multiply((-1, 2), (3, inf))
    (-inf, inf)
    """
    if a[0] >= 0 and b[0] >= 0:
        return _product(a[0], b[0]), _product(a[1], b[1])
    ends = [_product(x, y) for x, y in product(a, b)]
    return min(ends), max(ends)


def power(a: Interval, exponent: int) -> Interval:
    """Return where x**n lies; for negative n, where x > 0."""
    result: Interval = (1, 1)
    for _ in range(abs(exponent)):
        result = multiply(result, a)
    if exponent >= 0:
        return result
    low, high = result
    return (_reciprocal(high), _reciprocal(low)) if low >= 0 else EVERYWHERE


# An exact number may be too large to meet a float, so the infinities are kept apart.


def is_infinite(x: Bound) -> bool:
    """Return whether a bound is one of the infinities."""
    return isinstance(x, float)


def _sum(x: Bound, y: Bound) -> Bound:
    if is_infinite(x):
        return x
    return y if is_infinite(y) else x + y


def _product(x: Bound, y: Bound) -> Bound:
    if x == 0 or y == 0:
        return 0
    if is_infinite(x) or is_infinite(y):
        return inf if (x > 0) == (y > 0) else -inf
    return x * y


def _reciprocal(x: Bound) -> Bound:
    if x == 0:
        return inf
    return 0 if x == inf else 1 / Fraction(x)
