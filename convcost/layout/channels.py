"""Lines across, between a row and the next: each on a track where it runs along no other one.

A line leaves a cell downward, runs across on its track, and enters the cell below from above. Lines from one cell part
on one track; lines to one cell meet on one track. Of two lines of which one ends above where the other begins, the one
that begins there is above.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convcost.layout.graph import TRACK
from convcost.layout.grid import Wire

_NEAR = 3.0


class Run(NamedTuple):
    """A wire, and where it leaves the row above and enters the one below."""

    wire: Wire
    start: float
    end: float


class _Net(NamedTuple):
    """Runs that share a track, as they share a start or an end."""

    runs: tuple[Run, ...]

    @property
    def low(self) -> float:
        return min(min(run.start, run.end) for run in self.runs)

    @property
    def high(self) -> float:
        return max(max(run.start, run.end) for run in self.runs)


def tracks(runs: Sequence[Run]) -> tuple[dict[Wire, int], int]:
    """Return the track of each wire that runs across, counted from above, and how many tracks there are.

    A wire without a track is straight, or there is no track for it: it must be drawn aslant.
    """
    nets = [net for net in _nets(runs) if net.high - net.low > 0.01]
    above: list[set[int]] = [set() for _ in nets]
    aslant = _must(nets, above)
    _should(nets, above, aslant)
    found: dict[int, int] = {}
    for n in _order(above, aslant):
        least = max((found[m] + 1 for m in above[n]), default=0)
        taken = {track for m, track in found.items() if _overlap(nets[n], nets[m])}
        found[n] = next(track for track in range(least, len(nets) + least + 1) if track not in taken)
    numbers = {run.wire: track for n, track in found.items() for run in nets[n].runs}
    return numbers, max(found.values(), default=-1) + 1


def _nets(runs: Sequence[Run]) -> list[_Net]:
    """Runs by where they part, those that part nowhere by where they meet."""
    starts: dict[tuple[int, str], list[Run]] = {}
    for run in runs:
        starts.setdefault((run.wire.upper, run.wire.key), []).append(run)
    ends: dict[tuple[int, float], list[Run]] = {}
    for net in starts.values():
        if len(net) == 1:
            ends.setdefault((net[0].wire.lower, net[0].end), []).append(net[0])
    return [_Net(tuple(net)) for net in (*(net for net in starts.values() if len(net) > 1), *ends.values())]


def _must(nets: Sequence[_Net], above: list[set[int]]) -> set[int]:
    """Note which nets must be above which; return those for which there is no such order."""
    aslant: set[int] = set()
    for n, lower in enumerate(nets):
        for m, upper in enumerate(nets):
            if n != m and n not in aslant and _ends_above(lower, upper):
                if _reaches(above, m, n):
                    aslant.add(n)
                    break
                above[n].add(m)
    for one in aslant:
        for other in above:
            other.discard(one)
        above[one].clear()
    return aslant


def _ends_above(lower: _Net, upper: _Net) -> bool:
    """Whether one net ends below where another begins above, and they do more there than meet."""
    ends = [run.end for run in lower.runs if not all(_meet(run, other) for other in upper.runs)]
    return any(abs(end - run.start) < _NEAR for end in ends for run in upper.runs)


def _meet(one: Run, other: Run) -> bool:
    return one.wire.lower == other.wire.lower and abs(other.end - one.end) < 0.01


def _should(nets: Sequence[_Net], above: list[set[int]], aslant: set[int]) -> None:
    """Note of other pairs which one is better above, as fewer lines cross."""
    for n, one in enumerate(nets):
        for m in range(n):
            other = nets[m]
            if {n, m} & aslant or not _overlap(one, other):
                continue
            lower, upper = (n, m) if _crossed(other, one) <= _crossed(one, other) else (m, n)
            if not _reaches(above, upper, lower):
                above[lower].add(upper)


def _crossed(upper: _Net, lower: _Net) -> int:
    """How often two nets cross if one is above the other."""
    starts = {run.start for run in lower.runs}
    ends = {run.end for run in upper.runs}
    return sum(upper.low < x < upper.high for x in starts) + sum(lower.low < x < lower.high for x in ends)


def _overlap(one: _Net, other: _Net) -> bool:
    return one.low < other.high + TRACK and other.low < one.high + TRACK


def _reaches(above: Sequence[set[int]], start: int, end: int) -> bool:
    """Whether one net must be below another."""
    waiting, seen = [start], {start}
    for one in waiting:
        if one == end:
            return True
        for other in above[one] - seen:
            seen.add(other)
            waiting.append(other)
    return False


def _order(above: Sequence[set[int]], aslant: set[int]) -> list[int]:
    """Nets, each behind those that are above it."""
    found: list[int] = []
    left = [n for n in range(len(above)) if n not in aslant]
    while left:
        ready = [n for n in left if above[n] <= {*found}]
        found += ready
        left = [n for n in left if n not in ready]
    return found
