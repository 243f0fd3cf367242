"""A law for other programs: Python, LaTeX and JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from convcost import numerals
from convcost.algebra.anatomy import fraction_of
from convcost.algebra.domain import assumptions
from convcost.algebra.formula import Formula, pieces, sum_over_extents
from convcost.algebra.growth import Growth
from convcost.algebra.law import Law
from convcost.algebra.notation import Notation
from convcost.algebra.polynomial import Polynomial
from convcost.algebra.sums import joined
from convcost.algebra.terms import terms_of
from convcost.algebra.texts import number_as_text
from convcost.algebra.variables import Variable
from convcost.analysis.costs import analyze
from convcost.analysis.in_symbols import Walked
from convcost.errors import printable
from convcost.ops.numbers import Number
from convcost.render.law.domain import domain_in_full, domain_of
from convcost.render.law.text import TITLES, fixed_symbols, formula_parts, formula_text, names_of, total_text

_WIDE = 100
"""Characters of a term that fit a line of a page."""

_NARROW = 40
"""Characters of terms of which several stand on one line."""


def as_python(law: Law, formula: Formula) -> str:
    """Return a function that gives the total for ints and Fractions, and for arrays of them."""
    from convcost.algebra.source_code import PythonNotation, function

    notation = PythonNotation({*law.network.symbols, *law.all_variables}, names=law.size_names)
    above, below = fraction_of(formula.number)
    parts = pieces(terms_of(above, law.sizes, law.at_defaults), notation)
    text = joined(parts)
    if len(parts) > 1:
        text = f"(\n    {joined(parts[:1])}\n" + "".join(f"    {part}\n" for part in parts[1:]) + ")"
    if formula.batch:
        text = f"{notation.argument(formula.batch.name)}*{text}"
    if below != 1:
        text = notation.over(text, below)
    summary = f"{TITLES.get(formula.of, formula.of).capitalize()} of {law.network.name}, {domain_in_full(law)}."
    arguments = list(map(notation.argument, names_of(formula)))
    return function(formula.of, arguments, printable(summary), notation, text)


def as_latex(law: Law, formula: Formula) -> str:
    """Return an equation for a paper; it needs the package amsmath."""
    from convcost.algebra.latex import latex_of, latex_terms, times

    notation, parts = formula_parts(law, formula)
    if max(map(len, parts)) > _WIDE:
        parts = sum_over_extents(formula.terms, notation)
    first, *more = latex_terms(parts)
    arguments = ", ".join(map(latex_of, names_of(formula)))
    head = rf"\text{{{formula.of.replace('_', ' ')}}}" + (f"({arguments})" if arguments else "")
    tail = ""
    if formula.batch:
        left, tail = (r"\Bigl(", r"\Bigr)") if more else ("", "")
        first = times(latex_of(formula.batch.name), f"{left}{first}")
    lines, room = [f"{head} = {{}} & {first}"], _NARROW - len(parts[0])
    for part, term in zip(parts[1:], more, strict=True):
        room -= len(part)
        if room < 0:
            lines, room = [*lines, rf"  & {term}"], _NARROW - len(part)
        else:
            lines[-1] += f" {term}"
    lines[-1] += tail
    lines += [f"  {latex_of(name)} = {{}} & {latex_of(text)}" for name, text in notation.definitions.items()]
    body = [line + r" \\" for line in lines[:-1]] + lines[-1:]
    comment = f"% {printable(law.network.name)}, {domain_of(law)}"
    return "\n".join([comment, r"\begin{align*}", *body, r"\end{align*}"]) + "\n"


def as_json(law: Law, formula: Formula) -> str:
    """Return the formula in an object; `formula.schema.json` is its schema."""
    import json

    return json.dumps(_object(law, formula), indent=2) + "\n"


def _object(law: Law, formula: Formula) -> dict[str, Any]:
    text, definitions, names = formula_text(law, formula)
    inlined = [atom for atom in law.size_names if atom not in names]
    notation = Notation(law.network.symbols, names=law.size_names, inlined=inlined)
    pieces(formula.terms, notation)  # so that roundings have the same names here
    terms = [(notation.text(term.coefficient), notation.text(term.extent)) for term in formula.terms]
    return {
        "name": law.network.name,
        "of": formula.of,
        "formula": text,
        "definitions": definitions,
        "batch": formula.batch and formula.batch.name,
        "terms": [{"coefficient": coefficient, "extent": extent} for coefficient, extent in terms],
        "variables": variables_object(law, formula.variables),
        "set": {name: {"value": plain(value), "because": why} for name, (value, why) in fixed_symbols(law).items()},
        "assumed": list(law.assumed.texts) if law.assumed else [],
        "assumptions": [*assumptions(law.conditions), *law.unanswered],
        "short": formula.short
        and {"assume": list(formula.short.assume), "formula": total_text(law, formula, formula.short.number)},
        "value": formula.value,
        "growth": [_growth_object(growth) for growth in formula.growth],
        "long_because": list(formula.reasons),
        "reached": law.reached(formula.of),
        "output_shapes": [[number_as_text(n, in_place=True) for n in y.numbers] for y in law.output_shapes],
        "receptive_field": analyze(law.numbers).receptive_field if law.numbers else None,
        "receptive_field_formulas": Walked(law.network, law).texts("receptive_field"),
    }


def variables_object(law: Law, variables: Iterable[Variable]) -> list[dict[str, Any]]:
    """Return variables of a law as plain data."""
    whole = law.whole
    return [
        {
            "name": variable.name,
            "meaning": variable.meaning,
            "default": numerals.plain_number(variable.default),
            "whole": variable.name in whole,
        }
        for variable in variables
    ]


def _growth_object(growth: Growth) -> dict[str, Any]:
    coefficients = growth.coefficients or {}
    return {
        "in": growth.variable.name,
        "terms": [
            {"degree": n, "value": numerals.plain_number(value), "coefficient": plain(coefficients.get(n))}
            for n, value in growth.values.items()
        ],
        "doubled": None if growth.doubled is None else float(growth.doubled),
    }


def plain(number: Number) -> Any:
    """Return a number as JSON has it, a formula as text."""
    return number_as_text(number, in_place=True) if isinstance(number, Polynomial) else numerals.plain_number(number)
