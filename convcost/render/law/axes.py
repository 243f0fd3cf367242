"""Closed forms along axes: receptive fields, strides and starts, and shapes; as text, LaTeX, Python and JSON."""

from __future__ import annotations

from collections.abc import Sequence

from convcost import numerals
from convcost.algebra.domain import assumptions
from convcost.algebra.law import Law
from convcost.algebra.texts import number_as_text
from convcost.algebra.variables import Variable
from convcost.analysis.costs import analyze
from convcost.analysis.in_symbols import AxisFormula, Walked
from convcost.analysis.whole import NoFigure, SeesAll
from convcost.errors import printable
from convcost.figures import FIGURES
from convcost.network import Layer
from convcost.ops.base import Shape, by_x
from convcost.ops.numbers import Number
from convcost.render.law.domain import domain_in_full, domain_of
from convcost.render.law.export import variables_object
from convcost.render.law.text import fixed_symbols, meaning_of, shape_text, shown
from convcost.render.summary import Line, field_of, field_text

NO_FORMULA = "no formula"


def axes_text(of: str, numbers: Sequence[Number]) -> str:
    """Return the numbers of a figure, once where all are alike: `k*s - s + 1`, or `(k + 2) x 3`, or `-p, 0`."""
    if FIGURES[of].is_shape:
        return shape_text(Shape(numbers[0], tuple(numbers[1:])))
    texts = [number_as_text(n, in_place=True) for n in numbers]
    if len(set(texts)) == 1 and any(not text.isdigit() for text in texts):
        return texts[0]
    if _is_signed(of):
        return numerals.per_axis(tuple(texts))
    if all(text.isdigit() for text in texts):
        return by_x(texts)
    return " x ".join(f"({text})" if " " in text else text for text in texts)


def _is_signed(of: str) -> bool:
    return of in ("effective_stride", "start_offset")


def cell(found: Walked, of: str, layer: Layer) -> str:
    """Return a layer's figure in a cell: `all` for the whole input, `-` where it has no single value."""
    try:
        return axes_text(of, found.numbers(of, layer))
    except SeesAll:
        return "all"
    except NoFigure:
        return NO_FORMULA if found.has_no_formula(layer) else "-"


def field_line(law: Law) -> str:
    """Return the largest receptive field that is a window, in symbols; numbers, and why, where it has no formula."""
    found = Walked(law.network, law)
    try:
        layer = found.layer_of("receptive_field")
        if layer is not None:
            size, stride = (axes_text(of, found.numbers(of)) for of in ("receptive_field", "effective_stride"))
    except NoFigure as reason:
        return f"{field_of(analyze(law.numbers))}, at the defaults: {reason}" if law.numbers else str(reason)
    window = layer and f"{size} px, stride {stride} px, at {layer}"
    where = f", where {'; '.join(found.where)}" if found.where else ""
    return field_text(window, found.reason) + where


def axes_lines(formula: AxisFormula, every: bool = False) -> list[Line]:
    """Return what there is to say about the closed forms: variables, assumptions, the value, and of which layer."""
    law = formula.law
    lines = [(v.name, meaning_of(v)) for v in formula.variables]
    lines += [(name, f"{shown(value)}{why and f' ({why})'}") for name, (value, why) in fixed_symbols(law).items()]
    if formula.variables or law.conditions:
        lines.append(("holds", domain_of(law, every=every)))
    if formula.value is not None:
        at = ", ".join(f"{variable.name} = {shown(variable.default)}" for variable in formula.variables)
        unit = " px" if FIGURES[formula.of].is_per_axis else ""
        lines.append(("value", f"{axes_text(formula.of, formula.value)}{unit}{at and f' at {at}'}"))
    if formula.layer:
        lines.append(("layer", formula.layer))
    return [(label, printable(text)) for label, text in lines]


def axes_formula(formula: AxisFormula) -> str:
    """Return the closed forms on one line."""
    arguments = f"({', '.join(v.name for v in formula.variables)})" if formula.variables else ""
    return f"{formula.of}{arguments} = {axes_text(formula.of, formula.numbers)}"


def axes_as_python(formula: AxisFormula) -> str:
    """Return a function that gives the figure for ints: one number where all axes are alike, else a tuple."""
    numbers = _distinct(formula.of, formula.numbers)
    found = numbers[0] if len(numbers) == 1 else numbers
    return numbers_as_python(formula.law, formula.of, formula.law.network.name, found, formula.variables)


def numbers_as_python(
    law: Law, of: str, whose: str, found: Number | tuple[Number, ...], variables: Sequence[Variable]
) -> str:
    """Return a function that gives a figure: a number, or a tuple of numbers."""
    from convcost.algebra.source_code import PythonNotation, function

    notation = PythonNotation(law.network.symbols)
    texts = [notation.quotient(number) for number in (found if isinstance(found, tuple) else (found,))]
    text = f"({', '.join(texts)}{',' * (len(texts) == 1)})" if isinstance(found, tuple) else texts[0]
    summary = f"{FIGURES[of].label.capitalize()} of {whose}, {domain_in_full(law)}."
    arguments = [notation.argument(variable.name) for variable in variables]
    return function(of, arguments, printable(summary), notation, text)


def axes_as_latex(formula: AxisFormula) -> str:
    """Return an equation for a paper; it needs the package amsmath."""
    return numbers_as_latex(formula.law, formula.of, formula.law.network.name, formula.numbers, formula.variables)


def numbers_as_latex(law: Law, of: str, whose: str, numbers: tuple[Number, ...], variables: Sequence[Variable]) -> str:
    """Return a figure's numbers as an equation; it needs the package amsmath."""
    from convcost.algebra.latex import as_latex

    arguments = ", ".join(as_latex(variable.number) for variable in variables)
    head = rf"\text{{{FIGURES[of].label}}}" + (f"({arguments})" if arguments else "")
    lines = [f"% {printable(whose)}, {domain_of(law)}", r"\begin{align*}"]
    return "\n".join([*lines, f"{head} = {{}} & {_latex(of, numbers)}", r"\end{align*}"]) + "\n"


def latex_cell(found: Walked, of: str, layer: Layer) -> str:
    """Return a layer's figure in a cell of a LaTeX table."""
    try:
        return f"${_latex(of, found.numbers(of, layer))}$"
    except NoFigure:
        return cell(found, of, layer)


def _latex(of: str, numbers: tuple[Number, ...]) -> str:
    from convcost.algebra.latex import as_latex, as_latex_factors

    numbers = _distinct(of, numbers)
    if len(numbers) == 1:
        return as_latex(numbers[0])
    return ", ".join(map(as_latex, numbers)) if _is_signed(of) else as_latex_factors(numbers)


def axes_as_json(formula: AxisFormula) -> str:
    """Return the closed forms in an object; `formula.schema.json` is its schema."""
    import json

    law = formula.law
    data = {
        "name": law.network.name,
        "of": formula.of,
        "formula": axes_formula(formula),
        "axes": [number_as_text(n, in_place=True) for n in formula.numbers],
        "variables": variables_object(law, formula.variables),
        "assumptions": [*assumptions(law.conditions), *law.unanswered],
        "value": formula.value and [numerals.plain_number(n) for n in formula.value],
        "layer": formula.layer,
    }
    return json.dumps(data, indent=2) + "\n"


def _distinct(of: str, numbers: tuple[Number, ...]) -> tuple[Number, ...]:
    """The numbers, or one where those of all axes are alike."""
    return numbers[:1] if FIGURES[of].is_per_axis and all(n == numbers[0] for n in numbers) else numbers
