"""A table with the styles of a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from rich import box
from rich.table import Table
from rich.text import Text

from convcost.render.columns import GAP, Column, cells_of, widths_of

T = TypeVar("T")


def as_table(columns: Sequence[Column[T]], rows: Sequence[T], style: Callable[[T], str]) -> Table:
    """Return the table that `as_plain` lays out, in rich's hands; each row in its style."""
    # Widths are given and the gaps are part of the text, so that rich neither measures nor pads each cell.
    cells = cells_of(columns, rows)
    gap = GAP[1:]  # the box adds a blank
    footer = any(column.total for column in columns)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0, show_footer=footer)
    leads = ["" if n == 0 or column.right else gap for n, column in enumerate(columns)]
    for n, (column, lead, width) in enumerate(zip(columns, leads, widths_of(columns, cells), strict=True)):
        table.add_column(
            Text("\n".join(lead + line for line in column.header.split("\n")), style="bold"),
            Text(lead + column.total, style="bold"),
            justify="right" if column.right else "left",
            vertical="bottom",
            no_wrap=True,
            width=width + (len(gap) if n else 0),
        )
    for row, texts in zip(rows, zip(*cells, strict=True), strict=True):
        table.add_row(*(Text(lead + text) for lead, text in zip(leads, texts, strict=True)), style=style(row))
    return table
