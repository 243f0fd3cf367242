"""`convcost formula`: a network's total cost as one closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from convcost.cli.formats import Output, option, printer
from convcost.cli.options import BYTES, Dtype, Free, Settings, Spec, Variant, names_of, one_of, settings_of
from convcost.cli.output import terminal_width
from convcost.errors import UsageError, did_you_mean
from convcost.language.scope import setting
from convcost.reading.load import open_description
from convcost.render.formats import Blocks, Formats, Grid, tabular

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from convcost.algebra.formula import Formula
    from convcost.algebra.law import Law
    from convcost.analysis.costs import Analysis
    from convcost.ops.numbers import Number
    from convcost.render.law.tables import Table


def command(
    spec: Spec,
    of: Annotated[
        str, typer.Option("--of", metavar="TOTAL", help="A figure that layers add up to: macs, params, elements, ...")
    ] = "macs",
    free: Free = None,
    settings: Settings = None,
    variant: Variant = None,
    at: Annotated[
        list[str] | None,
        typer.Option("--at", metavar="NAME=VALUE", help="Where to evaluate it; the symbol stays. May be repeated."),
    ] = None,
    format: Annotated[str | None, option("text", "latex", "python", "json", "table", "csv", "markdown")] = None,
    output: Output = None,
    by: Annotated[str | None, typer.Option("--by", metavar="block", help="A formula for each block.")] = None,
    per_layer: Annotated[bool, typer.Option("--per-layer", help="A formula for each layer.")] = False,
    dtype: Dtype = "float32",
) -> None:
    """Show a total of a network as one closed form in its input's size, its symbols and the batch."""
    from convcost.algebra.law import require_formula
    from convcost.figures import FIGURES

    one_of("--of", of, tuple(FIGURES))
    require_formula(of)
    one_of("--dtype", dtype, tuple(BYTES))
    if by is not None:
        one_of("--by", by, ("block",))
        if per_layer:
            raise UsageError("--by block and --per-layer are two tables: ask for one")
    show = printer(TABLE_FORMATS if by or per_layer else FORMATS, format, output)
    law = _law(spec, settings_of(settings), variant, names_of(free), settings_of(at, "--at"), of, dtype)
    show(Found(law, of, per_layer))


def _law(
    spec: str,
    settings: Mapping[str, str],
    variant: str | None,
    names: Collection[str] | None,
    at: Mapping[str, str],
    of: str,
    dtype: str,
) -> Law:
    """The law, with the values of --at in place of the defaults."""
    from convcost.algebra.derivation import derive

    values: dict[str, Number] = {name: setting(name, text, "--at") for name, text in at.items()}
    # The number of outputs is no more than a constant in a network's MACs. Of its parameters it is the classifier's.
    outputs = of == "params"
    law = derive(open_description(spec), settings, variant, names, values, outputs, dtype)
    for name in values:
        if name not in law.all_variables:
            known = list(law.all_variables)
            help = did_you_mean(name, known) or f"free are {', '.join(known) or 'none'}; set others with --set"
            if name in law.bound:
                help = f"it {law.bound[name]}: --set {name}=..."
            raise UsageError(f"--at {name}: the formula has no `{name}`", help)
    if values and (broken := law.broken(law.at({}))):
        raise UsageError(f"--at: the closed form holds only where {broken}")
    return law


class Found(NamedTuple):
    """A network's law, the total that is asked for, and whether by layer rather than by block."""

    law: Law
    of: str
    per_layer: bool

    @property
    def formula(self) -> Formula:
        """The total as one formula."""
        from convcost.algebra.formula import formula_of

        return formula_of(self.law, self.of)

    @property
    def table(self) -> Table[Any]:
        """The formulas of all layers or blocks."""
        from convcost.render.law.tables import by_block, by_layer

        return by_layer(self.law, self.of, self.analysis) if self.per_layer else by_block(self.law, self.of)

    @property
    def analysis(self) -> Analysis | None:
        """The figures at the defaults: receptive fields are numbers, even where sizes are symbols."""
        from convcost.analysis.costs import analyze

        return analyze(self.law.numbers) if self.law.numbers else None


def _text(found: Found) -> str:
    from convcost.render.law.text import formula_text, law_lines
    from convcost.render.summary import lines_as_text

    width, formula = terminal_width(), found.formula
    text, definitions = formula_text(found.law, formula, width)
    return f"{text}\n\n{lines_as_text([*definitions, *law_lines(found.law, formula, found.analysis)], width)}"


def _latex(found: Found) -> str:
    from convcost.render.law.export import as_latex

    return as_latex(found.law, found.formula)


def _python(found: Found) -> str:
    from convcost.render.law.export import as_python

    return as_python(found.law, found.formula)


def _json(found: Found) -> str:
    from convcost.render.law.export import as_json

    return as_json(found.law, found.formula, found.analysis)


FORMATS: Formats[Found] = {"text": _text, "latex": _latex, "python": _python, "json": _json}


def _table(found: Found) -> Blocks:
    table = found.table
    return [Grid(table.columns, table.rows, table.of)]


def _table_as_json(found: Found) -> str:
    from convcost.render.law.tables import table_as_json

    return table_as_json(found.law, found.of, found.table)


def _table_as_csv(found: Found) -> str:
    from convcost.render.law.tables import table_as_csv

    return table_as_csv(found.table)


TABLE_FORMATS: Formats[Found] = tabular(_table, _table_as_json, _table_as_csv)
