"""Bounds of numbers, whatever their symbols are: roundings are opened, so that what they round may cancel."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from math import inf

from convcost.algebra.anatomy import atoms_of
from convcost.algebra.atoms import Atom, is_whole, order, times
from convcost.algebra.intervals import Bound, is_infinite
from convcost.algebra.polynomial import Polynomial, is_count, lead, make, number_of, sum_of
from convcost.ops.numbers import Number


@lru_cache(maxsize=1024)
def lowest(number: Polynomial) -> Bound:
    """Return a bound from below: floors are opened, so that what they are floors of may cancel.

    >>> from convcost.algebra import texts
    >>> from convcost.algebra.polynomial import symbol
    >>> H = symbol("H", whole=True, least=1)
    >>> lowest(H - H // 2), lowest(H * (H % 7))
    (1, 0)
    """
    opens = any(atom.kind != "symbol" or atom.interval[1] != inf for atom in number.atoms)
    forms: list[Number] = [number, *_turned(number)] if opens else [number]
    for form in dict.fromkeys(map(divided, forms)) if opens else ():
        for _ in range(_MOST_OPENED):
            before, form = form, divided(_opened(form))
            if form is before:
                break
        forms.append(form)
    bound: Bound = max(form.interval[0] if isinstance(form, Polynomial) else form for form in forms)
    return math.ceil(bound) if number.is_whole and not is_infinite(bound) else bound


_MOST_OPENED = 20
_MOST_TERMS = 200
_LARGEST_POWER = 4


def _turned(number: Polynomial) -> list[Number]:
    """The number with other forms in place of some atoms, of each alone and of all: what these add may cancel.

    max(x, 0) is x + max(-x, 0), a common divisor is what it divides less something, and one floor another one and more.
    """
    turned: list[Number] = []
    every: Number = number
    for atom in number.atoms if len(number.terms) <= _MOST_TERMS else ():
        if not all(0 <= dict(monomial).get(atom, 0) <= 1 for monomial in number.terms):
            continue
        if atom.kind == "positive":
            x = atom.parts[0]
            most = max(0, -lowest(x))
            other = x + make("sum", number_of(atom) - x, whole=False, interval=(0, most))
            turned.append(number.put(atom, other))
            every = every.put(atom, other)
        elif atom.kind == "gcd":
            divided = (n for n in atom.parts if isinstance(n, Polynomial) and is_count(n))
            turned += [number.put(atom, n - _up_from_zero(n - number_of(atom))) for n in divided]
        elif _is_over_symbols(atom):
            lower = (n for n in number.atoms if _is_over_symbols(n) and _is_positive(atom.parts[0] - n.parts[0]))
            turned += [number.put(atom, number_of(n) + _up_from_zero(number_of(atom) - number_of(n))) for n in lower]
    return [*turned, every]


def _is_over_symbols(atom: Atom) -> bool:
    return atom.kind == "floor" and isinstance(atom.parts[0].fraction[1], Polynomial)


def _is_positive(number: Number) -> bool:
    return number != 0 and (lowest(number) if isinstance(number, Polynomial) else number) >= 0


def _up_from_zero(number: Number) -> Number:
    return make("sum", number, whole=True, interval=(0, inf))


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


def divided(number: Number) -> Number:
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
