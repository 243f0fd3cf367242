"""`convcost formula`: a network's total cost as one closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.options import Settings, Variant, one_of, settings_of
from convcost.cli.output import show_table, terminal_width, write
from convcost.errors import UsageError
from convcost.reading.load import open_source

if TYPE_CHECKING:
    from convcost.algebra.law import Law

FORMATS = ("text", "latex", "python", "json")


def command(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A spec file, a bundled network by name, or -.")],
    of: Annotated[
        str, typer.Option("--of", metavar="TOTAL", help="macs, params, elements or a kind of work.")
    ] = "macs",
    free: Annotated[
        str | None, typer.Option("--in", metavar="NAME,...", help="The symbols to leave free; N is the batch.")
    ] = None,
    settings: Settings = None,
    variant: Variant = None,
    format: Annotated[str, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="How to print.")] = "text",
    by: Annotated[str | None, typer.Option("--by", metavar="block", help="A formula for each block.")] = None,
    per_layer: Annotated[bool, typer.Option("--per-layer", help="A formula for each layer.")] = False,
) -> None:
    """Show a total of a network as one closed form in its input's size, its symbols and the batch."""
    from convcost.algebra.derivation import derive
    from convcost.algebra.formula import formula_of
    from convcost.algebra.law import TOTALS

    one_of("--format", format, FORMATS)
    one_of("--of", of, TOTALS)
    if by is not None:
        one_of("--by", by, ("block",))
    if (by or per_layer) and format != "text":
        raise UsageError("--by and --per-layer go with --format text")
    source, name = open_source(spec)
    names = None if free is None else [word.strip() for word in free.split(",") if word.strip()]
    law = derive(source, name, settings_of(settings), variant, names)
    if per_layer:
        _show_layers(law, of)
    elif by:
        _show_blocks(law, of)
    elif format == "text":
        _show_text(law, of)
    else:
        from convcost.render import law_export

        export = {"latex": law_export.as_latex, "python": law_export.as_python, "json": law_export.as_json}[format]
        write(export(law, formula_of(law, of)))


def _show_layers(law: Law, of: str) -> None:
    from convcost.analysis.receptive_field import receptive_fields
    from convcost.render.law import LayerRow, layer_columns

    fields = {}
    if law.numbers:
        names = (layer.name for layer in law.numbers.layers)
        fields = dict(zip(names, receptive_fields(law.numbers), strict=True))
    rows = zip(law.network.layers, law.layer_totals(of), strict=True)
    show_table(layer_columns(law, of), [LayerRow(layer, total, fields.get(layer.name)) for layer, total in rows])


def _show_blocks(law: Law, of: str) -> None:
    from convcost.render.law import BlockRow, block_columns

    rows = [BlockRow(name, total) for name, total in law.by_block(of).items() if total != 0]
    show_table(block_columns(law, of), rows, len(law.by_block(of)))


def _show_text(law: Law, of: str) -> None:
    from convcost.algebra.formula import formula_of
    from convcost.analysis.costs import analyze
    from convcost.render.law import formula_text, law_lines, shape_text
    from convcost.render.summary import as_text, field_of

    width = terminal_width()
    formula = formula_of(law, of)
    text, definitions = formula_text(law, formula, width)
    lines = [*definitions, *law_lines(law, formula)]
    lines.append(("output", ", ".join(map(shape_text, law.output_shapes))))
    if law.numbers:
        lines.append(("receptive field", field_of(analyze(law.numbers))))
    write(f"{text}\n\n{as_text(lines, width)}")
