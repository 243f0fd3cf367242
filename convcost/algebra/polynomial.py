"""Polynomials with exact coefficients, over symbols and over roundings that stay closed: what a law is made of.

A network read with these numbers in place of ints gives its closed form. They do what its formulas ask for: `+ - * //`,
and the helpers of `ops`, which `extents` registers. Their form is canonical: what is equal in form is equal in value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from math import inf, lcm
from typing import Any, ClassVar, TypeAlias

from convcost.algebra.atoms import (
    Atom,
    Monomial,
    TooLong,
    divisor_of,
    factors_of,
    intern,
    is_whole,
    monomial_of,
    order,
    times,
)
from convcost.algebra.intervals import Bound, Interval, add, multiply, power
from convcost.algebra.judges import divided_by, judge
from convcost.ops import rounding
from convcost.ops.numbers import Exact, Number

Coefficient: TypeAlias = int | Fraction

MOST_PRODUCTS = 5_000
"""Of terms, in one multiplication."""


class Polynomial:
    """A sum of monomials with coefficients; never a constant: that is an int or a Fraction. `sum_of` makes either."""

    write: ClassVar[Callable[[Polynomial], str]] = object.__repr__
    """Its text, which `texts` brings."""

    def __init__(self, terms: dict[Monomial, Coefficient]) -> None:
        self.terms = terms

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __eq__(self, other: object) -> bool:
        """Equal in form. Forms that differ may still be equal in value, though along convolutions they are not."""
        return isinstance(other, Polynomial) and self.terms == other.terms

    def __str__(self) -> str:
        return self.write()

    __repr__ = __str__

    def __add__(self, other: Number) -> Number:
        terms = dict(self.terms)
        for monomial, c in _terms(other):
            terms[monomial] = terms.get(monomial, 0) + c
        return sum_of(terms)

    __radd__ = __add__

    def __neg__(self) -> Number:
        return Polynomial({monomial: -c for monomial, c in self.terms.items()})

    def __sub__(self, other: Number) -> Number:
        return self + -other

    def __rsub__(self, other: Number) -> Number:
        return -self + other

    def __mul__(self, other: Number) -> Number:
        if not isinstance(other, Polynomial):
            return self if other == 1 else sum_of({monomial: c * other for monomial, c in self.terms.items()})
        if len(self.terms) * len(other.terms) > MOST_PRODUCTS:
            raise TooLong
        terms: dict[Monomial, Coefficient] = {}
        for a, x in self.terms.items():
            for b, y in other.terms.items():
                monomial = times(a, b)
                terms[monomial] = terms.get(monomial, 0) + x * y
        return sum_of(terms)

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Number:
        if isinstance(other, Exact):
            return self * Fraction(1, other)
        reciprocal, ratio = inverse(other), _ratio(self, other)
        return self * reciprocal if ratio is None else ratio

    def __rtruediv__(self, other: Number) -> Number:
        return inverse(self) * other

    def __pow__(self, exponent: int) -> Number:
        base, result = self if exponent >= 0 else inverse(self), 1
        for _ in range(abs(exponent)):
            result = result * base
        return result

    def __floordiv__(self, other: Number) -> Number:
        return rounding.floor(self / other)

    def __rfloordiv__(self, other: Number) -> Number:
        return rounding.floor(other / self)

    def __mod__(self, other: Number) -> Number:
        return self - other * (self // other)

    def __rmod__(self, other: Number) -> Number:
        return other - self * (other // self)

    def __lt__(self, other: Number) -> bool:
        return not _at_least_zero(self - other)

    def __le__(self, other: Number) -> bool:
        return _at_least_zero(other - self)

    def __gt__(self, other: Number) -> bool:
        return not _at_least_zero(other - self)

    def __ge__(self, other: Number) -> bool:
        return _at_least_zero(self - other)

    def __bool__(self) -> bool:
        return not judge().is_zero(self)

    def put(self, atom: Atom, by: Number) -> Number:
        """Return the number with something else in place of an atom, of which it has no negative powers."""
        powers: dict[int, dict[Monomial, Coefficient]] = {}
        for monomial, c in self.terms.items():
            rest = tuple(factor for factor in monomial if factor[0] is not atom)
            powers.setdefault(dict(monomial).get(atom, 0), {})[rest] = c
        return total_of(sum_of(rest) * by**exponent for exponent, rest in powers.items())

    @cached_property
    def atoms(self) -> list[Atom]:
        """The atoms of its terms, not those inside them."""
        return sorted({atom for monomial in self.terms for atom, _ in monomial})

    @cached_property
    def symbols(self) -> frozenset[str]:
        """The names of all symbols in it."""
        return frozenset().union(*(atom.symbols for atom in self.atoms))

    @cached_property
    def denominator(self) -> int:
        """The least number that makes all coefficients whole."""
        return lcm(*(c.denominator for c in self.terms.values()))

    @cached_property
    def fraction(self) -> tuple[Number, Number]:
        lacking: dict[Atom, int] = {}
        for monomial in self.terms:
            for atom, exponent in monomial:
                lacking[atom] = max(lacking.get(atom, 0), -exponent)
        below = sum_of({monomial_of(factor for factor in lacking.items() if factor[1]): self.denominator})
        return self * below, below

    @cached_property
    def is_whole(self) -> bool:
        """Whether it can be seen to be a whole number."""
        return all(is_whole(m) and (c * divisor_of(m)).denominator == 1 for m, c in self.terms.items())

    @cached_property
    def interval(self) -> Interval:
        """Bounds of its values, atom by atom."""
        total: Interval = (0, 0)
        for monomial, c in self.terms.items():
            value: Interval = (c, c)
            for atom, exponent in monomial:
                value = multiply(value, power(atom.interval, exponent))
            total = add(total, value)
        return total


def number_of(atom: Atom) -> Polynomial:
    """Return an atom as a number."""
    return Polynomial({((atom, 1),): 1})


def make(kind: str, *parts: Any, whole: bool, interval: Interval) -> Polynomial:
    """Return an operation that stays closed, as a number; the same one for the same parts."""
    within = [atom for part in parts if isinstance(part, Polynomial) for atom in part.atoms]
    return number_of(intern(kind, parts, whole, interval, within, " ".join(map(label, parts))))


def symbol(name: str, whole: bool = False, least: Bound = 0, most: Bound = inf) -> Polynomial:
    """Return a symbol that stands for a number from `least` to `most`."""
    return make("symbol", name, whole=whole, interval=(least, most))


def size_symbol(name: str) -> Polynomial:
    """Return a symbol that stands for a size or a count: a whole number from 1 up."""
    return symbol(name, whole=True, least=1)


def sum_of(terms: Mapping[Monomial, Coefficient]) -> Number:
    """Return the number with these terms: an int or a Fraction if it is constant."""
    kept: dict[Monomial, Coefficient] = {}
    for monomial, c in terms.items():
        if c:
            kept[monomial] = c.numerator if c.denominator == 1 else c
    if not kept:
        return 0
    return kept[()] if len(kept) == 1 and () in kept else Polynomial(kept)


def total_of(numbers: Iterable[Number]) -> Number:
    """Return the sum of many numbers."""
    terms: dict[Monomial, Coefficient] = {}
    for number in numbers:
        for monomial, c in _terms(number):
            terms[monomial] = terms.get(monomial, 0) + c
    return sum_of(terms)


def inverse(number: Polynomial) -> Number:
    """1 / number."""
    divided_by(number)
    if len(number.terms) == 1:
        ((monomial, c),) = number.terms.items()
        return sum_of({tuple((atom, -exponent) for atom, exponent in monomial): Fraction(1, 1) / c})
    # Multiples of one sum have one inverse.
    first = number.terms[lead(number)]
    return make("inverse", number / first, whole=False, interval=power((number / first).interval, -1)) / first


def lead(number: Polynomial) -> Monomial:
    """Return the monomial that decides the sign, in an order that depends on nothing but the number."""
    return max(number.terms, key=order)


def is_count(number: Number) -> bool:
    """Return whether a number can be seen to be whole and at least 1."""
    if not isinstance(number, Polynomial):
        return bool(number >= 1 and number.denominator == 1)
    return number.is_whole and number.interval[0] >= 1


def _terms(number: Number) -> Iterator[tuple[Monomial, Coefficient]]:
    yield from number.terms.items() if isinstance(number, Polynomial) else [((), number)]


def _ratio(a: Polynomial, b: Polynomial) -> Coefficient | None:
    """a / b if it is a constant."""
    if a.terms.keys() != b.terms.keys():
        return None
    ratios = {Fraction(a.terms[monomial]) / b.terms[monomial] for monomial in a.terms}
    return ratios.pop() if len(ratios) == 1 else None


def label(part: Any) -> str:
    """Return a text that tells a part of an atom from others, and depends on nothing but the part."""
    if not isinstance(part, Polynomial):
        return str(part)
    terms = (f"{c} {[(atom.rank, e) for atom, e in factors_of(monomial)]}" for monomial, c in part.terms.items())
    return " + ".join(sorted(terms))


def _at_least_zero(number: Number) -> bool:
    return judge().at_least_zero(number) if isinstance(number, Polynomial) else bool(number >= 0)
