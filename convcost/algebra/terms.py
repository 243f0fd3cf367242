"""A total as people write it: one term per distinct extent, with a coefficient in the other symbols."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from math import inf
from typing import NamedTuple, TypeAlias

from convcost.algebra.anatomy import symbols_of
from convcost.algebra.atoms import Atom, Monomial, atom_of, factors_of, monomial_of, order
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.polynomial import Coefficient, Polynomial, make, number_of, sum_of
from convcost.network import Layer
from convcost.ops.numbers import Number


class Term(NamedTuple):
    """coefficient * extent."""

    coefficient: Number
    extent: Number
    """A product of sizes; 1 where the input's size plays no part."""


def terms_of(number: Number, sizes: Collection[str], at: Evaluation | None) -> list[Term]:
    """Return the terms of a total, the largest extents first; extents are what depends on the symbols `sizes`."""
    groups: dict[Monomial, dict[Monomial, Coefficient]] = {}
    for monomial, c in number.terms.items() if isinstance(number, Polynomial) else [((), number)]:
        factors = factors_of(monomial)
        extent = monomial_of(factor for factor in factors if factor[0].symbols & set(sizes))
        rest = monomial_of(factor for factor in factors if not factor[0].symbols & set(sizes))
        groups.setdefault(extent, {})[rest] = c
    terms = [Term(sum_of(rest), sum_of({extent: 1})) for extent, rest in groups.items()]
    return sorted(terms, key=lambda term: _size(term.extent, at), reverse=True)


def _size(extent: Number, at: Evaluation | None) -> tuple[object, ...]:
    """Return what extents are sorted by: what they are at the defaults; a plain number last."""
    if not isinstance(extent, Polynomial):
        return (0,)
    ((monomial, _),) = extent.terms.items()
    return 1, at(extent) if at else 0, order(monomial)


MOST_STEPS = 50_000
"""A formula that takes more is not read by anyone, and is left as it is."""

Forms: TypeAlias = Mapping[Atom, Collection[Number]]
"""For size symbols and floors, how else they are written: in what sizes are that have them in them."""


def forms_of(layers: Iterable[Layer]) -> Forms:
    """Return the forms that the sizes of layers suggest, for totals: those that differ from them by whole numbers."""
    return _forms((n for layer in layers for y in layer.output_shapes for n in y.size), whole=True)


def forms_in(sizes: Iterable[Number]) -> Forms:
    """Return the forms that sizes suggest."""
    return _forms(sizes, whole=False)


def _forms(sizes: Iterable[Number], whole: bool) -> Forms:
    found: dict[Atom, dict[Number, Number]] = {}
    for n in dict.fromkeys(n for n in sizes if isinstance(n, Polynomial)):
        for monomial, c in n.terms.items():
            atom = atom_of(monomial)
            if c < 0 or not atom or atom.kind not in ("symbol", "floor") or n == c * number_of(atom):
                continue
            rest = n - c * number_of(atom)
            offset = rest / Fraction(c)
            if offset.is_whole if isinstance(offset, Polynomial) else offset.denominator == 1:
                found.setdefault(atom, {})[offset] = _shifted(atom, offset)
            elif not whole:
                size = make("sum", n, whole=n.is_whole, interval=n.interval)
                found.setdefault(atom, {})[offset] = (size - rest) / c
    return {atom: _in_order(found[atom]) for atom in sorted(found, key=lambda atom: atom.rank)}


def _in_order(forms: Mapping[Number, Number]) -> list[Number]:
    offsets = sorted(forms, key=lambda offset: inf if isinstance(offset, Polynomial) else offset)
    return [forms[offset] for offset in offsets]


def _shifted(base: Atom, offset: Number) -> Number:
    """Return what a symbol or a floor is, written in that plus an offset."""
    inner = number_of(base) if base.kind == "symbol" else base.parts[0]
    kind = "floor" if base.kind == "floor" else "sum"
    return make(kind, inner + offset, whole=base.whole, interval=(number_of(base) + offset).interval) - offset


def shortest(number: Number, forms: Forms, at: Evaluation | None) -> Number:
    """Return the number with constants taken into extents where that makes it shorter, or its terms smaller.

    Canonical floors have no whole number in them, so the 34848*floor((H - 7)/4)**2 of a convolution without padding
    has become three terms.
    """
    if not isinstance(number, Polynomial) or len(number.terms) * sum(map(len, forms.values())) > MOST_STEPS:
        return number
    divisors = [atom for atom in number.atoms if atom.kind == "gcd"]
    for base, others in [*forms.items(), *((atom, [_taken_off(atom)]) for atom in divisors)]:
        known = symbols_of(number)  # what is shorter has no others, as those that count repetitions
        candidates = [number, *(number.put(base, form) for form in others if symbols_of(form) <= known)]
        number = min(candidates, key=lambda candidate: _length(candidate, at))
    return number


def _taken_off(divisor: Atom) -> Number:
    """gcd(a, b) written in a + b - gcd(a, b), which is how many elements windows read that are fitted along an axis."""
    total = sum(divisor.parts)
    return total - make("sum", total - number_of(divisor), whole=True, interval=(0, inf))


def _length(number: Number, at: Evaluation | None) -> tuple[object, ...]:
    """How long a form is: its terms; then how much larger they are, taken one by one, than what they sum up to."""
    if not isinstance(number, Polynomial):
        return 0, 0
    sizes = [abs(at(sum_of({monomial: c}))) for monomial, c in number.terms.items()] if at else []
    return len(number.terms), sum(sizes)
