"""Sums as people write them: what terms have in common stands before them, wherever that makes them shorter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Protocol

from convcost.algebra.anatomy import common_factor
from convcost.algebra.atoms import Monomial
from convcost.algebra.polynomial import Coefficient, Polynomial, sum_of
from convcost.ops.numbers import Number

MOST_TERMS = 40
"""A longer sum is written as it is."""
_MOST_SUMS = 60
"""Parts of one sum that are looked at."""
_MOST_FACTORS = 3
"""Factors of one sum that are tried, those of most terms first."""


class Writer(Protocol):
    """Writes terms with their signs."""

    def parts(self, number: Number) -> list[str]:
        """Return the terms of a number."""

    def terms(self, number: Polynomial) -> list[str]:
        """Return the terms of a sum whose atoms are written already."""

    def signed(self, c: Coefficient, monomial: Monomial, parts: list[str]) -> str:
        """Return c*monomial*(parts) as one term."""


class Factoring:
    """The shortest parts of sums in one notation, which has written their atoms.

    Extents, which are products of what depends on the symbols `sizes`, are not taken apart.
    """

    def __init__(self, notation: Writer, sizes: Collection[str] = ()) -> None:
        self._notation = notation
        self._sizes = sizes
        self._known: dict[Polynomial, list[str]] = {}

    def parts(self, number: Polynomial) -> list[str]:
        """Return the terms of a sum with their signs, terms that have factors in common as one: ["+ a*(b + 1)"]."""
        if number not in self._known:
            plain = self._notation.terms(number)
            short = 2 <= len(number.terms) <= MOST_TERMS and len(self._known) < _MOST_SUMS
            self._known[number] = plain
            if short:
                self._known[number] = min([plain, *self._factored(number)], key=_length)
        return self._known[number]

    def _factored(self, number: Polynomial) -> list[list[str]]:
        c, monomial, rest = common_factor(number)
        if monomial and isinstance(rest, Polynomial):
            return [[self._notation.signed(c, monomial, self.parts(rest))]]
        counts = Counter(atom for monomial in number.terms for atom, _ in monomial)
        shared = [
            atom
            for atom, count in counts.items()
            if 1 < count < len(number.terms) and atom.symbols.isdisjoint(self._sizes)
        ]
        found = []
        for atom in sorted(shared, key=lambda atom: (-counts[atom], atom.rank, atom.number))[:_MOST_FACTORS]:
            with_it = sum_of({monomial: c for monomial, c in number.terms.items() if atom in dict(monomial)})
            without = number - with_it
            found.append([*self._parts(with_it), *self._parts(without)])
        return found

    def _parts(self, number: Number) -> list[str]:
        return self.parts(number) if isinstance(number, Polynomial) else self._notation.parts(number)


def _length(parts: list[str]) -> int:
    return sum(map(len, parts)) + len(parts)
