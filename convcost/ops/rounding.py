"""Rounding of exact fractions to whole numbers, as specs and papers write it. Other kinds of number register theirs."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import singledispatch

from convcost.ops.numbers import Exact, Number


@singledispatch
def floor(x: Number) -> Number:
    """Return the largest whole number not above x."""
    raise TypeError(f"no floor for {type(x).__name__}")


@floor.register(int)
@floor.register(Fraction)
def _(x: int | Fraction) -> int:
    return math.floor(x)


def ceiling(x: Number) -> Number:
    """Return the smallest whole number not below x."""
    return -floor(-x)


@singledispatch
def nearest(x: Number) -> Number:
    """Return the nearest whole number; halves go to the even one, as in Python.

    >>> nearest(Fraction(5, 2)), nearest(Fraction(7, 2))
    (2, 4)
    """
    raise TypeError(f"no rounding for {type(x).__name__}")


@nearest.register(int)
@nearest.register(Fraction)
def _(x: int | Fraction) -> int:
    return round(x)


@singledispatch
def make_divisible(x: Number, divisor: Number) -> Number:
    """Return the multiple of `divisor` nearest to x (halves up), at least one of it, and never more than 10 % below x.

    The rule of MobileNetV2's reference code; a width multiplier then gives widths that hardware likes.

    >>> make_divisible(Fraction(112, 5), 8), make_divisible(9, 8)
    (24, 16)
    """
    raise TypeError(f"no rounding for {type(x).__name__}")


@make_divisible.register(int)
@make_divisible.register(Fraction)
def _(x: int | Fraction, divisor: int) -> Number:
    if not isinstance(divisor, Exact):
        return make_divisible.dispatch(type(divisor))(x, divisor)
    multiple = max(divisor, math.floor(x + Fraction(divisor, 2)) // divisor * divisor)
    return multiple + divisor if 10 * multiple < 9 * x else multiple
