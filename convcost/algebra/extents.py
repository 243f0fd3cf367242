"""Roundings of polynomials in canonical form, and the helpers of `ops` for them: importing this registers them.

Nested floors of whole numbers collapse: floor((floor(y) + c)/s) = floor((y + c)/s) for whole c and s > 0. So along
convolutions and poolings a size stays one floor of the input's size, and two sizes that are equal look equal.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from math import inf

from convcost.algebra.atoms import Monomial, atom_of, is_whole, order
from convcost.algebra.intervals import EVERYWHERE, Bound, Interval
from convcost.algebra.polynomial import Coefficient, Polynomial, lead, make, sum_of
from convcost.ops import numbers, rounding, windows
from convcost.ops.numbers import Number
from convcost.ops.windows import Window


@lru_cache(maxsize=256)
def floor_of(number: Polynomial) -> Number:
    """floor(number): what is whole stands outside, and no floor directly inside another.

    >>> from convcost.algebra import notation
    >>> from convcost.algebra.polynomial import symbol
    >>> H = symbol("H", whole=True, least=1)
    >>> ((H - 1) // 2 + 1 - 1) // 2 + 1, (5*H + 7) // 2, -(-H // 4)
    (ceil(H/4), 2*H + ceil(H/2) + 3, ceil(H/4))
    """
    outside: dict[Monomial, Coefficient] = {}
    rest: dict[Monomial, Coefficient] = {}
    for monomial, c in number.terms.items():
        whole = math.trunc(c) if is_whole(monomial) else 0
        outside[monomial] = whole
        if c != whole and monomial:
            rest[monomial] = c - whole
    constant = Fraction(number.terms.get((), 0)) - outside.get((), 0)
    if rest and all(map(is_whole, rest)):
        inside = _floor_of_whole(Polynomial(rest), constant)
    else:
        outside[()] = outside.get((), 0) + math.floor(constant)
        inside = _floor(sum_of({**rest, (): constant - math.floor(constant)})) if rest else 0
    return sum_of(outside) + inside


def _floor_of_whole(rest: Polynomial, constant: Fraction) -> Number:
    """floor(rest + constant), where all monomials are whole: the rest is a multiple of 1/d."""
    d = rest.denominator
    constant = Fraction(math.floor(constant * d), d)
    if rest.terms[lead(rest)] < 0:
        return -rounding.floor(-rest - constant + Fraction(d - 1, d))
    nested = [monomial for monomial, c in rest.terms.items() if c == Fraction(1, d) and _is_floor(monomial)]
    if nested:
        # (floor(y) + c)/d, for all else is a multiple of 1/d.
        monomial = max(nested, key=order)
        atom = atom_of(monomial)
        assert atom is not None
        return rounding.floor(rest - sum_of({monomial: Fraction(1, d)}) + atom.parts[0] / d + constant)
    whole = math.floor(constant)
    return _floor(rest + (constant - whole)) + whole


def _is_floor(monomial: Monomial) -> bool:
    atom = atom_of(monomial)
    return atom is not None and atom.kind == "floor"


def _floor(inside: Polynomial) -> Polynomial:
    interval = _floored(lowest(inside)), _floored(highest(inside))
    return make("floor", inside, whole=True, interval=interval)


def _floored(bound: Bound) -> Bound:
    return bound if bound in EVERYWHERE else math.floor(bound)


@lru_cache(maxsize=256)
def lowest(number: Polynomial) -> Bound:
    """Return a bound from below: floors are opened, so that what they are floors of may cancel.

    >>> from convcost.algebra import notation
    >>> from convcost.algebra.polynomial import symbol
    >>> H = symbol("H", whole=True, least=1)
    >>> lowest(H - H // 2)
    1
    """
    opened: Number = number
    for _ in range(_MOST_OPENED):
        opened = _opened(opened)
    bound: Bound = max(n.interval[0] if isinstance(n, Polynomial) else n for n in (number, opened))
    return math.ceil(bound) if number.is_whole and bound not in EVERYWHERE else bound


_MOST_OPENED = 20


def _opened(number: Number) -> Number:
    """A number that is not larger, with one floor less: y - slack <= floor(y) <= y."""
    floors = [monomial for monomial in number.terms if _is_floor(monomial)] if isinstance(number, Polynomial) else []
    if not floors:
        return number
    monomial = max(floors)  # the last made: no other one has it inside
    c, atom = number.terms[monomial], atom_of(monomial)
    assert atom is not None
    y = atom.parts[0]
    slack = Fraction(y.denominator - 1, y.denominator) if all(map(is_whole, y.terms)) else 1
    return number - sum_of({monomial: c}) + c * (y - slack if c > 0 else y)


def highest(number: Polynomial) -> Bound:
    """Return a bound from above."""
    return -lowest(-number)


def positive_part(number: Number) -> Number:
    """max(number, 0)."""
    if not isinstance(number, Polynomial):
        return max(number, 0)
    if lowest(number) >= 0:
        return number
    if highest(number) <= 0:
        return 0
    if number.terms[lead(number)] < 0:
        return positive_part(-number) + number  # max(-x, 0) = max(x, 0) - x
    content = Fraction(
        math.gcd(*((c * number.denominator).numerator for c in number.terms.values())), number.denominator
    )
    inside = number / content
    return content * make("positive", inside, whole=inside.is_whole, interval=(0, highest(inside)))


def _rounded(number: Polynomial) -> Number:
    if number.is_whole:
        return number
    low, high = lowest(number), highest(number)
    return make("round", number, whole=True, interval=(_floored(low), high if high == inf else math.ceil(high)))


def _made_divisible(number: Number, divisor: Number) -> Number:
    least: Interval = (divisor if isinstance(divisor, int | Fraction) else 1, inf)
    whole = divisor.is_whole if isinstance(divisor, Polynomial) else Fraction(divisor).denominator == 1
    return make("make_divisible", number, divisor, whole=whole, interval=least)


def _common_divisor(a: Polynomial, b: Number) -> Number:
    if a == b and lowest(a) >= 0:
        return a
    if 1 in (a, b):
        return 1
    # The order of the two says nothing.
    first, second = sorted((a, b), key=lambda n: order(lead(n)) if isinstance(n, Polynomial) else (-1, []))
    return make("gcd", first, second, whole=True, interval=(0, inf))


def _real_reads(kernel: Number, window: Window, size: Number, output: Number) -> Number:
    parts = kernel, window.stride, window.before, window.dilation, size, output
    return make("reads", *parts, whole=True, interval=(0, inf))


numbers.minimum.register(Polynomial, lambda a, b: a - positive_part(a - b))
numbers.exact.register(Polynomial, lambda a, b: a / b)
numbers.common_divisor.register(Polynomial, _common_divisor)
windows.count_real_reads.register(Polynomial, _real_reads)
rounding.floor.register(Polynomial, floor_of)
rounding.nearest.register(Polynomial, _rounded)
rounding.make_divisible.register(Polynomial, _made_divisible)
