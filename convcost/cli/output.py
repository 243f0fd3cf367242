"""Where results go: text to standard output, tables as wide as the terminal."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Sequence
from typing import TypeVar

from convcost.errors import printable
from convcost.render.columns import Column, as_plain, drawn, fitting, notes

T = TypeVar("T")


class PipeClosed(Exception):
    """Whoever read our output has gone. Not an OSError: the argument parser has an exit code of its own for those."""


def write(text: str) -> None:
    """Text as it is, to standard output. Only, CI systems take `##[error]` in a name for a command, even in JSON."""
    if "##" in text:
        text = re.sub(r"#(?=#(vso)?\[)", r"\\u0023", text)
    try:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
    except BrokenPipeError:
        raise PipeClosed from None


def warn(text: str) -> None:
    """Print a remark beside the results, to standard error."""
    print(f"warning: {printable(text)}", file=sys.stderr)


def note(text: str) -> None:
    """Print what was decided for want of a word, to standard error."""
    print(f"note: {printable(text)}", file=sys.stderr)


def terminal_width() -> int | None:
    """Columns to fill; None in a pipe or file, where nothing is cut, unless COLUMNS says otherwise."""
    if os.environ.get("COLUMNS", "").isdigit() or sys.stdout.isatty():
        return shutil.get_terminal_size().columns
    return None


def rows_that_fit(below: str) -> int | None:
    """Return how many rows of a table fit on the screen above some text, at least half of the screen.

    None in a pipe or file, where nothing is folded to fit, unless CONVCOST_LINES says otherwise. LINES says so on a
    terminal alone: programs that use readline set it for every command that they start.
    """
    asked = os.environ.get("CONVCOST_LINES", "")
    if not asked.isdigit() and not sys.stdout.isatty():
        return None
    height = int(asked) if asked.isdigit() else shutil.get_terminal_size().lines
    return max(height // 2, height - _BESIDE_ROWS - below.count("\n"))


_BESIDE_ROWS = 11
"""Lines of a table's heading, its total and its notes, of the text's last line, and of the prompt."""


def ascii_only() -> bool:
    """Return whether the output can't take block characters."""
    return "utf" not in (sys.stdout.encoding or "").lower()


MOST_STYLED_ROWS = 1000
"""rich takes a third of a millisecond a row: longer tables are plain on a terminal, too."""


def show_table(
    columns: Sequence[Column[T]],
    rows: Sequence[T],
    of: int = 0,
    style: Callable[[T], str] = lambda row: "",
    note: str = "",
) -> None:
    """Print a table as wide as the terminal, and what it leaves out; `of` is how many rows there would be.

    `style` is a row's on a terminal, `note` a remark of one's own below the table.
    """
    width = terminal_width()
    columns = drawn(columns, rows)
    shown = fitting(columns, rows, width, ascii_only())
    if sys.stdout.isatty() and len(rows) <= MOST_STYLED_ROWS:
        # A pipe takes no style, so rich, half the time of a short command, is imported for terminals alone.
        from rich.console import Console

        from convcost.render.table import as_table

        Console(width=width, markup=False, highlight=False, emoji=False).print(as_table(shown, rows, style))
    else:
        write("\n".join(as_plain(shown, rows, width, ascii_only())))
    for remark in filter(None, [note, *notes(columns, shown, len(rows), of)]):
        write(wrapped(remark))


def wrapped(text: str) -> str:
    """Text in lines as long as the terminal is wide."""
    return textwrap.fill(text, terminal_width() or _UNLIMITED)


_UNLIMITED = 100_000
