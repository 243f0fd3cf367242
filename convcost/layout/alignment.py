"""Which lines are straight: chains of cells, one below the other, that keep their places to each other.

As in U. Brandes and B. Koepf, Fast and simple horizontal coordinate assignment, Graph Drawing, 2001: a cell is aligned
with one cell above and one below at most, and no two straight lines cross. Unlike there, which line is straight follows
from what it is: long lines first, then those of the longest way on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convcost.layout.grid import Grid, Wire

SIDE, MAIN, LONG = range(3)


def aligned(grid: Grid) -> list[list[Wire]]:
    """Return the wires of each channel that are straight."""
    return [_straight(grid, n) for n in range(len(grid.wires))]


def weight(grid: Grid, wire: Wire) -> int:
    """Return whether a wire is part of a long line, joins two boxes, or leads to or from a long line."""
    bends = grid.cells[wire.upper].is_bend + grid.cells[wire.lower].is_bend
    return LONG if bends == 2 else SIDE if bends else MAIN


def _straight(grid: Grid, channel: int) -> list[Wire]:
    tops, bottoms = ({cell: at for at, cell in enumerate(row)} for row in grid.rows[channel : channel + 2])
    wires = sorted(grid.wires[channel], key=lambda wire: (tops[wire.upper], bottoms[wire.lower]))
    down, up = ([_chosen(grid, wires, side, cell) for cell in row] for side, row in ((0, tops), (1, bottoms)))
    wanted = [wire for wire in wires if down[tops[wire.upper]] == wire == up[bottoms[wire.lower]]]
    found: list[Wire] = []
    for wire in sorted(wanted, key=lambda wire: -weight(grid, wire)):
        if all((tops[wire.upper] - tops[x.upper]) * (bottoms[wire.lower] - bottoms[x.lower]) > 0 for x in found):
            found.append(wire)
    return found


def _chosen(grid: Grid, wires: Sequence[Wire], side: int, cell: int) -> Wire | None:
    """The middle one of the best wires of a cell; none if two boxes are in the middle."""
    own = [(weight(grid, wire), grid.cells[wire.lower].below, wire) for wire in wires if wire[side] == cell]
    if not own:
        return None
    most = max(own)[:2]
    best = [wire for *value, wire in own if (*value,) == most]
    return None if len(best) % 2 == 0 and most[0] == MAIN else best[(len(best) - 1) // 2]


class Blocks:
    """Cells in chains: the block of each cell, and how far right of the block's origin it begins."""

    def __init__(self, grid: Grid, straight: Iterable[Iterable[Wire]]) -> None:
        self.of = [*range(len(grid.cells))]
        self.shift = [0.0] * len(grid.cells)
        for wires in straight:
            for wire in wires:
                upper, lower = grid.cells[wire.upper], grid.cells[wire.lower]
                self.of[wire.lower] = self.of[wire.upper]
                self.shift[wire.lower] = self.shift[wire.upper] + upper.bottom(wire.key) - lower.top(wire.key)
