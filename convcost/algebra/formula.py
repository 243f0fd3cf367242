"""One total of a law as it is shown: its terms, its variables, its value, and why it is long where it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from convcost.algebra.anatomy import inside, symbols_of
from convcost.algebra.atoms import Atom, TooLong
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.growth import Growth, growth_of
from convcost.algebra.law import Law
from convcost.algebra.maxima import with_few
from convcost.algebra.notation import Notation
from convcost.algebra.polynomial import Polynomial, number_of, total_of
from convcost.algebra.short import Short, short_form
from convcost.algebra.sums import joined, shorter
from convcost.algebra.terms import Term, forms_in, forms_of, shortest, terms_of
from convcost.algebra.texts import number_as_text, shortest_notation
from convcost.algebra.variables import Variable
from convcost.figures import FIGURES
from convcost.network import Layer
from convcost.ops.numbers import Number


class Formula(NamedTuple):
    """A closed form. `number` and `terms` are for one sample; all else is for the batch."""

    of: str
    number: Number
    terms: tuple[Term, ...]
    batch: Variable | None
    """What the terms are multiplied by."""
    variables: tuple[Variable, ...]
    """The variables that it depends on."""
    value: Number | None
    """What it is at the defaults."""
    growth: tuple[Growth, ...]
    short: Short | None
    """The same under the usual assumptions, where it has no rounding then."""
    reasons: tuple[str, ...]
    """Why it is no plain polynomial in one rounding per extent."""


MOST_FACTORS = 2_500
"""A formula that has more, coefficients among them, is not shown."""


def formula_of(law: Law, of: str) -> Formula:
    """Return the closed form of a total; TooLong if nobody could read it."""
    at = law.at_defaults
    one = law.per_sample(of) if law.batch else law.total(of)
    number = _readable(_shorter(law, of, shortest(one, forms_of(law.layers), at)))
    batch = law.batch if FIGURES[of].per_sample and number != 0 else None
    total = number * batch.number if batch else number
    return Formula(
        of,
        number,
        tuple(terms_of(number, law.sizes, at)),
        batch,
        tuple(variable for variable in law.variables_of(of) if variable.name in symbols_of(total)),
        at(total) if at else None,
        tuple(growth_of(law, of, total)),
        short_form(law, of),
        tuple(reasons(number)),
    )


def with_few_numbers(law: Law, formula: Formula) -> tuple[Formula, int]:
    """Return a formula with few numbers in its maxima, as it is first shown, and how many are left out of these."""
    terms, left = [], 0
    for term in formula.terms:
        (coefficient, some), (extent, others) = (with_few(number, law.at_defaults) for number in term)
        terms.append(Term(coefficient, extent))
        left += some + others
    return formula._replace(terms=tuple(terms)), left


def _shorter(law: Law, of: str, number: Number) -> Number:
    """Return a total, or the same in named sizes where its text is shorter then."""
    named = law.in_sizes(of)
    if named is None:
        return number
    if not law.batch and FIGURES[of].per_sample:
        named = named * law.samples
    return named if _text_length(named, law) < _text_length(number, law) else number


def _text_length(number: Number, law: Law) -> int:
    """How long its sum over extents is, with what its names stand for: with all sizes named, or with none."""
    names, terms = law.size_names, terms_of(number, law.sizes, None)
    lengths = []
    for inlined in ((), names) if any(atom in names for atom in inside([number])) else ((),):
        notation = Notation(law.network.symbols, names=names, inlined=inlined)
        text = joined(sum_over_extents(terms, notation))
        lengths.append(len(text) + sum(len(f"{name} = {meant}, ") for name, meant in notation.definitions.items()))
    return min(lengths)


def notation_of(law: Law, write: Callable[[Notation], str]) -> Notation:
    """Return the notation in which something of a law is shortest."""
    return shortest_notation(write, {*law.network.symbols, *law.all_variables}, law.size_names)


def layer_formula(layer: Layer, total: Number, at: Evaluation | None) -> Number:
    """Return what a layer adds to a total in its shortest form; `at` are the defaults, if any."""
    sizes = (n for shape in (*layer.input_shapes, *layer.output_shapes) for n in shape.size)
    return _readable(shortest(total, forms_in(sizes), at))


def _readable(number: Number) -> Number:
    if isinstance(number, Polynomial) and sum(1 + len(monomial) for monomial in number.terms) > MOST_FACTORS:
        raise TooLong
    return number


def pieces(terms: Sequence[Term], notation: Notation, sizes: Collection[str] = ()) -> list[str]:
    """Return the terms as text, each with its sign: `+ 9408*ceil(H/2)`; or what they have in common before a sum."""
    number = total_of(term.coefficient * term.extent for term in terms)
    return shorter(sum_over_extents(terms, notation), notation.short_parts(number, sizes))


def sum_over_extents(terms: Sequence[Term], notation: Notation) -> list[str]:
    """Return the terms as text, each with its sign: `+ (c**2 + 27*c)*ceil(H/2)`."""
    result = []
    notation.learn(total_of(term.coefficient * term.extent for term in terms))  # sizes in their order, not the terms'
    for term in terms:
        coefficient = term.coefficient
        if term.extent != 1 and isinstance(coefficient, Polynomial) and len(coefficient.terms) > 1:
            parts = notation.short_parts(coefficient)
            factor = parts[0] if len(parts) == 1 else f"+ ({joined(parts)})"
            result.append(f"{factor}*{notation.text(term.extent)}")
        else:
            result += notation.parts(coefficient * term.extent)
    return result


def reasons(number: Number) -> list[str]:
    """Return what keeps a closed form from collapsing any further, each kind with an example."""
    found: dict[str, list[Atom]] = {}
    for atom in inside([number]):
        if atom.kind == "floor" and any(inner.kind == "floor" for inner in inside(atom.parts)):
            found.setdefault(
                "a size that was multiplied, then divided by something else, keeps both roundings", []
            ).append(atom)
        elif atom.kind in _REASONS:
            found.setdefault(_REASONS[atom.kind], []).append(atom)
    return [
        f"{reason}: {number_as_text(number_of(atoms[0]), in_place=True)}{_more(len(atoms) - 1)}"
        for reason, atoms in found.items()
    ]


_REASONS = {
    "positive": "which of two numbers is larger depends on the symbols",
    "gcd": "windows that are fitted overlap where sizes do not divide",
    "reads": "which taps read padding depends on the symbols",
    "inverse": "a division does not come out even for all values of the symbols",
}


def _more(count: int) -> str:
    return f", and {count} more like it" if count else ""
