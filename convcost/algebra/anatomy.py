"""What numbers are made of: their atoms, their symbols, and what their terms have in common."""

from __future__ import annotations

from collections.abc import Container, Iterable
from fractions import Fraction
from math import gcd

from convcost.algebra.atoms import Atom, Monomial, atom_of, times
from convcost.algebra.polynomial import Coefficient, Polynomial, lead, sum_of
from convcost.ops.numbers import Number


def inside(numbers: Iterable[Number], known: Container[Atom] = ()) -> list[Atom]:
    """Return all atoms that numbers are made of, each after those it is made of; without the known ones and theirs."""
    found: set[Atom] = set()
    todo = [number for number in numbers if isinstance(number, Polynomial)]
    while todo:
        for atom in todo.pop().atoms:
            if atom not in found and atom not in known:
                found.add(atom)
                todo += [part for part in atom.parts if isinstance(part, Polynomial)]
    return sorted(found)


def atoms_of(number: Number) -> list[Atom]:
    """Return the atoms of a number's terms, not those inside them."""
    return number.atoms if isinstance(number, Polynomial) else []


def symbols_of(number: Number) -> frozenset[str]:
    """Return the names of all symbols in a number."""
    return number.symbols if isinstance(number, Polynomial) else frozenset()


def is_symbol(number: Number) -> bool:
    """Return whether a number is a symbol and nothing else."""
    if not isinstance(number, Polynomial) or list(number.terms.values()) != [1]:
        return False
    atom = atom_of(lead(number))
    return atom is not None and atom.kind == "symbol"


def coefficient(number: Polynomial, atom: Atom) -> Number:
    """Return what an atom is multiplied by, in the terms that have it to the first power."""
    factor = (atom, 1)
    return sum_of({tuple(f for f in m if f != factor): c for m, c in number.terms.items() if factor in m})


def fraction_of(number: Number) -> tuple[Number, Number]:
    """(above, below) with above/below = number, without fractions and negative exponents."""
    return number.fraction if isinstance(number, Polynomial) else (number.numerator, number.denominator)


def common_factor(number: Polynomial) -> tuple[Coefficient, Monomial, Number]:
    """(c, m, rest) with c*m*rest = number, where c*m is the largest term that all terms have in common.

    >>> from convcost.algebra.polynomial import symbol
    >>> C, k = symbol("C"), symbol("k")
    >>> common_factor(6*C*k**2 - 4*C) == (2, ((*C.atoms, 1),), 3*k**2 - 2)
    True
    """
    shared: Monomial = ()
    for atom in number.atoms:
        exponents = [dict(monomial).get(atom, 0) for monomial in number.terms]
        low, high = min(exponents), max(exponents)
        if low > 0 or high < 0:
            shared = times(shared, ((atom, low if low > 0 else high),))
    d = number.denominator
    content = Fraction(gcd(*((c * d).numerator for c in number.terms.values())), d)
    inverse = tuple((atom, -exponent) for atom, exponent in shared)
    return content, shared, sum_of({times(monomial, inverse): c / content for monomial, c in number.terms.items()})
