"""What a table shows: columns of text over rows of anything, and the text layouts that need no terminal."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from convcost.errors import printable

T = TypeVar("T")

GAP = "   "
"""Between columns."""


class Column(NamedTuple, Generic[T]):
    """A column: its header (a second line holds the unit), each row's cell, and the total's."""

    header: str
    cell: Callable[[T], str]
    total: str = ""
    right: bool = True
    rank: int = 0
    """Columns of a higher rank are left out first where a terminal is narrow."""

    @property
    def title(self) -> str:
        """The header on one line."""
        return self.header.replace("\n", " ")


def lines_of(columns: Sequence[Column[T]], rows: Sequence[T]) -> list[list[str]]:
    """Every row's cells, safe to print."""
    return [[printable(column.cell(row)) for column in columns] for row in rows]


def widths_of(columns: Sequence[Column[T]], cells: Sequence[Sequence[str]]) -> list[int]:
    """How wide each column must be for its header, its total and its cells."""
    widths = [max(len(column.total), *map(len, column.header.split("\n"))) for column in columns]
    for row in cells:
        for n, cell in enumerate(row):
            if len(cell) > widths[n]:
                widths[n] = len(cell)
    return widths


def fitting(columns: Sequence[Column[T]], rows: Sequence[T], width: int | None) -> list[Column[T]]:
    """The columns that fit the width (None: all); those of the highest rank are left out first."""
    if width is None:
        return list(columns)
    widths = dict(zip(columns, widths_of(columns, lines_of(columns, rows)), strict=True))
    shown = list(columns)
    while len(shown) > 2 and sum(widths[column] + len(GAP) for column in shown) - len(GAP) > width:
        shown.remove(max(shown, key=lambda column: column.rank))
    return shown


def notes(columns: Sequence[Column[T]], shown: Sequence[Column[T]], rows: int, of: int) -> list[str]:
    """What a table does not show: rows, if there are more than these, and columns."""
    result = []
    if rows < of:
        result.append(f"Rows shown: {rows} of {of}.")
    if len(shown) < len(columns):
        hidden = "; ".join(column.title for column in columns if column not in shown)
        result.append(f"Not shown for want of width: {hidden}.")
    return result


def as_plain(
    columns: Sequence[Column[T]], rows: Sequence[T], width: int | None = None, ascii_only: bool = False
) -> list[str]:
    """The lines of a table without any style, cut at the width."""
    cells = lines_of(columns, rows)
    widths = widths_of(columns, cells)

    def line(texts: Sequence[str]) -> str:
        sides = zip(columns, texts, widths, strict=True)
        return GAP.join(text.rjust(w) if column.right else text.ljust(w) for column, text, w in sides).rstrip()

    # Headers of one line stand right above the rule.
    headers = [column.header.split("\n") for column in columns]
    tall = max(map(len, headers))
    head = [line([header[n - tall] if n >= tall - len(header) else "" for header in headers]) for n in range(tall)]
    rule = ("-" if ascii_only else "─") * (sum(widths) + len(GAP) * (len(widths) - 1))
    lines = [*head, rule, *map(line, cells)]
    if any(column.total for column in columns):
        lines += ["", line([column.total for column in columns])]
    if width is None:
        return lines
    end = "~" if ascii_only else "…"
    return [text if len(text) <= width else text[: width - 1] + ("" if text == rule else end) for text in lines]


def as_markdown(columns: Sequence[Column[T]], rows: Sequence[T], marked: bool = False) -> str:
    """A table for a page or a pull request; `marked`: its cells are Markdown already."""

    def line(texts: Sequence[str]) -> str:
        return "| " + " | ".join(texts) + " |"

    def cells(texts: Sequence[str]) -> list[str]:
        return [text.replace("|", r"\|") if marked else in_markdown(text) for text in texts]

    rule = ["---:" if column.right else ":---" for column in columns]
    titles = [in_markdown(column.title) for column in columns]
    lines = [line(titles), line(rule), *map(line, map(cells, lines_of(columns, rows)))]
    if any(column.total for column in columns):
        totals = cells([column.total for column in columns])
        lines.append(line([f"**{total}**" if total else "" for total in totals]))
    return "\n".join(lines) + "\n"


def in_markdown(text: str) -> str:
    r"""Text in which nothing is a mark, a tag or a link.

    >>> print(in_markdown("[a](b) <b> 2*k**2"))
    \[a\](b) \<b\> 2\*k\*\*2
    """
    return "".join(f"\\{char}" if char in _MARKS else char for char in text)


_MARKS = frozenset(r"\`*<>[]|~&")


def as_csv(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Comma-separated values; text that a spreadsheet would take for a formula is quoted with an apostrophe."""
    import csv

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_inert(value) for value in row] for row in rows)
    return text.getvalue()


def _inert(value: object) -> object:
    if isinstance(value, str):
        value = printable(value)
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t") else value
    return "" if value is None else value
