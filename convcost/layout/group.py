"""What is in one frame, laid out: frames inside it are boxes here, with places where lines enter and leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from convcost.layout.across import across
from convcost.layout.channels import Run, tracks
from convcost.layout.graph import ABOVE, BELOW, PADDING, TRACK, Frame, Point
from convcost.layout.grid import Cell, Grid, Wire
from convcost.layout.order import ordered
from convcost.layout.ranks import heights, ranks

BORDER = ""
"""In the place of an item: the frame itself, where a line enters or leaves it."""

_STRAIGHT = 0.01


class Link(NamedTuple):
    """A line between two items of a frame, or between one and the frame's border."""

    source: str
    target: str
    key: str
    """The node that the line comes from."""


class Group(NamedTuple):
    """A frame that is laid out, from its corner at the top left."""

    cell: Cell
    """The frame as a box of the one around it."""
    corners: Mapping[str, Point]
    """Of the items in it."""
    bands: Sequence[tuple[float, float]]
    """Where each row begins and ends."""
    ways: Mapping[Link, tuple[Point, ...]]


def group(frame: Frame, cells: Mapping[str, Cell], links: Sequence[Link]) -> Group:
    """Return where the items of a frame stand, given how large they are and what joins them."""
    plan = _Plan(frame, cells, links)
    rows = ordered(plan.grid()).rows
    if frame.width:
        plan.cells.append(Cell(frame.width, frame.height, is_line=True))
        rows = [[len(plan.cells) - 1, *rows[0]], *rows[1:]]
    return _Placed(plan, plan.grid()._replace(rows=rows)).group()


def rows_of(frame: Frame, links: Iterable[Link]) -> dict[str, int]:
    """Return the row of each item; lines enter in row 0."""
    found = ranks([BORDER, *(item.id for item in frame.inside)], [(a, b) for a, b, _ in links if b != BORDER])
    del found[BORDER]
    return {item: row + (min(found.values()) == 0) for item, row in found.items()}


class _Plan:
    """The cells of a frame, and the wires that join them."""

    def __init__(self, frame: Frame, cells: Mapping[str, Cell], links: Sequence[Link]) -> None:
        self.frame, self.links = frame, links
        self.rows = rows_of(frame, links)
        self.last = max(self.rows.values()) + 1
        below = heights(self.rows, [(a, b) for a, b, _ in links if BORDER not in (a, b)])
        self.cells = [cells[item]._replace(below=below[item]) for item in self.rows]
        self.items = {item: n for n, item in enumerate(self.rows)}
        self.entries: dict[str, int] = {}
        self.exits: dict[str, int] = {}
        self._places = [*self.rows.values()]
        self.wires: list[list[Wire]] = [[] for _ in range(self.last)]
        self._chains: dict[tuple[int, str], list[int]] = {}
        bundles: dict[tuple[int, str], list[int]] = {}
        for link in links:
            bundles.setdefault((self._start(link), link.key), []).append(self._end(link))
        for (start, key), ends in bundles.items():
            self._join(start, key, ends)

    def _start(self, link: Link) -> int:
        if link.source != BORDER:
            return self.items[link.source]
        return self.entries.setdefault(link.key, self.entries.get(link.key) or self._add(0, self.frame.height))

    def _end(self, link: Link) -> int:
        if link.target != BORDER:
            return self.items[link.target]
        return self.exits.setdefault(link.key, self.exits.get(link.key) or self._add(self.last, 0))

    def _add(self, row: int, height: float, is_bend: bool = False) -> int:
        self.cells.append(Cell(0, height, is_line=True, is_bend=is_bend))
        self._places.append(row)
        return len(self.cells) - 1

    def _join(self, start: int, key: str, ends: Sequence[int]) -> None:
        """Lead a line from row to row down to the last of its ends; on the way it reaches the others."""
        chain = self._chains[start, key] = [start]
        last = max(self._places[end] for end in ends)
        for row in range(self._places[start], last):
            self.wires[row] += (Wire(chain[-1], end, key) for end in ends if self._places[end] == row + 1)
            if row + 1 < last:
                bend = self._add(row + 1, 0, is_bend=True)
                self.wires[row].append(Wire(chain[-1], bend, key))
                chain.append(bend)

    def grid(self) -> Grid:
        rows: list[list[int]] = [[] for _ in range(self.last + 1)]
        for n, row in enumerate(self._places):
            rows[row].append(n)
        return Grid(self.cells, rows, self.wires)

    def way(self, link: Link) -> list[Wire]:
        """The wires that a link consists of."""
        start, end = self._start(link), self._end(link)
        length = self._places[end] - self._places[start]
        cells = [*self._chains[start, link.key][:length], end]
        return [Wire(a, b, link.key) for a, b in pairwise(cells)]


