"""A table for the terminal: as many columns as fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from convcost.render.columns import Column, as_plain, lines_of, widths_of

MOST_ROWS = 1000
"""rich takes half a millisecond a row; longer tables get the plain layout."""

_GAP = "  "
"""Between columns, beside the box's own blank."""

T = TypeVar("T")


def as_table(columns: Sequence[Column[T]], rows: Sequence[T], width: int | None, of: int = 0) -> RenderableType:
    """Columns of high rank are left out until the rest fits the width (None: no limit).

    What is not shown is said below: those columns, and rows, if there were `of` and not all are given.
    """
    cells = lines_of(columns, rows)
    widths = widths_of(columns, cells)
    shown = _fitting(columns, widths, width)
    if len(rows) > MOST_ROWS:
        body: RenderableType = Text(as_plain([columns[n] for n in shown], rows))
    else:
        body = _rich(
            [columns[n] for n in shown], [[row[n] for n in shown] for row in cells], [widths[n] for n in shown]
        )
    notes = []
    if len(rows) < of:
        notes.append(f"Rows shown: {len(rows)} of {of}.")
    if len(shown) < len(columns):
        hidden = (column.title for n, column in enumerate(columns) if n not in shown)
        notes.append(f"Not shown for want of width: {'; '.join(hidden)}.")
    return Group(body, *(Text(note, style="dim") for note in notes), "")


def _fitting(columns: Sequence[Column[T]], widths: list[int], width: int | None) -> list[int]:
    shown = list(range(len(columns)))
    between = len(_GAP) + 1
    while width is not None and len(shown) > 2 and sum(widths[n] + between for n in shown) - between > width:
        shown.remove(max(shown, key=lambda n: columns[n].rank))
    return shown


def _rich(columns: Sequence[Column[T]], cells: list[list[str]], widths: list[int]) -> Table:
    # Widths are given and the gaps are part of the text, so that rich neither measures nor pads each cell.
    footer = any(column.total for column in columns)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0, show_footer=footer)
    gaps = ["" if n == 0 or column.right else _GAP for n, column in enumerate(columns)]
    for n, (column, gap, width) in enumerate(zip(columns, gaps, widths, strict=True)):
        table.add_column(
            Text("\n".join(gap + line for line in column.header.split("\n")), style="bold"),
            Text(gap + column.total, style="bold"),
            justify="right" if column.right else "left",
            no_wrap=True,
            width=width + (len(_GAP) if n else 0),
        )
    for row in cells:
        table.add_row(*(Text(gap + cell) for gap, cell in zip(gaps, row, strict=True)))
    return table
