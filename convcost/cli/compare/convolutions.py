"""`convcost compare` on convolutions of the family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from convcost.cli.compare.request import Request, index_of, unique
from convcost.cli.output import show_table, terminal_width, wrapped, write
from convcost.cli.sizes import input_of, values_of
from convcost.figures import Setting

if TYPE_CHECKING:
    from convcost.comparison.against import Against
    from convcost.comparison.convolutions import Table


def run(request: Request) -> None:
    """Compare members of the family on one input."""
    from convcost.comparison.against import measure
    from convcost.comparison.convolutions import Asked, Question, work_out
    from convcost.render.comparison.data import comparison_as_json, sides_as_csv

    labels = unique([side.word for side in request.sides])
    asked = [
        Asked(label, side.member, values_of(side.own, f"{side.name}:"))
        for label, side in zip(labels, request.sides, strict=True)
        if side.member is not None
    ]
    given = input_of(request.input, [one.member.rank for one in asked]) if request.input is not None else None
    dtype = request.dtype
    table = work_out(Question(asked, given, values_of(request.sizes | request.settings), Setting(dtype)))
    base = table.sides[index_of(request.baseline, [(side.label, side.member.name) for side in table.sides])]
    against = [measure(side, base, table) for side in table.sides if side is not base]
    if request.format == "json":
        write(comparison_as_json(table, against, dtype))
    elif request.format == "csv":
        write(sides_as_csv(table))
    elif request.format == "markdown":
        _markdown(table, against, dtype)
    else:
        _show(table, against, given is None, dtype)


def _tables(table: Table, against: list[Against], width: int | None) -> list[tuple[list[Any], Sequence[Any]]]:
    """A row per figure if there are one or two sides and room for them, else a row per side, of many one per ratio."""
    from convcost.render.columns import fits
    from convcost.render.comparison import table as render

    if len(table.sides) < 3:
        one = against[0] if against else None
        columns, rows = render.figure_columns(table, one), render.figure_rows(table, one)
        needed = columns[: 1 + len(table.sides)]
        if not against or fits(needed, rows, width):
            return [(columns, rows)]
        return [(render.side_columns(table), table.sides)]
    return [(render.side_columns(table), table.sides), (render.ratio_columns(against), render.ratio_rows(against))]


def _show(table: Table, against: list[Against], symbolic: bool, dtype: str) -> None:
    from convcost.render.comparison.conclusions import conclusions, legend
    from convcost.render.comparison.sides import heading, note
    from convcost.render.comparison.table import formula_columns
    from convcost.render.summary import as_text

    width = terminal_width()
    if symbolic:
        show_table(formula_columns(), table.sides)
        write(f"\nFor example, on an input {table.given}:\n")
    for n, (columns, rows) in enumerate(_tables(table, against, width)):
        if n:
            write("")
        show_table(columns, rows)
    write(wrapped(note(dtype)))
    for one in against:
        write("\n" + wrapped(heading(one.of.label, one.to.label, one.exact["all_multiplies"])))
        write(as_text([(f"  {label}", text) for label, text in conclusions(one)], width))
    write("\n" + as_text(legend(table, against), width))


def _markdown(table: Table, against: list[Against], dtype: str) -> None:
    from convcost.render.columns import as_markdown
    from convcost.render.comparison.conclusions import conclusions, legend
    from convcost.render.comparison.sides import heading, note
    from convcost.render.summary import as_markdown_list

    write("\n".join(as_markdown(columns, rows) for columns, rows in _tables(table, against, None)))
    write("\n" + note(dtype))
    for one in against:
        title = heading(one.of.label, one.to.label, one.exact["all_multiplies"])
        write(f"\n{title}\n\n" + as_markdown_list(conclusions(one)))
    write("\n" + as_markdown_list(legend(table, against)))
