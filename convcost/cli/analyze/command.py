"""`convcost analyze`: every layer's shape, parameters, multiplies and receptive field, and the totals."""

# Annotations stay objects here: as text, typer compiles each of them several times at every start.
from collections.abc import Iterator
from itertools import accumulate
from math import inf
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from convcost.analysis.costs import Analysis, Costs, rows_of, select, sort_keys
from convcost.analysis.described import analyze_description, lines_stated
from convcost.cli.bibliography import Bib, write_bib
from convcost.cli.columns import Columns, Style, With, chosen_columns, say_unmatched
from convcost.cli.formats import Output, format_of, option, printer
from convcost.cli.options import (
    BYTES,
    Arguments,
    Assume,
    Dtype,
    Ends,
    Free,
    Partial,
    Settings,
    Shapes,
    Specs,
    Variant,
    names_of,
    one_of,
    opening,
    settings_of,
    show_all,
)
from convcost.cli.output import ascii_only, note, rows_that_fit, terminal_width, warn
from convcost.errors import Source, UsageError
from convcost.figures import FIGURES
from convcost.reading.description import Description
from convcost.reading.load import open_description
from convcost.render.columns import Column
from convcost.render.formats import Block, Blocks, Formats, Grid, as_markdown
from convcost.render.summary import Line

if TYPE_CHECKING:
    from convcost.render.figure_columns import Chosen


def command(
    specs: Specs,
    settings: Settings = None,
    variant: Variant = None,
    format: Annotated[str | None, option("table", "json", "csv", "markdown", "latex")] = None,
    output: Output = None,
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
    columns: Columns = None,
    beside: With = None,
    style: Style = "exact",
    bib: Bib = None,
    training: Annotated[
        bool, typer.Option("--training", help="Show the multiply-accumulates of a training step, forward and back.")
    ] = False,
    symbolic: Annotated[
        bool, typer.Option("--symbolic", help="Show each layer's formulas in the spec's symbols instead of numbers.")
    ] = False,
    free: Free = None,
    assume: Assume = None,
    algorithms: Annotated[
        bool, typer.Option("--algorithms", help="Show what im2col, Winograd and FFT would take for each convolution.")
    ] = False,
    device: Annotated[
        str | None,
        typer.Option("--device", metavar="DEVICE", help="Show the least time that each layer takes on a device."),
    ] = None,
    dtype: Dtype = None,
    shapes: Shapes = None,
    arguments: Arguments = None,
    outputs: Ends = None,
    partial: Partial = False,
) -> None:
    """Show what a network costs, layer by layer and in total."""
    one_of("--sort", sort, (*sort_keys(), *(("time_bound",) if device else ())))
    one_of("--dtype", dtype or "float32", tuple(BYTES))
    if every and depth is not None:
        raise UsageError("--all shows every layer, --depth folds them: give one of them")
    own, how = settings_of(settings), opening(shapes, arguments, *specs, outputs=outputs, partial=partial)
    by_name = columns is not None or bool(beside) or style != "exact"
    if algorithms:
        if symbolic or training or depth is not None or sort != "order" or by_name or bib or device:
            raise UsageError("--algorithms goes with --set, --variant, --top, --format and -o alone")
        from convcost.cli.analyze.algorithms import show_algorithms

        return show_algorithms(specs, own, variant, format, output, top, how)
    if symbolic:
        if depth is not None or sort != "order" or training or dtype is not None or by_name or bib or device:
            raise UsageError("--symbolic goes with --set, --variant, --in, --assume, --top, --format and -o alone")
        from convcost.cli.analyze.symbolic import show_formulas

        return show_formulas(specs, own, variant, names_of(free), format, output, top, assume or (), how)
    if free is not None:
        raise UsageError("--in goes with --symbolic")
    if assume:
        raise UsageError("--assume goes with --symbolic")
    if training and by_name:
        raise UsageError("--training adds a column to those of the usual table", "--columns params,macs,training_macs")

    def analyzed(spec: str) -> tuple[Description, Analysis]:
        description = open_description(spec, how)
        analysis = analyze_description(description, own, variant, dtype)
        if description.spec.note and variant is None:
            note(f"{spec}: {description.spec.note}")
        _warn_of_unmet(analysis, description)
        return description, analysis

    if device is not None:
        if training or by_name or bib or every:
            raise UsageError(
                "--device goes with --set, --variant, --dtype, --depth, --sort, --top, --format and -o alone"
            )
        from convcost.cli.analyze.device import show_bounds

        return show_bounds(specs, lambda spec: analyzed(spec)[1], device, format, output, depth, sort, top)
    show = printer(FORMATS, format, output)
    chosen = None
    if by_name:
        known = [name for name, figure in FIGURES.items() if figure.of_parts]
        chosen = chosen_columns(columns, beside, style, format_of(FORMATS, format, output), known)

    sources: list[tuple[str, Source]] = []

    def read(spec: str) -> Shown:
        description, analysis = analyzed(spec)
        sources.append((analysis.network.name, description.source))
        return Shown(analysis, depth, every, sort, top, training, chosen)

    def show_noted(found: list[Shown]) -> None:
        if chosen:
            names = (row.name for one in found for row in one.rows)
            say_unmatched(chosen.measured, names, (name for one in found for name in _names(one.analysis)))
        show(found)
        if bib is not None:
            write_bib(bib, sources)

    return show_all(specs, read, show_noted)


