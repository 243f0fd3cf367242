"""Rows of a tree of blocks, whatever they are about: what they are called, how they look, what they leave out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Drawn(Protocol):
    """A row of a tree."""

    @property
    def name(self) -> str: ...
    @property
    def level(self) -> int: ...
    @property
    def copies(self) -> int: ...


INDENT = "  "
DEEPEST = 12
"""Blocks further inside are indented no more, so that there is room for their names."""


def label(row: Drawn) -> str:
    """Return a row's name, indented by its level, with how many equal ones it stands for: `  rest x 3`."""
    return INDENT * min(row.level, DEEPEST) + row.name + (f" x {row.copies}" if row.copies > 1 else "")


def style_of(row: Drawn) -> str:
    """Return the style of a row on a terminal: what is inside a block stands back."""
    return "dim" if row.level else ""


def folded(rows: Sequence[Drawn], more: str) -> str:
    """Return a note that rows are folded; `more` says how to see more."""
    copies = next((row.copies for row in rows if row.copies > 1), None)
    equal = f" A row x {copies}, and all inside it, adds up {copies} equal ones." if copies else ""
    return f"Folded{more}.{equal}"
