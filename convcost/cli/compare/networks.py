"""`convcost compare` on networks, and on a network before and after a change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from convcost.cli.bibliography import write_bib
from convcost.cli.columns import chosen_columns, say_unmatched
from convcost.cli.compare.request import Request, index_of
from convcost.cli.compare.sides import sides_of
from convcost.cli.formats import format_of, printer
from convcost.cli.output import rows_that_fit, terminal_width
from convcost.comparison.alignment import align
from convcost.comparison.convolutions import figures_of, ratios
from convcost.comparison.networks import Pair
from convcost.figures import FIGURES
from convcost.render.columns import fits
from convcost.render.comparison import networks as render
from convcost.render.comparison.lines import lines_of, tree_lines
from convcost.render.comparison.network_data import networks_as_json, pairs_as_csv, sides_as_csv
from convcost.render.comparison.networks import Compared
from convcost.render.comparison.sides import note, verdict
from convcost.render.figure_columns import USUAL, Chosen
from convcost.render.formats import Blocks, Formats, Grid, Under, as_markdown
from convcost.render.summary import lines_as_text
from convcost.render.tree import folded, style_of


def run(request: Request) -> None:
    """Compare networks, or one with itself after a replacement."""
    show = printer(FORMATS, request.format, request.output)
    chosen = None
    if request.by_name:
        format = format_of(FORMATS, request.format, request.output)
        chosen = chosen_columns(request.columns, request.beside, request.style, format, FIGURES)
    found = sides_of(request)
    figures = [figures_of(one.analysis) for one in found]
    n = index_of(request.baseline, [(one.label, one.word) for one in found])
    sides = [
        render.Compared(one.label, one.analysis, own, ratios(own, figures[n]))
        for one, own in zip(found, figures, strict=True)
    ]
    if chosen:
        say_unmatched(chosen.measured, (side.label for side in sides))
    is_pair = len(sides) == 2 and not chosen and not any(side.is_all for side in request.sides)
    pairs = align(sides[0].analysis, sides[1].analysis) if is_pair else []
    show(Found(sides, sides[n], pairs, request.every, chosen))
    if request.bib is not None:
        write_bib(request.bib, [(one.label, one.source) for one in found])


class Found(NamedTuple):
    """Networks side by side, what ratios are to, of two their layers in pairs, and the columns that were asked for."""

    sides: Sequence[Compared]
    base: Compared
    pairs: Sequence[Pair]
    every: bool
    chosen: Chosen | None


def _blocks(found: Found, page: bool = False) -> Blocks:
    """Two networks layer by layer and in total, more of them in total; on a page nothing is cut to fit a screen."""
    sides, base = found.sides, found.base
    if found.chosen:
        return [Grid(render.chosen_columns_for(sides, found.chosen), sides)]
    rows, columns = render.total_rows(sides, base), render.total_columns(sides)
    width = None if page else terminal_width()
    if found.pairs and fits(columns[:3], rows, width):
        totals: Grid[Any] = Grid(columns, rows)
    else:
        totals = Grid(render.network_columns(sides, base.label), sides)
    return [*(_pairs(found, page) if found.pairs else []), totals, Under(note(base.analysis.at))]


def _pairs(found: Found, page: bool) -> Blocks:
    sides, pairs, every = found.sides, found.pairs, found.every
    summary = render.summary_lines(pairs, *(side.label for side in sides))
    most = None if page else rows_that_fit(lines_as_text(summary, terminal_width()))
    lines = lines_of(pairs, every) if most is None else tree_lines(pairs, every, most)
    hint = "" if every or most is None else folded(lines, ": --all shows every layer")
    table = Grid(render.layer_columns(*sides), lines, style=style_of, note=hint)
    other = next(side for side in sides if side is not found.base)
    return [table, summary, verdict(other.label, found.base.label, "macs", other.ratios["macs"])]


def _latex(found: Found) -> str:
    from convcost.render.comparison.paper import as_latex

    return as_latex(found.sides, found.chosen or USUAL)


FORMATS: Formats[Found] = {
    "table": _blocks,
    "json": lambda found: networks_as_json(found.sides, found.base, found.pairs, (found.chosen or USUAL).measured),
    "csv": lambda found: pairs_as_csv(found.pairs) if found.pairs else sides_as_csv(found.sides, found.chosen or USUAL),
    "markdown": lambda found: as_markdown(_blocks(found, page=True)),
    "latex": _latex,
}
