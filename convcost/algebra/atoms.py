"""What polynomials are made of: symbols, and operations whose result is no polynomial of their parts.

There is one atom of the same parts, for as long as some number is made of it. One that is made of others comes after
them: a walk in the order in which atoms were made needs no recursion, however deeply sizes nest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from math import prod
from typing import Any, TypeAlias
from weakref import WeakValueDictionary
from zlib import crc32

from convcost.algebra.intervals import Interval
from convcost.errors import UsageError

Rank: TypeAlias = tuple[int, str, str, int]

LARGEST_EXPONENT = 256


class Atom:
    """A symbol, or a floor, a rounding, a maximum of its parts; atoms are in the order in which they were made."""

    __slots__ = ("__weakref__", "interval", "kind", "number", "parts", "rank", "symbols", "whole")

    def __init__(
        self, kind: str, parts: tuple[Any, ...], whole: bool, interval: Interval, within: Sequence[Atom], label: str
    ) -> None:
        self.number = next(_numbers)
        self.kind = kind
        self.parts = parts
        self.whole = whole
        self.interval = interval
        self.symbols: frozenset[str] = frozenset(parts[:1] if kind == "symbol" else ()).union(
            *(atom.symbols for atom in within)
        )
        # An order that does not depend on what was made before: symbols by name, then what is made of them.
        level = max((1 + atom.rank[0] for atom in within), default=0)
        self.rank: Rank = (level, " ".join(sorted(self.symbols)), kind, crc32(label.encode()))

    def __lt__(self, other: Atom) -> bool:
        return self.number < other.number


Monomial: TypeAlias = tuple[tuple[Atom, int], ...]
"""(atom, exponent) pairs in the order of the atoms; () is 1. Exponents may be negative."""

_numbers = count()
_known: WeakValueDictionary[tuple[Any, ...], Atom] = WeakValueDictionary()


def intern(
    kind: str, parts: tuple[Any, ...], whole: bool, interval: Interval, within: Sequence[Atom], label: str
) -> Atom:
    """Return the one atom of these parts. `within` are the atoms of the parts; `label` tells the parts from others."""
    key = (kind, parts, whole, interval)
    return _known.get(key) or _known.setdefault(key, Atom(kind, parts, whole, interval, within, label))


def atom_of(monomial: Monomial) -> Atom | None:
    """Return the atom that a monomial is, if it is one."""
    return monomial[0][0] if len(monomial) == 1 and monomial[0][1] == 1 else None


def factors_of(monomial: Monomial) -> list[tuple[Atom, int]]:
    """Return the atoms of a monomial with their exponents, as they are written: symbols first."""
    return sorted(monomial, key=lambda factor: factor[0].rank)


def monomial_of(factors: Iterable[tuple[Atom, int]]) -> Monomial:
    """Return the product of powers of atoms."""
    return tuple(sorted(factors))


def is_whole(monomial: Monomial) -> bool:
    """Return whether a monomial can be seen to be whole."""
    return all(exponent > 0 and atom.whole for atom, exponent in monomial)


def divisor_of(monomial: Monomial) -> int:
    """Return what a whole monomial is a multiple of, for the roundings in it."""
    return prod(
        atom.parts[1] for atom, _ in monomial if atom.kind == "make_divisible" and isinstance(atom.parts[1], int)
    )


def order(monomial: Monomial) -> tuple[int, list[tuple[Rank, int]]]:
    """Return a key by which monomials are sorted: the higher degree is later, and among equals the later atoms."""
    factors = sorted(((atom.rank, exponent) for atom, exponent in monomial), reverse=True)
    return sum(exponent for _, exponent in factors), factors


def times(a: Monomial, b: Monomial) -> Monomial:
    """Return the product of two monomials."""
    if not a or not b:
        return a or b
    exponents = dict(a)
    for atom, exponent in b:
        exponents[atom] = exponents.get(atom, 0) + exponent
        if abs(exponents[atom]) > LARGEST_EXPONENT:
            raise TooLong
    return tuple(sorted(factor for factor in exponents.items() if factor[1]))


class TooLong(UsageError):
    """A formula that nobody would read."""

    def __init__(self) -> None:
        super().__init__("the formula is too long: nobody could read it", "set some of the symbols: --set NAME=VALUE")