def _names(analysis: Analysis) -> Iterator[str]:
    """The names of all layers, and of the blocks that they are in."""
    for layer in analysis.network.layers:
        yield from accumulate(layer.name.split("."), "{}.{}".format)


def _warn_of_unmet(analysis: Analysis, description: Description) -> None:
    """Remark on everything that the spec states and is not so, for those who did not ask."""
    broken = [line for line in lines_stated(analysis, description) if not line[-1].met]
    if not broken:
        return  # and what makes findings is not imported
    from convcost.checks.expectations import judged

    for line in broken:
        if finding := judged(analysis.network.name, *line).finding:
            warn(f"{finding.span}: {finding.message}")


class Shown(NamedTuple):
    """A network's figures, and which of them are asked for."""

    analysis: Analysis
    depth: int | None
    every: bool
    sort: str
    top: int | None
    training: bool
    chosen: "Chosen | None"
    """The columns that are asked for; None: the usual ones."""

    @property
    def rows(self) -> list[Costs]:
        """One row per layer, or per block where they are folded, sorted and cut."""
        return select(rows_of(self.analysis, self.depth), self.sort, self.top)


def _blocks(found: list[Shown]) -> Blocks:
    from convcost.render.summary import summary

    blocks: list[Block] = []
    for one in found:
        totals = summary(one.analysis)
        blocks += [_table(one, totals), totals]
    return blocks


def _table(one: Shown, totals: list[Line]) -> Grid[Costs]:
    """On a terminal the layers are a tree, unless the costliest are asked for, or numbers by the layers' full names."""
    from convcost.render.analysis.table import fold_note
    from convcost.render.summary import lines_as_text

    analysis, depth, every, *_ = one
    columns = _columns(one, bars=True)
    most = rows_that_fit(lines_as_text(totals, terminal_width()))
    if most is None or one.sort != "order" or one.top is not None or (one.chosen and one.chosen.measured.files):
        return Grid(columns, one.rows, len(rows_of(analysis, depth)))
    from convcost.analysis.tree import tree_rows
    from convcost.render.tree import style_of

    to_fit = depth is None and not every
    rows = tree_rows(analysis, most if to_fit else inf, depth or inf, folded=not every)
    return Grid(columns, rows, style=style_of, note=fold_note(analysis, rows, to_fit))


def _columns(one: Shown, bars: bool) -> list[Column[Costs]]:
    if one.chosen:
        from convcost.render.analysis import chosen

        return chosen.columns_for(one.analysis, one.chosen)
    from convcost.render.analysis.table import columns_for

    return columns_for(one.analysis, one.training, bars, ascii_only())


def _markdown(found: list[Shown]) -> str:
    from convcost.render.summary import summary

    blocks: list[Block] = []
    for one in found:
        blocks += [Grid(_columns(one, bars=False), one.rows), summary(one.analysis)]
    return as_markdown(blocks)


def _latex(found: list[Shown]) -> str:
    from convcost.render.analysis.chosen import TRAINING, as_latex
    from convcost.render.figure_columns import USUAL

    return "\n".join(
        as_latex(one.analysis, one.rows, one.chosen or (TRAINING if one.training else USUAL)) for one in found
    )


def _json(found: list[Shown]) -> str:
    from convcost.render.analysis.data import as_json
    from convcost.render.figure_columns import USUAL

    return as_json([(one.analysis, one.rows) for one in found], (found[0].chosen or USUAL).measured)


def _csv(found: list[Shown]) -> str:
    from convcost.render.analysis.data import rows_as_csv
    from convcost.render.figure_columns import USUAL

    return rows_as_csv([(one.analysis, one.rows) for one in found], found[0].chosen or USUAL)


FORMATS: Formats[list[Shown]] = {
    "table": _blocks,
    "json": _json,
    "csv": _csv,
    "markdown": _markdown,
    "latex": _latex,
}
