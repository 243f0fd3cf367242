"""What numbers are made of: their atoms, their symbols, what their terms have in common, which way they round."""

from __future__ import annotations

from collections.abc import Container, Iterable
from fractions import Fraction
from functools import lru_cache
from math import gcd

from convcost.algebra.atoms import Atom, Monomial, atom_of, order, times
from convcost.algebra.polynomial import Coefficient, Polynomial, is_count, lead, sum_of
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


@lru_cache(maxsize=256)
def rounding(number: Polynomial) -> tuple[int, str, Number]:
    """Return (sign, name, y) where the number rounded down is best written as y rounded up or down, with a sign.

    n/d rounded down is (n - d + 1)/d rounded up, for whole numbers; and minus -n/d rounded up.
    """
    above, below = number.fraction
    forms: list[tuple[int, str, Number]] = [(1, "floor", number), (-1, "ceil", -number)]
    if below != 1 and isinstance(above, Polynomial) and above.is_whole and is_count(below):
        rest = below - 1
        forms += [(1, "ceil", (above - rest) / below), (-1, "floor", (rest - above) / below)]
    return min(forms, key=_awkward)


def _awkward(form: tuple[int, str, Number]) -> tuple[bool, int, bool, bool, bool]:
    """Whether most terms of a rounded number are subtracted; how many it has; if the first, as a size, is; its sign."""
    sign, name, inner = form
    above = inner.fraction[0] if isinstance(inner, Polynomial) else inner
    terms = above.terms if isinstance(above, Polynomial) else {}
    plus = sum(c > 0 for monomial, c in terms.items() if monomial)
    minus = sum(monomial != () for monomial in terms) - plus
    first = min(filter(None, terms), key=order, default=())
    return minus > plus, len(terms), terms.get(first, 0) < 0, name == "ceil", sign < 0
