"""The order of the cells in each row, so that few lines cross.

Rows are sorted by the means of what they are joined to, downward and upward in turn; then neighbours that cross less
the other way round change places. K. Sugiyama, S. Tagawa and M. Toda, Methods for visual understanding of hierarchical
system structures, IEEE Transactions on Systems, Man, and Cybernetics 11, 1981.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

from convcost.layout.grid import Cell, Grid, Wire

_SWEEPS = 8

_Ends: TypeAlias = list[list[tuple[int, float]]]
"""For each cell, what it is joined to in the row above or below, with where along that; by the cell's own pins."""


def ordered(grid: Grid) -> Grid:
    """Return the grid with its rows in an order of few crossings; where it does not matter, in the order they had."""
    best = rows = [[*row] for row in grid.rows]
    least = _crossings(grid, rows)
    above, below = _ends(grid)
    for sweep in range(_SWEEPS):
        if not least:
            break
        rows = [[*row] for row in rows]
        down = sweep % 2 == 0
        for n in range(1, len(rows)) if down else range(len(rows) - 2, -1, -1):
            _sort(rows[n], rows[n - 1 if down else n + 1], above if down else below)
        _switch(grid, rows)
        crossings = _crossings(grid, rows)
        if crossings < least:
            best, least = rows, crossings
    return grid._replace(rows=best)


def _ends(grid: Grid) -> tuple[_Ends, _Ends]:
    above: _Ends = [[] for _ in grid.cells]
    below: _Ends = [[] for _ in grid.cells]
    for wires in grid.wires:
        for wire in wires:
            above[wire.lower].append((wire.upper, _along(grid.cells[wire.upper], wire.key, False)))
            below[wire.upper].append((wire.lower, _along(grid.cells[wire.lower], wire.key, True)))
    return above, below


def _along(cell: Cell, key: str, top: bool) -> float:
    """Where on a cell a line is, from 0 to 1."""
    return (cell.top(key) if top else cell.bottom(key)) / cell.width if cell.width else 0.5


def _sort(row: list[int], other: Sequence[int], ends: _Ends) -> None:
    """Sort a row by the means of what it is joined to in the other one; what is joined to nothing stays."""
    places = {cell: n for n, cell in enumerate(other)}
    means = {cell: sum(places[end] + at for end, at in ends[cell]) / len(ends[cell]) for cell in row if ends[cell]}
    joined = iter(sorted(means, key=means.__getitem__))
    row[:] = [next(joined) if cell in means else cell for cell in row]


def _crossings(grid: Grid, rows: Sequence[Sequence[int]]) -> int:
    return sum(_between(grid, wires, *both) for wires, both in zip(grid.wires, pairwise(rows), strict=True))


def _between(grid: Grid, wires: Sequence[Wire], upper: Sequence[int], lower: Sequence[int]) -> int:
    tops, bottoms = ({cell: n for n, cell in enumerate(row)} for row in (upper, lower))
    ends = sorted(
        (
            tops[wire.upper] + _along(grid.cells[wire.upper], wire.key, False),
            bottoms[wire.lower] + _along(grid.cells[wire.lower], wire.key, True),
        )
        for wire in wires
    )
    return sum(a < c and b > d for n, (a, b) in enumerate(ends) for c, d in ends[n + 1 :])


def _switch(grid: Grid, rows: list[list[int]]) -> None:
    """Let neighbours change places as long as that makes crossings fewer."""
    for n, row in enumerate(rows):
        channels = [m for m in (n - 1, n) if 0 <= m < len(grid.wires)]
        crossings = sum(_between(grid, grid.wires[m], rows[m], rows[m + 1]) for m in channels)
        for place in range(len(row) - 1):
            if not crossings:
                break
            row[place], row[place + 1] = row[place + 1], row[place]
            now = sum(_between(grid, grid.wires[m], rows[m], rows[m + 1]) for m in channels)
            if now < crossings:
                crossings = now
            else:
                row[place], row[place + 1] = row[place + 1], row[place]
