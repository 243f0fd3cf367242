"""The Pareto front of a sweep: points of which no other is at least as good in everything, and better in something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from convcost.algebra.lanes import Array
from convcost.errors import UsageError, did_you_mean
from convcost.sweeping.blocks import Block

MOST = 20_000
"""Points of a front."""

GUARDS = 24
"""Points of the front that new ones are held against, one after the other, before they are compared with all."""

FEW = 2000
"""Points of a block that a first front is made of."""


@dataclass(frozen=True, slots=True)
class Objective:
    """A column, and whether more of it is better."""

    name: str
    more: bool

    def __str__(self) -> str:
        return f"{'largest' if self.more else 'smallest'} {self.name}"


def objective(word: str, symbols: Sequence[str], totals: Sequence[str]) -> Objective:
    """Return an objective as written; UsageError if there is no such column.

    Of a total less is better, of a symbol more; `min:` or `max:` before it says otherwise.
    """
    prefix, colon, name = word.strip().rpartition(":")
    known = [*symbols, *totals]
    if name not in known or prefix not in ("", "min", "max") or (colon and not prefix):
        help = did_you_mean(name, known) or f"there are {', '.join(known)}, and min: or max: before them"
        raise UsageError(f"--pareto: no column `{word.strip()}`", help)
    return Objective(name, prefix == "max" if prefix else name in symbols)


class Front:
    """The points found so far that are on the front. Of equal ones it has one."""

    def __init__(self, objectives: Sequence[Objective], columns: Sequence[str]) -> None:
        self.objectives = tuple(objectives)
        self.columns = tuple(columns)
        self._keys: list[Array] = [np.empty(0, dtype=np.int64) for _ in objectives]
        """What is to be small, for each objective."""
        self._rows: list[Array] = [np.empty(0, dtype=np.int64) for _ in (None, *columns)]
        """The points' numbers, and their columns."""

    def __len__(self) -> int:
        return len(self._rows[0])

    def rows(self) -> list[tuple[int, ...]]:
        """Return the columns of the points, the best in the first objective first."""
        return list(zip(*(column.tolist() for column in self._rows[1:]), strict=True))

    def add(self, block: Block) -> None:
        """Let in those points of a block that belong here."""
        keys = [_key(objective, block.column(objective.name)) for objective in self.objectives]
        better = block.holds
        for guard in self._guards()[:1]:
            better = better & _any_less(keys, guard)
        points = np.flatnonzero(np.broadcast_to(better, block.shape))
        found = [block.at(key, points) for key in keys]
        if len(points) > 2 * FEW:
            # Some of them are better than most of the others, which then need not be sorted.
            some = slice(None, None, len(points) // FEW)
            self._let_in(block, [key[some] for key in found], points[some])
            for guard in self._guards():
                worthy = _any_less(found, guard)
                points, found = points[worthy], [key[worthy] for key in found]
        if len(points):
            self._let_in(block, found, points)

    def merge(self, other: Front) -> None:
        """Let in the points of another front."""
        self._join(other._keys, other._rows)

    def _guards(self) -> list[list[int]]:
        """Some of the points, from the middle outwards: those there are better than most."""
        middle = (len(self) - 1) / 2
        some = {round(n * (len(self) - 1) / (GUARDS - 1)) for n in range(GUARDS)} if len(self) else set()
        return [[int(key[n]) for key in self._keys] for n in sorted(some, key=lambda n: abs(n - middle))]

    def _let_in(self, block: Block, keys: Sequence[Array], points: Array) -> None:
        best = _best(keys, points)
        columns = [block.at(block.column(name), points[best]) for name in self.columns]
        self._join([key[best] for key in keys], [block.first + points[best], *columns])

    def _join(self, keys: Sequence[Array], rows: Sequence[Array]) -> None:
        keys = [np.concatenate(pair) for pair in zip(self._keys, keys, strict=True)]
        rows = [np.concatenate(pair) for pair in zip(self._rows, rows, strict=True)]
        best = _best(keys, rows[0])
        if len(best) > MOST:
            names = ", ".join(map(str, self.objectives))
            raise UsageError(f"--pareto: more than {MOST:,} points are on the front", f"of {names}: name fewer")
        self._keys = [key[best] for key in keys]
        self._rows = [row[best] for row in rows]


def _key(objective: Objective, column: Array) -> Array:
    return -column if objective.more else column


def _any_less(keys: Sequence[Array], guard: Sequence[int]) -> Array:
    """Where something is better than at the guard."""
    found = np.asarray(False)
    for key, least in zip(keys, guard, strict=True):
        found = found | (key < least)
    return found


def _best(keys: Sequence[Array], numbers: Array) -> Array:
    """The indices of the points on the front, by the first key, then the second, ..."""
    ranked = np.lexsort((numbers, *reversed(keys)))
    if len(keys) == 2:
        # Whoever comes later is no better in the first key, so it must be better than all before in the second.
        second = keys[1][ranked]
        least = np.minimum.accumulate(second)
        return ranked[np.concatenate([[True], second[1:] < least[:-1]])] if len(ranked) else ranked
    found = []
    while len(ranked):
        best, rest = ranked[0], ranked[1:]
        found.append(best)
        ranked = rest[_any_less([key[rest] for key in keys], [key[best] for key in keys])]
        if len(found) > MOST:
            break
    return np.array(found, dtype=np.intp)
