"""Numbers that change from output to output: in y, the position of the output, any whole number.

Their largest value over all y has a closed form where they repeat: windows that are fitted to their input, or that
stand between others, have as many sizes as there are phases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache, reduce
from typing import NamedTuple

from convcost.algebra.anatomy import coefficient, inside, is_symbol
from convcost.algebra.atoms import Atom
from convcost.algebra.bounds import highest, lowest
from convcost.algebra.evaluation import Substitution
from convcost.algebra.intervals import EVERYWHERE
from convcost.algebra.maxima import kept
from convcost.algebra.polynomial import Polynomial, lead, make, number_of, sum_of, total_of
from convcost.ops.numbers import Number, ceil_div, common_divisor, divide, maximum
from convcost.ops.rounding import floor
from convcost.ops.windows import NotFollowed

MOST_PHASES = 128
"""Beyond this many different phases the size is not looked for."""

MOST_CANDIDATES = 4
"""A size that is the largest of more expressions than this is none that one could read."""

OUTPUT = make("symbol", "position of the output", whole=True, interval=EVERYWHERE)
"""y: a name that no symbol of a spec has."""

_Y = OUTPUT.atoms[0]
_NAME: str = _Y.parts[0]


class _Moved(Substitution):
    """Numbers with another position in place of y."""

    def _atom(self, atom: Atom) -> Number:
        return super()._atom(atom) if _NAME in atom.symbols else number_of(atom)


def put(number: Number, position: Number) -> Number:
    """Return a number in y at another position."""
    if not isinstance(number, Polynomial) or not has_y(number):
        return number
    if any(atom is not _Y and _NAME in atom.symbols for atom in number.atoms):
        return _Moved({_Y: position})(number)
    return number.put(_Y, position)


def one_factor(count: Number) -> Number:
    """Return a whole number from 1 up as one factor, whatever it is made of: what y is multiplied by stays in sight."""
    if not isinstance(count, Polynomial) or is_symbol(count):
        return count
    return make("sum", count, whole=True, interval=(max(1, lowest(count)), highest(count)))


def has_y(number: Number) -> bool:
    """Return whether a number changes from output to output."""
    return isinstance(number, Polynomial) and _NAME in number.symbols


@lru_cache(maxsize=256)
def most(number: Number) -> Number:
    """Return the largest value over all y of a number that repeats; NotFollowed if there is no formula of it."""
    if not has_y(number):
        return number
    closed = _in_closed_form(number)
    if closed is not None:
        return closed
    period = _period(number)
    if period is None or period > MOST_PHASES:
        raise NotFollowed("has windows whose size changes from output to output, in a way that has no formula")
    return largest([put(number, y) for y in range(period)])


def largest(numbers: Sequence[Number]) -> Number:
    """Return the largest of several numbers, in as few terms as can be seen; NotFollowed if those are too many."""
    found = kept(numbers, lambda a, b: at_least(numbers[a], numbers[b]))
    if len(found) > MOST_CANDIDATES:
        raise NotFollowed(f"has windows of {len(found)} sizes, of which any may be the largest")
    return reduce(maximum, [numbers[n] for n in found])


def is_whole(number: Number) -> bool:
    """Return whether a number can be seen to be whole."""
    return number.is_whole if isinstance(number, Polynomial) else Fraction(number).denominator == 1


def at_least(a: Number, b: Number) -> bool:
    """Return whether it can be seen that a >= b for all values of the symbols."""
    return bool(maximum(b - a, 0) == 0)


def _in_closed_form(number: Polynomial) -> Number | None:
    """Return the largest value of c*floor((e*y + a)/q) - c*floor((e*y + b)/q) + rest, or with c*e*y/q in place of one.

    None if the number is another. Modulo q, e*y is any multiple of g = gcd(e, q). So the two floors differ by at most
    (floor(a/g) - floor(b/g))/(q/g), rounded up.
    """
    floors: dict[Atom, Number] = {}
    for monomial, c in number.terms.items():
        for atom, exponent in monomial:
            if _NAME in atom.symbols:
                if exponent != 1 or any(_NAME in other.symbols for other, _ in monomial if other is not atom):
                    return None
                others = tuple(factor for factor in monomial if factor[0] is not atom)
                floors[atom] = floors.get(atom, 0) + sum_of({others: c})
    rest = number - total_of(c * number_of(atom) for atom, c in floors.items())
    lines = [(line, line.sign * c) for atom, c in floors.items() if (line := _line(atom))]
    if len(lines) != 2 or len(floors) != 2:
        return None
    (one, c), (other, c2) = lines
    if one.divisor == 1 or other.divisor == 1:
        if one.divisor == 1:
            one, c, c2 = other, c2, c
        # c*floor((e*y + a)/q) is c*(e*y + a - r)/q, with r from 0 to q - 1.
        if c2 + c * one.slope / one.divisor != 0 or _common_divisor(one.slope, one.divisor) != 1:
            return None
        rests = 0 if at_least(c, 0) else one.divisor - 1 if at_least(-c, 0) else None
        return None if rests is None else rest + divide(c * (one.offset - rests), one.divisor)
    one, other = _in_parts_of(other, one), _in_parts_of(one, other)
    if one[:2] != other[:2] or c + c2 != 0:
        return None
    if at_least(c, 0):
        return rest + c * _steps(one, other)
    return rest + c2 * _steps(other, one) if at_least(c2, 0) else None


class _Line(NamedTuple):
    """floor((slope*y + offset)/divisor), or that of its opposite where `sign` is -1; in whole numbers, slope > 0."""

    slope: Number
    divisor: Number
    offset: Number
    sign: int


def _line(atom: Atom) -> _Line | None:
    if atom is _Y:
        return _Line(1, 1, 0, 1)
    if atom.kind != "floor":
        return None
    above, q = atom.parts[0].fraction
    e = coefficient(above, _Y)
    a = above - e * OUTPUT
    if any(has_y(n) or not is_whole(n) for n in (e, a, q)):
        return None
    if at_least(e, 0):
        return _Line(e, q, a, 1)
    return _Line(-e, q, q - 1 - a, -1) if at_least(-e, 0) else None  # floor(-x/q) is -floor((x + q - 1)/q)


def _in_parts_of(finer: _Line, line: _Line) -> _Line:
    """Return a line with the divisor of another one, where that is a multiple of its own."""
    times = divide(finer.divisor, line.divisor)
    if times == 1 or not is_whole(times):
        return line
    # What is multiplied is a multiple: any rest that is less than that changes nothing.
    rest = 0 if _is_multiple(line.offset, line.slope, line.divisor) else times - 1
    return _Line(line.slope * times, finer.divisor, line.offset * times + rest, line.sign)


def _steps(one: _Line, other: _Line) -> Number:
    """Return the most by which one floor is larger than the other, of the same slope and divisor."""
    (e, q, a, _), b = one, other.offset
    g = _common_divisor(e, q)
    if g == 1:
        return ceil_div(a - b, q)
    below, beneath = _multiple_below(a, one, g), _multiple_below(b, one, g)
    if below is None and beneath is None:
        return ceil_div(floor(divide(a, g)) - floor(divide(b, g)), divide(q, g))
    below, beneath = (g * floor(divide(n, g)) if found is None else found for n, found in ((a, below), (b, beneath)))
    return ceil_div(below - beneath, q)


def _multiple_below(number: Number, line: _Line, g: Number) -> Number | None:
    """The largest multiple of g that is no larger than a number, where it is seen to be that one or the next one less.

    All multiples of a line's slope and divisor are multiples of g.
    """
    if _is_multiple(number, line.slope, line.divisor):
        return number
    return number + 1 - g if _is_multiple(number + 1, line.slope, line.divisor) else None


def _is_multiple(number: Number, a: Number, b: Number) -> bool:
    """Whether a number can be seen to be a multiple of a and a multiple of b together."""
    return any(is_whole(divide(number - _part(number, one), other)) for one, other in ((a, b), (b, a)))


def _part(number: Number, of: Number) -> Number:
    """The multiple of a number that takes its first term out of another one; 0 if there is none."""
    if not isinstance(number, Polynomial) or not isinstance(of, Polynomial):
        return 0
    times = divide(number.terms.get(lead(of), 0), of.terms[lead(of)])
    return times * of if is_whole(times) else 0


def _common_divisor(a: Number, b: Number) -> Number:
    """The greatest common divisor; where one can be seen to divide the other, that one."""
    return a if is_whole(divide(b, a)) else b if is_whole(divide(a, b)) else common_divisor(a, b)


def _period(number: Polynomial) -> int | None:
    """Return after how many outputs a number in y repeats; None if it does not, or if that depends on the symbols."""
    known: dict[Atom, tuple[Number, int]] = {_Y: (1, 1)}
    """By how much an atom rises from one y to the next, on the whole, and after how many it does so exactly."""

    def line(number: Polynomial) -> tuple[Number, int] | None:
        rise, period = 0, 1
        for monomial, c in number.terms.items():
            of_y = [factor for factor in monomial if _NAME in factor[0].symbols]
            if of_y:
                if len(of_y) > 1 or of_y[0][1] != 1 or of_y[0][0] not in known:
                    return None
                slope, own = known[of_y[0][0]]
                others = tuple(factor for factor in monomial if factor is not of_y[0])
                rise, period = rise + sum_of({others: c}) * slope, math.lcm(period, own)
        return rise, period

    for atom in inside([number]):
        if _NAME in atom.symbols and atom is not _Y:
            found = line(atom.parts[0])
            if found is None or not isinstance(found[0], int | Fraction):
                return None
            rise, period = found
            if atom.kind == "floor":
                known[atom] = rise, period * Fraction(rise * period).denominator
            elif atom.kind == "positive" and rise == 0:
                known[atom] = found
            else:
                return None
    found = line(number)
    return found[1] if found and found[0] == 0 else None
