"""How a total grows in each of its variables: which share of it grows how, and what doubling the variable does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from convcost.algebra.anatomy import inside
from convcost.algebra.atoms import Atom, Monomial
from convcost.algebra.law import Law, Variable
from convcost.algebra.polynomial import Coefficient, Polynomial, sum_of
from convcost.errors import UsageError
from convcost.ops.numbers import Number


@dataclass(frozen=True, slots=True)
class Growth:
    """Of one variable, all others at their defaults."""

    variable: Variable
    values: Mapping[int, Number]
    """Degree -> what the terms of that degree come to at the default; roundings grow as what they round."""
    coefficients: Mapping[int, Number] | None
    """Degree -> coefficient, where the total is a polynomial in the variable itself."""
    doubled: Fraction | None
    """How many times as much it is at twice the default; None if the law does not hold there."""


def growth_of(law: Law, of: str, total: Number) -> list[Growth]:
    """Return the growth of a total in all its variables; nothing if they have no defaults."""
    variables = law.variables_of(of)
    if law.numbers is None or not isinstance(total, Polynomial):
        return []
    return [_growth(law, total, variable) for variable in variables if variable.name in total.symbols]


def _growth(law: Law, total: Polynomial, variable: Variable) -> Growth:
    degrees = _degrees(total, variable.name)
    terms: dict[int, dict[Monomial, Coefficient]] = {}
    for monomial, c in total.terms.items():
        degree = sum(degrees[atom] * exponent for atom, exponent in monomial)
        terms.setdefault(degree, {})[monomial] = c
    at = law.at({})
    values = {degree: at(sum_of(terms[degree])) for degree in sorted(terms, reverse=True)}
    # What cancels at the default says nothing.
    values = {degree: value for degree, value in values.items() if value} or values
    plain = all(atom.kind == "symbol" or variable.name not in atom.symbols for atom in total.atoms)
    default = Fraction(law.defaults[variable.name])
    coefficients = {n: _plain(value / default**n) for n, value in values.items()} if plain and default else None
    return Growth(variable, values, coefficients, _doubled(law, total, variable.name))


def _degrees(total: Polynomial, name: str) -> dict[Atom, int]:
    """For every atom, the power of the symbol that it grows with."""
    degrees: dict[Atom, int] = {}
    for atom in inside([total]):
        degrees[atom] = int(atom.parts[0] == name) if atom.kind == "symbol" else _degree(atom, degrees)
    return degrees


def _degree(atom: Atom, degrees: Mapping[Atom, int]) -> int:
    if atom.kind == "gcd":
        return 0
    part = atom.parts[4] if atom.kind == "reads" else atom.parts[0]
    if not isinstance(part, Polynomial):
        return 0
    highest = max(sum(degrees[atom] * exponent for atom, exponent in monomial) for monomial in part.terms)
    return -highest if atom.kind == "inverse" else highest


def _doubled(law: Law, total: Polynomial, name: str) -> Fraction | None:
    before = law.at({})(total)
    try:
        there = law.at({name: 2 * law.defaults[name]})
        return Fraction(there(total)) / before if before and law.broken(there) is None else None
    except (UsageError, ZeroDivisionError):
        return None


def _plain(number: Fraction) -> Number:
    return number.numerator if number.denominator == 1 else number