class _Placed:
    """A plan with its places: `left` and `top` of each cell."""

    def __init__(self, plan: _Plan, grid: Grid) -> None:
        self._plan, self._cells = plan, grid.cells
        self._padding = PADDING if plan.frame.width else 0
        self._left = [x + self._padding for x in across(grid)]
        self._bands: list[tuple[float, float]] = []
        self._across: dict[Wire, tuple[float, float]] = {}
        """Where each wire that is not straight begins to run across, and where it ends to."""
        self._top = [0.0] * len(grid.cells)
        y = 0.0
        for n, row in enumerate(grid.rows):
            height = max((self._cells[cell].height for cell in row), default=0)
            for cell in row:
                self._top[cell] = y + (height - self._cells[cell].height) / 2
            self._bands.append((y, y + height))
            y += height + (self._channel(n, grid.wires[n], y + height) if n < plan.last else 0)
        self._height = y

    def _channel(self, row: int, wires: Sequence[Wire], y: float) -> float:
        """Place the lines between a row and the next; return how high that is."""
        above = ABOVE if row else 1.0
        below = BELOW if row + 1 < self._plan.last else ABOVE
        if not wires:
            return 1.0 if row == 0 else PADDING
        found, count = tracks([Run(wire, self._start(wire), self._end(wire)) for wire in wires])
        height = above + max(0, count - 1) * TRACK + below
        self._across |= {wire: (y + above + track * TRACK,) * 2 for wire, track in found.items()}
        aslant = [w for w in wires if w not in found and abs(self._start(w) - self._end(w)) > _STRAIGHT]
        self._across |= dict.fromkeys(aslant, (y + above, y + height + 2 * TRACK - below))
        return height + bool(aslant) * 2 * TRACK

    def _start(self, wire: Wire) -> float:
        return self._left[wire.upper] + self._cells[wire.upper].bottom(wire.key)

    def _end(self, wire: Wire) -> float:
        return self._left[wire.lower] + self._cells[wire.lower].top(wire.key)

    def group(self) -> Group:
        plan = self._plan
        right = max(x + cell.width for x, cell in zip(self._left, self._cells, strict=True))
        entries, exits = ({key: self._left[n] for key, n in borders.items()} for borders in (plan.entries, plan.exits))
        cell = Cell(right + self._padding, self._height, entries, exits)
        corners = {item: (self._left[n], self._top[n]) for item, n in plan.items.items()}
        return Group(cell, corners, self._bands, {link: self._points(plan.way(link)) for link in plan.links})

    def _points(self, wires: Sequence[Wire]) -> tuple[Point, ...]:
        points: list[Point] = []
        for wire in wires:
            start, end = self._start(wire), self._end(wire)
            upper = self._top[wire.upper] + self._cells[wire.upper].height
            points.append((start, upper if wire.upper not in self._plan.entries.values() else 0.0))
            points += zip((start, end), self._across.get(wire, ()), strict=False)
            points.append((end, self._top[wire.lower]))
        return tuple(points)
