"""Roundings of polynomials in canonical form, and the helpers of `ops` for them: importing this registers them.

Nested floors of whole numbers collapse: floor((floor(y) + c)/s) = floor((y + c)/s) for whole c and s > 0. So along
convolutions and poolings a size stays one floor of the input's size, and two sizes that are equal look equal.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from math import inf

from convcost.algebra.anatomy import common_factor
from convcost.algebra.atoms import Monomial, TooLong, atom_of, is_whole, order
from convcost.algebra.bounds import divided, highest, lowest
from convcost.algebra.intervals import Bound, is_infinite
from convcost.algebra.polynomial import Coefficient, Polynomial, is_count, lead, make, number_of, sum_of
from convcost.ops import numbers, rounding, windows
from convcost.ops.numbers import Number
from convcost.ops.windows import Window


@lru_cache(maxsize=256)
def floor_of(number: Polynomial) -> Number:
    """floor(number): what is whole stands outside, and no floor directly inside another.

    >>> from convcost.algebra import texts
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
        inside = _floor_of_quotient(sum_of({**rest, (): constant - math.floor(constant)})) if rest else 0
    return sum_of(outside) + inside


def _floor_of_whole(rest: Polynomial, constant: Fraction) -> Number:
    """floor(rest + constant), where all monomials are whole: the rest is a multiple of 1/d."""
    d = rest.denominator
    if d > _LARGEST_DIVISOR:
        raise TooLong
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


def _floor_of_quotient(number: Polynomial) -> Number:
    """floor(number), which may be one whole number over another one that is a product of symbols, or a sum."""
    quotient = divided(number)
    if quotient is not number:
        return rounding.floor(quotient)
    above, below = number.fraction
    if not is_count(below) or (isinstance(above, Polynomial) and not above.is_whole):
        return _floor(number)
    if _at_least(above, 0) and _at_least(below - 1 - above, 0):
        return 0  # less than what it is divided by
    if _at_least(-1 - above, 0) and _at_least(above + below, 0):
        return -1
    if not isinstance(above, Polynomial):
        return _floor(number)
    nested = [m for m, c in above.terms.items() if c == 1 and _is_floor(m)]
    if nested:
        # floor((floor(y) + c)/d) = floor((y + c)/d) for whole c and d.
        atom = atom_of(max(nested, key=order))
        assert atom is not None
        return rounding.floor((above - number_of(atom) + atom.parts[0]) / below)
    if above.terms[_first(above)] < 0:
        return -rounding.floor((below - 1 - above) / below)
    return _floor(number)


def _at_least(number: Number, least: int) -> bool:
    return (lowest(number) if isinstance(number, Polynomial) else number) >= least


def _first(number: Polynomial) -> Monomial:
    """The monomial whose sign a rounding has outside: one of the lowest degree, as sizes are beside products."""
    return min((monomial for monomial in number.terms if monomial), key=order)


_LARGEST_DIVISOR = 1 << 256


def _is_floor(monomial: Monomial) -> bool:
    atom = atom_of(monomial)
    return atom is not None and atom.kind == "floor"


def _floor(inside: Polynomial) -> Polynomial:
    interval = _floored(lowest(inside)), _floored(highest(inside))
    above, below = inside.fraction
    if is_count(below) and isinstance(above, Polynomial):  # no farther from zero than what is divided
        interval = max(interval[0], min(_floored(lowest(above)), 0)), min(interval[1], max(highest(above), 0))
    return make("floor", inside, whole=True, interval=interval)


def _floored(bound: Bound) -> Bound:
    return bound if is_infinite(bound) else math.floor(bound)


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
    c, shared, inside = common_factor(number)
    if shared and all(exponent > 0 and atom.interval[0] >= 0 for atom, exponent in shared):
        return sum_of({shared: c}) * positive_part(inside)
    inside = number / c
    return c * make("positive", inside, whole=inside.is_whole, interval=(0, highest(inside)))


def _rounded(number: Polynomial) -> Number:
    if number.is_whole:
        return number
    low, high = lowest(number), highest(number)
    return make("round", number, whole=True, interval=(_floored(low), high if high == inf else math.ceil(high)))


def _made_divisible(number: Number, divisor: Number) -> Number:
    whole = divisor.is_whole if isinstance(divisor, Polynomial) else Fraction(divisor).denominator == 1
    near = lowest(number) if isinstance(number, Polynomial) else number
    least = max(1 if isinstance(divisor, Polynomial) else divisor, near if near == -inf else near * Fraction(9, 10))
    return make("make_divisible", number, divisor, whole=whole, interval=(least, inf))


def _common_divisor(a: Polynomial, b: Number) -> Number:
    if a == b and lowest(a) >= 0:
        return a
    if 1 in (a, b):
        return 1
    # The order of the two says nothing.
    first, second = sorted((a, b), key=lambda n: order(lead(n)) if isinstance(n, Polynomial) else (-1, []))
    most = min((highest(n) if isinstance(n, Polynomial) else n for n in (a, b) if is_count(n)), default=inf)
    return make("gcd", first, second, whole=True, interval=(0 if most == inf else 1, most))


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
