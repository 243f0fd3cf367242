"""Roundings of polynomials in canonical form, and the helpers of `ops` for them: importing this registers them.

Nested floors of whole numbers collapse: floor((floor(y) + c)/s) = floor((y + c)/s) for whole c and s > 0. So along
convolutions and poolings a size stays one floor of the input's size, and two sizes that are equal look equal.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from math import inf

from convcost.algebra.anatomy import atoms_of, common_factor
from convcost.algebra.atoms import Atom, Monomial, TooLong, atom_of, is_whole, order, times
from convcost.algebra.intervals import Bound, is_infinite
from convcost.algebra.polynomial import Coefficient, Polynomial, is_count, lead, make, number_of, sum_of
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
    divided = _divided(number)
    if divided is not number:
        return rounding.floor(divided)
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


@lru_cache(maxsize=1024)
def lowest(number: Polynomial) -> Bound:
    """Return a bound from below: floors are opened, so that what they are floors of may cancel.

    >>> from convcost.algebra import notation
    >>> from convcost.algebra.polynomial import symbol
    >>> H = symbol("H", whole=True, least=1)
    >>> lowest(H - H // 2), lowest(H * (H % 7))
    (1, 0)
    """
    opens = any(atom.kind != "symbol" or atom.interval[1] != inf for atom in number.atoms)
    forms: list[Number] = [number, *_turned(number)] if opens else [number]
    for form in dict.fromkeys(map(_divided, forms)) if opens else ():
        for _ in range(_MOST_OPENED):
            before, form = form, _divided(_opened(form))
            if form is before:
                break
        forms.append(form)
    bound: Bound = max(form.interval[0] if isinstance(form, Polynomial) else form for form in forms)
    return math.ceil(bound) if number.is_whole and not is_infinite(bound) else bound


_MOST_OPENED = 20
_MOST_TERMS = 200
_LARGEST_POWER = 4


def _turned(number: Polynomial) -> list[Number]:
    """The number with x + max(-x, 0) in place of max(x, 0), of each alone and of all: what is added may cancel x."""
    turned: list[Number] = []
    every: Number = number
    for atom in number.atoms if len(number.terms) <= _MOST_TERMS else ():
        if atom.kind == "positive" and all(0 <= dict(monomial).get(atom, 0) <= 1 for monomial in number.terms):
            x = atom.parts[0]
            most = max(0, -lowest(x))
            other = x + make("sum", number_of(atom) - x, whole=False, interval=(0, most))
            turned.append(number.put(atom, other))
            every = every.put(atom, other)
    return [*turned, every]


def _opened(number: Number) -> Number:
    """The number with one rounding less: an end of where it lies stands for it, and how far it is off.

    The end is the one that makes the number small: then little is subtracted, whatever it is multiplied by.
    """
    if not isinstance(number, Polynomial) or len(number.terms) > _MOST_TERMS:
        return number
    for atom in reversed(number.atoms):  # the last made first: no other one has it inside
        if atom.kind != "floor" and (atom.interval[1] == inf or atom.interval[0] == -inf):
            continue
        within = {m: exponent for m in number.terms for other, exponent in m if other is atom}
        if not all(0 < exponent <= _LARGEST_POWER for exponent in within.values()):
            continue
        sign = 1 if number.terms[max(within, key=order)] > 0 else -1
        if atom.kind == "floor":
            y = atom.parts[0]
            length = Fraction(y.denominator - 1, y.denominator) if all(map(is_whole, y.terms)) else 1
            return number.put(atom, _from_end(atom, y - length if sign > 0 else y, sign, length))
        if sign < 0:
            low, high = atom.interval
            return number.put(atom, _from_end(atom, high, sign, high - low))
    return number


def _divided(number: Number) -> Number:
    """The number with 1 - c/(x + c) in place of every x/(x + c): what is divided and multiplied again cancels."""
    for atom in atoms_of(number):
        if atom.kind != "inverse":
            continue
        below = atom.parts[0]
        first = times(lead(below), ((atom, 1),))
        while isinstance(number, Polynomial) and len(number.terms) <= _MOST_TERMS:
            found = {m: c for m, c in number.terms.items() if all(dict(m).get(a, 0) >= n for a, n in first)}
            if not found:
                break
            quotient = sum_of({times(m, tuple((a, -n) for a, n in first)): c for m, c in found.items()})
            number = number - quotient * (number_of(atom) * below - 1)
    return number


def _from_end(atom: Atom, end: Number, sign: int, length: Bound) -> Number:
    """The atom as how far it is from an end, to which it is this near."""
    return end + sign * make("sum", sign * (number_of(atom) - end), whole=False, interval=(0, length))


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
