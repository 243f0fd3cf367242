"""`convcost analyze`: every layer's shape, parameters, multiplies and receptive field, and the totals."""

from __future__ import annotations

from math import inf
from typing import Annotated

import typer

from convcost.analysis.costs import Analysis, analyze
from convcost.analysis.rows import rows_of, select, sort_keys, tree_rows
from convcost.analysis.stated import broken
from convcost.cli.options import BYTES, Dtype, Settings, Specs, Variant, collected, one_of, settings_of
from convcost.cli.output import ascii_only, rows_that_fit, show_table, terminal_width, warn, write
from convcost.errors import ConvcostError, Problem, UsageError
from convcost.figures import Setting
from convcost.reading.load import load

FORMATS = ("table", "json", "csv", "markdown", "latex")


def command(
    specs: Specs,
    settings: Settings = None,
    variant: Variant = None,
    format: Annotated[str, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="How to print.")] = "table",
    depth: Annotated[
        int | None, typer.Option("--depth", min=1, help="Fold blocks: show that many levels of them.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show every layer, however many lines the terminal has.")
    ] = False,
    sort: Annotated[
        str, typer.Option("--sort", metavar="FIGURE", help="Largest first: macs, params, elements, ...")
    ] = "order",
    top: Annotated[int | None, typer.Option("--top", min=1, help="Show only the first rows.")] = None,
    training: Annotated[
        bool, typer.Option("--training", help="Show the multiply-accumulates of a training step, forward and back.")
    ] = False,
    symbolic: Annotated[
        bool, typer.Option("--symbolic", help="Show each layer's formulas in the spec's symbols instead of numbers.")
    ] = False,
    algorithms: Annotated[
        bool, typer.Option("--algorithms", help="Show what im2col, Winograd and FFT would take for each convolution.")
    ] = False,
    dtype: Dtype = "float32",
) -> None:
    """Show what a network costs, layer by layer and in total."""
    one_of("--format", format, FORMATS)
    one_of("--sort", sort, sort_keys())
    one_of("--dtype", dtype, tuple(BYTES))
    if every and depth is not None:
        raise UsageError("--all shows every layer, --depth folds them: give one of them")
    chosen = settings_of(settings)
    if algorithms:
        if symbolic or training or depth is not None or sort != "order":
            raise UsageError("--algorithms goes with --format table, json, csv or markdown, and with --top alone")
        from convcost.cli.analyze.algorithms import show_algorithms

        return show_algorithms(specs, chosen, variant, format, top)
    if symbolic:
        if depth is not None or sort != "order" or format == "csv" or training or dtype != "float32":
            raise UsageError("--symbolic goes with --set, --variant, --top and --format table, markdown, latex or json")
        from convcost.cli.analyze.symbolic import show_formulas

        return show_formulas(specs, chosen, variant, format, top)
    if format == "json" and (depth is not None or sort != "order" or top is not None):
        raise UsageError("--format json has every layer, in order: --depth, --sort and --top are for tables")
    if format == "latex":
        raise UsageError("--format latex goes with --symbolic")
    analyses: list[Analysis] = []
    failures: list[Problem] = []
    for spec in specs:
        with collected(failures):
            analyses.append(analyze(load(spec, chosen, variant), Setting(dtype)))
    for analysis in analyses:
        _warn_of_unmet(analysis)
    _show(analyses, format, depth, every, sort, top, training)
    if failures:
        raise ConvcostError(failures)
    return None


def _warn_of_unmet(analysis: Analysis) -> None:
    """Remark on everything that the spec states and is not so, for those who did not ask."""
    if not broken(analysis):
        return
    from convcost.checks.expectations import broken_here

    for judged in broken_here(analysis):
        if judged.finding:
            warn(f"{judged.finding.span}: {judged.finding.message}")


def _show(
    analyses: list[Analysis], format: str, depth: int | None, every: bool, sort: str, top: int | None, training: bool
) -> None:
    if format == "json" and analyses:
        from convcost.render.analysis.data import as_json

        write(as_json(analyses))
    elif format == "csv" and analyses:
        from convcost.render.analysis.data import rows_as_csv

        write(rows_as_csv([(analysis, select(rows_of(analysis, depth), sort, top)) for analysis in analyses]))
    elif format == "markdown":
        from convcost.render.analysis.table import columns_for
        from convcost.render.columns import as_markdown
        from convcost.render.summary import as_markdown_list, summary

        for analysis in analyses:
            rows = select(rows_of(analysis, depth), sort, top)
            write(as_markdown(columns_for(analysis, training, bars=False), rows))
            write("\n" + as_markdown_list(summary(analysis)))
    else:
        for n, analysis in enumerate(analyses):
            if n:
                write("")
            _show_table(analysis, depth, every, sort, top, training)


def _show_table(analysis: Analysis, depth: int | None, every: bool, sort: str, top: int | None, training: bool) -> None:
    """On a terminal the layers are a tree, unless the costliest are asked for."""
    from convcost.render.analysis.table import columns_for, fold_note
    from convcost.render.summary import as_text, summary
    from convcost.render.tree import style_of

    columns = columns_for(analysis, training, ascii_only=ascii_only())
    totals = as_text(summary(analysis), terminal_width())
    most = rows_that_fit(totals)
    if most is None or sort != "order" or top is not None:
        rows = rows_of(analysis, depth)
        show_table(columns, select(rows, sort, top), len(rows))
    else:
        to_fit = depth is None and not every
        rows = tree_rows(analysis, most if to_fit else inf, depth or inf, folded=not every)
        show_table(columns, rows, style=style_of, note=fold_note(analysis, rows, to_fit))
    write("\n" + totals)
