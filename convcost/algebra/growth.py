"""How a total grows in each of its variables: which share of it grows how, and what doubling the variable does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from convcost.algebra.anatomy import inside
from convcost.algebra.atoms import Atom, Monomial
from convcost.algebra.law import Law
from convcost.algebra.polynomial import Polynomial, sum_of
from convcost.algebra.variables import Variable
from convcost.errors import UsageError
from convcost.ops.numbers import Number


class Growth(NamedTuple):
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
    at, atoms = law.at({}), inside([total])
    values = {monomial: at(sum_of({monomial: c})) for monomial, c in total.terms.items()}
    moving: dict[str, list[Monomial]] = {}
    """The terms that depend on a symbol."""
    for monomial in values:
        for name in {name for atom, _ in monomial for name in atom.symbols}:
            moving.setdefault(name, []).append(monomial)
    before = sum(values.values())
    return [
        _growth(law, total, variable, atoms, before, {monomial: values[monomial] for monomial in moving[variable.name]})
        for variable in variables
        if variable.name in moving
    ]


def _growth(
    law: Law,
    total: Polynomial,
    variable: Variable,
    atoms: Iterable[Atom],
    before: Number,
    moving: Mapping[Monomial, Number],
) -> Growth:
    """The growth in a variable from a total of `before` at the defaults; `moving` are the terms that depend on it."""
    degrees = _degrees(atoms, variable.name)
    rest = before - sum(moving.values())
    values: dict[int, Number] = {0: rest} if len(moving) < len(total.terms) else {}
    for monomial, value in moving.items():
        degree = sum(degrees.get(atom, 0) * exponent for atom, exponent in monomial)
        values[degree] = values.get(degree, 0) + value
    values = dict(sorted(values.items(), reverse=True))
    # What cancels at the default says nothing.
    values = {degree: value for degree, value in values.items() if value} or values
    plain = all(atom.kind == "symbol" for monomial in moving for atom, _ in monomial if variable.name in atom.symbols)
    default = Fraction(law.defaults[variable.name])
    coefficients = {n: _plain(value / default**n) for n, value in values.items()} if plain and default else None
    doubled = _doubled(law, variable.name, sum_of({monomial: total.terms[monomial] for monomial in moving}))
    times = Fraction(rest + doubled) / before if before and doubled is not None else None
    return Growth(variable, values, coefficients, times)


def _degrees(atoms: Iterable[Atom], name: str) -> dict[Atom, int]:
    """For every atom that grows with the symbol, with which power of it."""
    degrees: dict[Atom, int] = {}
    for atom in atoms:
        if name in atom.symbols:
            degrees[atom] = 1 if atom.kind == "symbol" else _degree(atom, degrees)
    return degrees


def _degree(atom: Atom, degrees: Mapping[Atom, int]) -> int:
    if atom.kind == "gcd":
        return 0
    parts = atom.parts[4:5] if atom.kind == "reads" else atom.parts if atom.kind == "max" else atom.parts[:1]
    terms = [monomial for part in parts if isinstance(part, Polynomial) for monomial in part.terms]
    highest = max(
        (sum(degrees.get(atom, 0) * exponent for atom, exponent in monomial) for monomial in terms), default=0
    )
    return -highest if atom.kind == "inverse" else highest


def _doubled(law: Law, name: str, moving: Number) -> Number | None:
    """What the terms that depend on a variable come to at twice its default; None if the law does not hold there."""
    conditions = (c for c in (*law.domain, *law.conditions) if name in c.number.symbols)
    try:
        there = law.at({name: 2 * law.defaults[name]})
        return there(moving) if all(condition.holds(there) for condition in conditions) else None
    except (UsageError, ZeroDivisionError):
        return None


def _plain(number: Fraction) -> Number:
    return number.numerator if number.denominator == 1 else number
