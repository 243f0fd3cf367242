"""`convcost compare` on convolutions of the family."""

from __future__ import annotations

from typing import NamedTuple

from convcost.cli.compare.request import Request, index_of, unique
from convcost.cli.formats import printer
from convcost.cli.output import terminal_width
from convcost.cli.sizes import input_of, values_of
from convcost.comparison.against import Against, measure
from convcost.comparison.convolutions import Asked, Question, Table, work_out
from convcost.figures import Setting
from convcost.render.columns import fits
from convcost.render.comparison import table as render
from convcost.render.comparison.conclusions import conclusions, legend
from convcost.render.comparison.data import comparison_as_json, sides_as_csv
from convcost.render.comparison.sides import note, verdict
from convcost.render.comparison.table import formula_columns
from convcost.render.formats import Block, Blocks, Formats, Grid, Under, as_markdown


def run(request: Request) -> None:
    """Compare members of the family on one input."""
    show = printer(FORMATS, request.format, request.output)
    labels = unique([side.word for side in request.sides])
    asked = [
        Asked(label, side.member, values_of(side.own, f"{side.name}:"))
        for label, side in zip(labels, request.sides, strict=True)
        if side.member is not None
    ]
    given = input_of(request.input, [one.member.rank for one in asked]) if request.input is not None else None
    table = work_out(Question(asked, given, values_of(request.sizes | request.settings), Setting(request.dtype)))
    base = table.sides[index_of(request.baseline, [(side.label, side.member.name) for side in table.sides])]
    against = [measure(side, base, table) for side in table.sides if side is not base]
    show(Found(table, against, given is None))


class Found(NamedTuple):
    """Convolutions side by side, each against the baseline, and whether their formulas are wanted, too."""

    table: Table
    against: list[Against]
    symbolic: bool


def _tables(table: Table, against: list[Against], width: int | None) -> Blocks:
    """A row per figure if there are one or two sides and room for them, else a row per side, of many one per ratio."""
    sides = Grid(render.side_columns(table), table.sides)
    if len(table.sides) > 2:
        return [sides, Grid(render.ratio_columns(against), render.ratio_rows(against))]
    one = against[0] if against else None
    columns, rows = render.figure_columns(table, one), render.figure_rows(table, one)
    has_room = not against or fits(columns[: 1 + len(table.sides)], rows, width)
    return [Grid(columns, rows) if has_room else sides]


def _blocks(found: Found, page: bool = False) -> Blocks:
    """The figures, and what follows from them; on a page nothing is cut to fit a screen."""
    table, against = found.table, found.against
    blocks: list[Block] = []
    if found.symbolic:
        blocks += [Grid(formula_columns(), table.sides), f"For example, on an input {table.given}:"]
    blocks += [*_tables(table, against, None if page else terminal_width()), Under(note(table.sides[0].analysis.at))]
    for one in against:
        ratio = one.exact["all_multiplies"]
        blocks += [verdict(one.of.label, one.to.label, "all_multiplies", ratio), Under(conclusions(one))]
    return [*blocks, legend(table, against)]


FORMATS: Formats[Found] = {
    "table": _blocks,
    "json": lambda found: comparison_as_json(found.table, found.against),
    "csv": lambda found: sides_as_csv(found.table),
    "markdown": lambda found: as_markdown(_blocks(found, page=True)),
}
