"""The words every operator's formulas are written in.

A formula uses `+ - * //` and the helpers below and never compares, so that one expression runs unchanged on Python
ints, on polynomials in symbols and on integer numpy arrays. The helpers dispatch on the type of the number: whoever
brings another kind of number (as `convcost.algebra` does) registers it here, and ints never pay for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import singledispatch
from math import gcd
from typing import Any, TypeAlias

Number: TypeAlias = Any
"""An int, a Fraction, a polynomial or an integer numpy array: whatever the formula is asked about."""

Exact: TypeAlias = int | Fraction
"""A number that is no symbol. The union has a name since it would be made anew wherever it is written."""


class NeedsNumber(Exception):
    """A symbolic value stands where the network's structure depends on it: a repeat count, an exponent.

    `why` says what it does there, to complete "`n` ...".
    """

    def __init__(self, value: Number, why: str = "decides which layers there are") -> None:
        super().__init__(f"{value} must be a number here")
        self.value = value
        self.why = why


@singledispatch
def minimum(a: Number, b: Number) -> Number:
    """Return the smaller of two numbers of any kind."""
    raise TypeError(f"no minimum for {type(a).__name__}")


@minimum.register(int)
def _(a: int, b: Number) -> Number:
    return (a if a < b else b) if isinstance(b, Exact) else minimum(b, a)


minimum.register(Fraction, minimum.dispatch(int))


def maximum(a: Number, b: Number) -> Number:
    """Return the larger of two numbers of any kind."""
    if type(a) is int and type(b) is int:
        return a if a > b else b
    return -minimum(-a, -b)


@singledispatch
def exact(a: Number, b: Number) -> Number:
    """a / b where b is known to divide a: channels per group. Guards see to it that it does.

    >>> exact(96, 2)
    48
    """
    return a // b


@exact.register(int)
def _(a: int, b: Number) -> Number:
    return a // b if isinstance(b, int) else exact.dispatch(type(b))(a, b)


def ceil_div(a: Number, b: Number) -> Number:
    """a / b rounded up, for whole a and b > 0.

    >>> ceil_div(7, 2), ceil_div(-1, 2)
    (4, 0)
    """
    return (a + b - 1) // b


@singledispatch
def common_divisor(a: Number, b: Number) -> Number:
    """Return the greatest common divisor of two numbers of any kind."""
    raise TypeError(f"no common divisor for {type(a).__name__}")


@common_divisor.register(int)
def _(a: int, b: Number) -> Number:
    return gcd(a, b) if isinstance(b, int) else common_divisor(b, a)


@singledispatch
def sum_below(counter: Number, count: Number, number: Number) -> Number:
    """Return the sum of a number, in which the symbol `counter` stands, over counter = 0 to count - 1.

    Raises NeedsNumber for the count where the sum has no closed form.
    """
    raise TypeError(f"no sums over {type(counter).__name__}")


def plain(value: Number) -> Number:
    """Return a whole Fraction as an int, anything else as it is.

    >>> plain(Fraction(24)), plain(Fraction(1, 3))
    (24, Fraction(1, 3))
    """
    return value.numerator if type(value) is Fraction and value.denominator == 1 else value


def divide(a: Number, b: Number) -> Number:
    """Return a / b exactly, and an int where that is one.

    >>> divide(6, 3), divide(1, 2)
    (2, Fraction(1, 2))
    """
    if isinstance(b, int) and b == 1:
        return plain(a)
    if isinstance(a, Exact) and isinstance(b, Exact):
        return plain(Fraction(a) / b)
    return a / b


def differ(a: Number, b: Number) -> bool:
    """Return whether two numbers are not equal. Guards ask so: symbols are equal in form before they are in value."""
    return bool(a - b)


def product(numbers: Iterable[Number]) -> Number:
    """Return the product of numbers of any kind; 1 for none.

    >>> product([3, 4, 5])
    60
    """
    result: Number = 1
    for number in numbers:
        result = result * number
    return result
