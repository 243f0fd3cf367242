"""The short form of a total: what it is under the usual assumptions, odd kernels and sizes that strides divide."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from math import lcm
from typing import NamedTuple

from convcost.algebra.anatomy import inside, symbols_of
from convcost.algebra.assumed import Assumed
from convcost.algebra.atoms import Atom
from convcost.algebra.evaluation import Substitution
from convcost.algebra.law import Law
from convcost.algebra.polynomial import Polynomial
from convcost.algebra.texts import number_as_text
from convcost.errors import ConvcostError, UsageError
from convcost.ops.numbers import Number


class Short(NamedTuple):
    """A total under assumptions, for one sample if the formula is."""

    assume: tuple[str, ...]
    number: Number


def short_form(law: Law, of: str) -> Short | None:
    """Return a total under the usual assumptions; None where there are none under which it has no rounding left."""
    number = law.per_sample(of) if law.batch else law.total(of)
    floors = _floors(number)
    odd = [f"{name} odd" for name in sorted(_halved(floors, law))]
    if odd:
        try:
            law = law.under(odd)
            number = law.per_sample(of) if law.batch else law.total(of)
        except ConvcostError:
            return None
        floors = _floors(number)
    divided = _divided(floors, law)
    if divided:
        free = {name: variable.number for name, variable in law.all_variables.items()}
        try:
            assumed = Assumed(divided, free, law.network.symbols)
        except UsageError:
            return None
        inner = {atom: assumed.inner[atom.parts[0]] for n in free.values() for atom in n.atoms}
        number = Substitution(inner)(number)
        number = assumed.outer(number) if assumed.outer else number
    assume = (*odd, *divided)
    return Short(assume, number) if assume and not _floors(number) else None


def _floors(number: Number) -> list[Atom]:
    return [atom for atom in inside([number]) if atom.kind == "floor"]


def _halved(floors: Iterable[Atom], law: Law) -> set[str]:
    """The symbols other than sizes that are halved: kernels, for `padding: k//2`."""
    return {
        name
        for atom in floors
        if atom.parts[0].denominator == 2 and len(atom.symbols) == 1 and atom.symbols.isdisjoint(law.sizes)
        for name in atom.symbols
    }


def _divided(floors: Iterable[Atom], law: Law) -> list[str]:
    """For each size, what all that it is divided by divides, as an assumption."""
    divisors: dict[str, list[Number]] = {}
    for atom in floors:
        sizes = atom.symbols & law.sizes
        for name in sizes:
            divisors.setdefault(name, []).append(atom.parts[0].fraction[1])
    return [
        f"{name} % {_factor(divisor)} == 0"
        for name, all_of in sorted(divisors.items())
        if (divisor := _common_multiple(all_of)) is not None
    ]


def _factor(divisor: Number) -> str:
    text = number_as_text(divisor)
    return f"({text})" if "*" in text.replace("**", "") else text


def _common_multiple(numbers: Collection[Number]) -> Number | None:
    """The least number that all of these divide: of products of symbols, one of them that the others divide."""
    plain = lcm(*(n for n in numbers if isinstance(n, int)))
    others = [n for n in numbers if isinstance(n, Polynomial)]
    largest = max(others, key=lambda n: sum(exponent for monomial in n.terms for _, exponent in monomial), default=1)
    if not isinstance(largest, Polynomial):
        return plain
    whole = all(not isinstance(ratio := largest / n, Polynomial) or ratio.is_whole for n in (*others, plain))
    return largest if whole and symbols_of(largest) else None
