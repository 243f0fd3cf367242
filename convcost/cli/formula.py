"""`convcost formula`: a network's total cost as one closed form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from convcost.algebra.derivation import derive
from convcost.algebra.formula import Formula, formula_of, with_few_numbers
from convcost.algebra.large import decided
from convcost.algebra.law import Law, require_formula
from convcost.analysis.in_symbols import AxisFormula, axis_formula, walked_figures
from convcost.cli.formats import Output, option, printer
from convcost.cli.options import (
    Arguments,
    Assume,
    Dtype,
    Ends,
    Free,
    NotPartial,
    Settings,
    Shapes,
    Spec,
    Variant,
    check_dtype,
    names_of,
    one_of,
    opening,
    settings_of,
)
from convcost.cli.output import terminal_width
from convcost.errors import UsageError, did_you_mean
from convcost.figures import FIGURES
from convcost.language.scope import setting
from convcost.ops.numbers import Number
from convcost.reading.description import Description
from convcost.reading.load import open_description
from convcost.render.formats import Blocks, Formats, Grid, tabular
from convcost.render.law.axes import axes_as_json, axes_as_latex, axes_as_python, axes_formula, axes_lines, field_line
from convcost.render.law.domain import definition_lines
from convcost.render.law.export import as_json, as_latex, as_python
from convcost.render.law.text import formula_text, law_lines
from convcost.render.summary import lines_as_text

if TYPE_CHECKING:
    from convcost.render.law.tables import Table


def command(
    spec: Spec,
    of: Annotated[
        str, typer.Option("--of", metavar="FIGURE", help="A figure: macs, params, elements, receptive_field, ...")
    ] = "macs",
    free: Free = None,
    settings: Settings = None,
    variant: Variant = None,
    at: Annotated[
        list[str] | None,
        typer.Option("--at", metavar="NAME=VALUE", help="Where to evaluate it; the symbol stays. May be repeated."),
    ] = None,
    assume: Assume = None,
    format: Annotated[str | None, option("text", "latex", "python", "json", "table", "csv", "markdown")] = None,
    output: Output = None,
    by: Annotated[str | None, typer.Option("--by", metavar="block", help="A formula for each block.")] = None,
    per_layer: Annotated[bool, typer.Option("--per-layer", help="A formula for each layer.")] = False,
    conditions: Annotated[bool, typer.Option("--conditions", help="Show all conditions, not the first few.")] = False,
    dtype: Dtype = None,
    shapes: Shapes = None,
    arguments: Arguments = None,
    outputs: Ends = None,
    partial: NotPartial = False,
) -> None:
    """Show a figure of a network as one closed form in its input's size, its symbols and the batch."""
    one_of("--of", of, tuple(FIGURES))
    if of not in walked_figures():
        require_formula(of)
    check_dtype(dtype, [of])
    if by is not None:
        one_of("--by", by, ("block",))
        if per_layer:
            raise UsageError("--by block and --per-layer are two tables: ask for one")
        if not FIGURES[of].is_sum:
            raise UsageError(f"--by block: blocks do not add up to `{of}`", "ask for --per-layer")
    formats = TABLE_FORMATS if by or per_layer else AXES_FORMATS if of in walked_figures() else FORMATS
    show = printer(formats, format, output)
    description = open_description(spec, opening(shapes, arguments, spec, outputs=outputs, partial=partial))
    law = _law(
        description, settings_of(settings), variant, names_of(free), settings_of(at, "--at"), of, dtype, assume or ()
    )
    show(Found(law, of, per_layer, conditions))


def _law(
    description: Description,
    settings: Mapping[str, str],
    variant: str | None,
    names: Collection[str] | None,
    at: Mapping[str, str],
    of: str,
    dtype: str | None,
    assume: Collection[str],
) -> Law:
    """The law, with the values of --at in place of the defaults."""
    values: dict[str, Number] = {name: setting(name, text, "--at") for name, text in at.items()}
    # The number of outputs is no more than a constant in a network's MACs. Of its parameters it is the classifier's.
    outputs = of == "params"
    totals = (of,) if FIGURES[of].has_law else ()
    law = derive(description, settings, variant, names, values, outputs, dtype, assume=assume, of=totals)
    for name in values:
        if name not in law.all_variables:
            known = list(law.all_variables)
            help = did_you_mean(name, known) or f"free are {', '.join(known) or 'none'}; set others with --set"
            if name in law.bound:
                help = f"it {law.bound[name]}: --set {name}=..."
            raise UsageError(f"--at {name}: the formula has no `{name}`", help)
    if values and (broken := law.broken(law.at({}))):
        raise UsageError(f"--at: the closed form holds only where {broken}")
    return decided(law, of)


class Found(NamedTuple):
    """A network's law, and what is asked of it: a total, whether by layer or by block, whether with all conditions."""

    law: Law
    of: str
    per_layer: bool
    conditions: bool

    @property
    def formula(self) -> Formula:
        """The total as one formula."""
        return formula_of(self.law, self.of)

    @property
    def axes(self) -> AxisFormula:
        """The figure along every axis."""
        return axis_formula(self.law, self.of)

    @property
    def table(self) -> Table[Any]:
        """The formulas of all layers or blocks."""
        from convcost.render.law.tables import by_block, by_layer

        return by_layer(self.law, self.of) if self.per_layer else by_block(self.law, self.of)


def _text(found: Found) -> str:
    width, formula, law = terminal_width(), found.formula, found.law
    few, left = with_few_numbers(law, formula)
    written = formula_text(law, few, width)
    lines = law_lines(law, formula, written, field_line(law), found.conditions, left)
    return f"{written.text}\n\n{lines_as_text([*definition_lines(law, written.definitions), *lines], width)}"


FORMATS: Formats[Found] = {
    "text": _text,
    "latex": lambda found: as_latex(found.law, found.formula),
    "python": lambda found: as_python(found.law, found.formula),
    "json": lambda found: as_json(found.law, found.formula),
}


def _axes(found: Found) -> str:
    formula = found.axes
    return f"{axes_formula(formula)}\n\n{lines_as_text(axes_lines(formula, found.conditions), terminal_width())}"


AXES_FORMATS: Formats[Found] = {
    "text": _axes,
    "latex": lambda found: axes_as_latex(found.axes),
    "python": lambda found: axes_as_python(found.axes),
    "json": lambda found: axes_as_json(found.axes),
}


def _table(found: Found) -> Blocks:
    table = found.table
    return [Grid(table.columns, table.rows, table.of), definition_lines(found.law, table.definitions)]


def _table_json(found: Found) -> str:
    from convcost.render.law.tables import table_as_json

    return table_as_json(found.law, found.of, found.table)


def _table_csv(found: Found) -> str:
    from convcost.render.law.tables import table_as_csv

    return table_as_csv(found.table)


TABLE_FORMATS: Formats[Found] = tabular(_table, _table_json, _table_csv)
