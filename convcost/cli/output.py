"""Where results go: text to standard output, tables as wide as the terminal."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType


class PipeClosed(Exception):
    """Whoever read our output has gone. Not an OSError: the argument parser has an exit code of its own for those."""


def write(text: str) -> None:
    """Text as it is, to standard output."""
    try:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
    except BrokenPipeError:
        raise PipeClosed from None


def terminal_width() -> int | None:
    """Columns to fill; None in a pipe or file, where nothing is cut, unless COLUMNS says otherwise."""
    if os.environ.get("COLUMNS", "").isdigit() or sys.stdout.isatty():
        return shutil.get_terminal_size().columns
    return None


def ascii_only() -> bool:
    """Whether the output can't take block characters."""
    return "utf" not in (sys.stdout.encoding or "").lower()


_UNLIMITED = 10_000


def show(parts: Iterable[RenderableType]) -> None:
    """Renderables, without markup, highlighting or emoji: names are shown as they are."""
    from rich.console import Console

    width = terminal_width() or _UNLIMITED
    console = Console(width=width, markup=False, highlight=False, emoji=False)
    if console.is_terminal:
        for part in parts:
            console.print(part)
        return
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    write("\n".join(line.rstrip() for line in captured.get().splitlines()))
