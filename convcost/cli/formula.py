"""`convcost formula`: a network's total cost as one closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from convcost.cli.options import BYTES, Dtype, Free, Settings, Spec, Variant, names_of, one_of, settings_of
from convcost.cli.output import show_table, terminal_width, write
from convcost.errors import UsageError, did_you_mean
from convcost.language.symbols import setting
from convcost.reading.load import open_description

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from convcost.algebra.law import Law
    from convcost.analysis.costs import Analysis
    from convcost.ops.numbers import Number
    from convcost.render.law.tables import Table

FORMATS = ("text", "latex", "python", "json")

TABLE_FORMATS = ("text", "json", "csv", "markdown")
"""Of many formulas at once."""


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
    format: Annotated[
        str,
        typer.Option("--format", "-f", metavar="|".join(FORMATS), help="How to print; tables also as csv|markdown."),
    ] = "text",
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
    one_of("--format", format, TABLE_FORMATS if by or per_layer else FORMATS)
    law = _law(spec, settings_of(settings), variant, names_of(free), settings_of(at, "--at"), of, dtype)
    if by or per_layer:
        _show_table(law, of, format, per_layer)
    else:
        _show_formula(law, of, format)


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


def _show_formula(law: Law, of: str, format: str) -> None:
    from convcost.algebra.formula import formula_of

    formula = formula_of(law, of)
    if format == "text":
        from convcost.render.law.text import formula_text, law_lines
        from convcost.render.summary import as_text

        width = terminal_width()
        text, definitions = formula_text(law, formula, width)
        write(f"{text}\n\n{as_text([*definitions, *law_lines(law, formula, _analysis(law))], width)}")
    else:
        from convcost.render.law import export

        match format:
            case "latex":
                write(export.as_latex(law, formula))
            case "python":
                write(export.as_python(law, formula))
            case _:
                write(export.as_json(law, formula, _analysis(law)))


def _show_table(law: Law, of: str, format: str, per_layer: bool) -> None:
    from convcost.render.columns import as_markdown
    from convcost.render.law import tables

    table: Table[Any] = tables.by_layer(law, of, _analysis(law)) if per_layer else tables.by_block(law, of)
    if format == "json":
        write(tables.table_as_json(law, of, table))
    elif format == "csv":
        write(tables.table_as_csv(table))
    elif format == "markdown":
        write(as_markdown(table.columns, table.rows))
    else:
        show_table(table.columns, table.rows, table.of)


def _analysis(law: Law) -> Analysis | None:
    """The figures at the defaults: receptive fields are numbers, even where sizes are symbols."""
    from convcost.analysis.costs import analyze

    return analyze(law.numbers) if law.numbers else None
