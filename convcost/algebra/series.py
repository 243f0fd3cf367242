"""Sums over repetitions in closed form, and what holds in all of them: numbers in which a symbol counts them from 0."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import comb

from convcost.algebra.atoms import Monomial
from convcost.algebra.bounds import highest, lowest
from convcost.algebra.evaluation import Substitution
from convcost.algebra.polynomial import Coefficient, Polynomial, sum_of, total_of
from convcost.ops import numbers
from convcost.ops.numbers import NeedsNumber, Number

Claim = tuple[str, Number, Number]
"""How a number compares with zero, as conditions say it; the number; and a number that is above 0 where this is so."""


def sum_below(counter: Polynomial, count: Number, number: Number) -> Number:
    """Return the sum of a polynomial in the counter over counter = 0 to count - 1; see `ops.numbers.sum_below`.

    >>> from convcost.algebra.polynomial import symbol
    >>> i, n = symbol("i", whole=True), symbol("n", whole=True)
    >>> sum_below(i, n, 2*i + 1) == n**2, sum_below(i, 4, i**3)
    (True, 36)
    """
    powers = powers_of(number, counter)
    if powers is None:
        raise NeedsNumber(count)
    return total_of(c * _sum_of_powers(m, count) for m, c in powers.items())


@lru_cache(maxsize=256)
def _sum_of_powers(m: int, count: Number) -> Number:
    """0**m + 1**m + ... + (count - 1)**m: the differences (i + 1)**(m + 1) - i**(m + 1) add up to count**(m + 1)."""
    rest = total_of(comb(m + 1, j) * _sum_of_powers(j, count) for j in range(m))
    return numbers.exact(count ** (m + 1) - rest, m + 1)


def powers_of(number: Number, counter: Polynomial) -> dict[int, Number] | None:
    """Return the coefficients of a polynomial in the counter, by power; None if it is none."""
    if not isinstance(number, Polynomial):
        return {0: number}
    (atom,) = counter.atoms
    name = atom.parts[0]
    powers: dict[int, dict[Monomial, Coefficient]] = {}
    for monomial, c in number.terms.items():
        rest = tuple(factor for factor in monomial if factor[0] is not atom)
        power = dict(monomial).get(atom, 0)
        if power < 0 or any(name in other.symbols for other, _ in rest):
            return None
        powers.setdefault(power, {})[rest] = c
    return {power: sum_of(terms) for power, terms in powers.items()}


def in_all(kind: str, number: Polynomial, counter: Polynomial, count: Number, positive: bool) -> Iterator[Claim]:
    """Yield what has to hold for a claim about a number to hold at counter = 0 to count - 1.

    A number that is not 0 stays on one side of it: above, if it is `positive` somewhere. Raises NeedsNumber for the
    count where there is no telling.
    """
    if kind in ("whole", "=="):
        # So is every difference of those of neighbours, and every difference of these.
        left: Number = number
        for n in range(_degree(number, counter, count) + 1):
            yield kind, _at(left, counter, 0), count - n
            left = _at(left, counter, counter + 1) - left
        return
    if kind == "!=":
        kind, number = ">", number if positive else -number
    way = way_of(number, counter)
    if way is None:
        raise NeedsNumber(count)
    if way >= 0:
        yield kind, _at(number, counter, 0), count
    if way <= 0:
        yield kind, _at(number, counter, count - 1), count


def way_of(number: Number, counter: Polynomial) -> int | None:
    """Return 1 for a number that never falls where the counter rises, -1 if it never rises.

    0 is for one that does either, by the values of other symbols, and None for one of which there is no telling.
    """
    powers = powers_of(number, counter)
    if powers is not None and powers.keys() <= {0, 1}:
        slope = powers.get(1, 0)
        if not isinstance(slope, Polynomial):
            return 1 if slope >= 0 else -1
        return 1 if lowest(slope) >= 0 else -1 if highest(slope) <= 0 else 0
    assert isinstance(number, Polynomial)
    ways = {_way_of_term(monomial, c, counter) for monomial, c in number.terms.items()} - {0}
    return ways.pop() if len(ways) == 1 else None


def _way_of_term(monomial: Monomial, c: Coefficient, counter: Polynomial) -> int | None:
    """The way of one term; 0 if it does not depend on the counter."""
    (name,) = counter.symbols
    moving = [factor for factor in monomial if name in factor[0].symbols]
    if not moving:
        return 0
    ((atom, exponent), *others) = moving
    rises = exponent == 1 or (exponent > 1 and atom.interval[0] >= 0)
    if others or not rises or any(other.interval[0] < 0 for other, _ in monomial if other is not atom):
        return None
    way: int | None = 1 if atom.kind == "symbol" else None
    if atom.kind in ("floor", "positive", "round", "sum"):
        way = way_of(atom.parts[0], counter) or None
    return way if way is None or c > 0 else -way


def _degree(number: Polynomial, counter: Polynomial, count: Number) -> int:
    powers = powers_of(number, counter)
    if powers is None:
        raise NeedsNumber(count)
    return max(powers)


def _at(number: Number, counter: Polynomial, value: Number) -> Number:
    (atom,) = counter.atoms
    return Substitution({atom: value})(number)


numbers.sum_below.register(Polynomial, sum_below)
