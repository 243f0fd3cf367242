"""Rows of cells, and wires from each row to the next: a graph in which every edge is cut where it passes a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from convcost.layout.graph import BESIDE, BETWEEN, TRACK


class Cell(NamedTuple):
    """What has a place in a row: a box, a frame, or a point of a line."""

    width: float
    height: float
    tops: Mapping[str, float] = {}
    """Where a line enters that comes from a node, from the left; in the middle if it does not stand here."""
    bottoms: Mapping[str, float] = {}
    """Where a line leaves that comes from a node."""
    is_line: bool = False
    is_bend: bool = False
    """Whether it is where a line passes a row, and no end of it."""
    below: int = 0
    """How many rows there are below it on the longest way on."""

    def top(self, key: str) -> float:
        """Return where a line enters."""
        return self.tops.get(key, self.width / 2)

    def bottom(self, key: str) -> float:
        """Return where a line leaves."""
        return self.bottoms.get(key, self.width / 2)


class Wire(NamedTuple):
    """A line from a cell to one in the next row, by their numbers."""

    upper: int
    lower: int
    key: str
    """The node that the line comes from."""


class Grid(NamedTuple):
    """Cells in rows, and the wires below each row."""

    cells: Sequence[Cell]
    rows: Sequence[Sequence[int]]
    wires: Sequence[Sequence[Wire]]


def apart(left: Cell, right: Cell) -> float:
    """Return the least room between neighbours in a row."""
    lines = left.is_line + right.is_line
    return TRACK if lines == 2 else BESIDE if lines else BETWEEN
