"""Where each cell stands from the left: chains of cells are packed, then moved until the lines pull no more."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from convcost.layout.alignment import MAIN, Blocks, aligned, weight
from convcost.layout.grid import Grid, Wire, apart

_ROUNDS = 60
_NEAR = 0.01


class _Pull(NamedTuple):
    """A line to another block, which pulls a block to where the line is straight."""

    block: int
    offset: float
    """Where this block would stand, from where the other one does."""
    strength: float


def across(grid: Grid) -> list[float]:
    """Return the left end of each cell: no nearer to the next in its row than must be, the leftmost at 0."""
    blocks = Blocks(grid, aligned(grid))
    mover = _Mover(grid, blocks)
    mover.settle()
    found = [mover.at[blocks.of[n]] + blocks.shift[n] for n in range(len(grid.cells))]
    least = min(found, default=0)
    return [x - least for x in found]


class _Mover:
    def __init__(self, grid: Grid, blocks: Blocks) -> None:
        count = len(grid.cells)
        self._right: list[dict[int, float]] = [{} for _ in range(count)]
        self._left: list[dict[int, float]] = [{} for _ in range(count)]
        self._pulls: list[list[_Pull]] = [[] for _ in range(count)]
        self.blocks = sorted({*blocks.of})
        for row in grid.rows:
            for a, b in pairwise(row):
                self._keep(blocks, a, b, grid.cells[a].width + apart(grid.cells[a], grid.cells[b]))
        for wires in grid.wires:
            for wire in wires:
                self._pull(grid, blocks, wire)
        self.at = self._packed(count)

    def _keep(self, blocks: Blocks, a: int, b: int, room: float) -> None:
        least = room + blocks.shift[a] - blocks.shift[b]
        left, right = blocks.of[a], blocks.of[b]
        self._right[left][right] = self._left[right][left] = max(least, self._right[left].get(right, least))

    def _pull(self, grid: Grid, blocks: Blocks, wire: Wire) -> None:
        a, b = wire.upper, wire.lower
        if blocks.of[a] == blocks.of[b]:
            return
        upper, lower = grid.cells[a], grid.cells[b]
        offset = blocks.shift[a] + upper.bottom(wire.key) - blocks.shift[b] - lower.top(wire.key)
        strength = 4.0 if weight(grid, wire) == MAIN else 1.0
        self._pulls[blocks.of[b]].append(_Pull(blocks.of[a], offset, strength))
        self._pulls[blocks.of[a]].append(_Pull(blocks.of[b], -offset, strength))

    def _packed(self, count: int) -> list[float]:
        """Every block as far left as it can be."""
        at = [0.0] * count
        waiting = {block: len(self._left[block]) for block in self.blocks}
        ready = [block for block in self.blocks if not waiting[block]]
        for block in ready:
            for right, least in self._right[block].items():
                at[right] = max(at[right], at[block] + least)
                waiting[right] -= 1
                if not waiting[right]:
                    ready.append(right)
        self.blocks = ready
        return at

    def settle(self) -> None:
        """Move blocks, and those they push along, to where their lines are shortest, until nothing moves."""
        for _ in range(_ROUNDS):
            moved = 0.0
            for order, neighbours, way in ((self.blocks[::-1], self._right, 1), (self.blocks, self._left, -1)):
                for block in order:
                    moved += self._move(block, neighbours, way)
            if moved < _NEAR * len(self.blocks):
                break

    def _move(self, block: int, neighbours: Sequence[dict[int, float]], way: int) -> float:
        """Move a block one way, with what touches it on that side; return how far."""
        far = 0.0
        for _ in range(len(self.blocks)):
            pushed = self._touching(block, neighbours, way)
            pull, strength = self._pull_of(pushed)
            room = self._room(pushed, neighbours, way)
            step = min(room, way * pull / strength) if strength else 0.0
            if step < _NEAR:
                break
            for one in pushed:
                self.at[one] += way * step
            far += step
        return far

    def _touching(self, block: int, neighbours: Sequence[dict[int, float]], way: int) -> set[int]:
        found = {block}
        waiting = [block]
        for one in waiting:
            for other, least in neighbours[one].items():
                if other not in found and way * (self.at[other] - self.at[one]) - least < _NEAR:
                    found.add(other)
                    waiting.append(other)
        return found

    def _pull_of(self, pushed: set[int]) -> tuple[float, float]:
        """How strongly lines pull blocks together to the right, and how strongly they hold."""
        pull = strength = 0.0
        for one in pushed:
            for other, offset, hold in self._pulls[one]:
                if other not in pushed:
                    pull += hold * (self.at[other] + offset - self.at[one])
                    strength += hold
        return pull, strength

    def _room(self, pushed: set[int], neighbours: Sequence[dict[int, float]], way: int) -> float:
        rooms = (
            way * (self.at[other] - self.at[one]) - least
            for one in pushed
            for other, least in neighbours[one].items()
            if other not in pushed
        )
        return min(rooms, default=float("inf"))
