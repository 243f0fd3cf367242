"""The field of a tensor along one axis: which input positions output y can depend on, from `first` to `last`.

Without upsampling it is the same interval for every y, moved on by the jump. With upsampling by 2 it alternates
between two, and so on: a Field is a list of intervals, one per phase, that moves on by `advance` input positions every
`len(phases)` outputs. The input lattice is unbounded: padding counts as positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import gcd, lcm
from typing import NamedTuple

from convcost.ops.windows import SAME_POSITION, AxisWindow

Interval = tuple[int, int]

MOST_PHASES = 512
"""Beyond this many different phases the field is not followed any further, nor beyond the largest size of an axis."""


_ratio = lru_cache(Fraction)
"""A fraction, made once for the many layers that have it."""


class Field(NamedTuple):
    """The field along one axis; None for a phase that reads nothing (a transposed convolution's hole)."""

    phases: tuple[Interval | None, ...] = ((0, 0),)
    advance: int = 1

    @property
    def sizes(self) -> list[int]:
        """The positions from the first to the last, in every phase."""
        return [read[1] - read[0] + 1 if read else 0 for read in self.phases]

    @property
    def size(self) -> int:
        """The positions from the first to the last, in the phase that has most."""
        first = self.phases[0]
        return first[1] - first[0] + 1 if len(self.phases) == 1 and first else max(self.sizes)

    @property
    def smallest(self) -> int:
        """The positions from the first to the last, in the phase that has fewest."""
        return min(self.sizes)

    @property
    def reach(self) -> int:
        """The largest number that says where it is: a bound for its size, its stride and its start."""
        return max(self.size, self.advance, abs(self.start))

    @property
    def jump(self) -> Fraction:
        """Input positions per output position: the effective stride."""
        return _ratio(self.advance, len(self.phases))

    @property
    def start(self) -> int:
        """The first position that output 0 reads (negative: padding before the input)."""
        for read in self.phases:
            if read:
                return read[0]
        return 0

    def at(self, y: int) -> Interval | None:
        """Return the interval that output y reads."""
        turns, phase = divmod(y, len(self.phases))
        interval = self.phases[phase]
        return interval and (interval[0] + turns * self.advance, interval[1] + turns * self.advance)

    def through(self, window: AxisWindow) -> Field | None:
        """Return the field after one more window; None if it has too many phases to follow.

        `period` outputs further on, the window reads `window.advance` positions further on; the two patterns together
        repeat when that distance is a multiple of this field's phases.
        """
        if window == SAME_POSITION:
            return self
        here = self.phases[0]
        if len(self.phases) == window.period == 1 and here:
            first, last = window.span(0)
            return Field(((here[0] + first * self.advance, here[1] + last * self.advance),), window.step * self.advance)
        repeats = len(self.phases) // gcd(window.advance, len(self.phases))
        count = window.period * repeats
        if count > MOST_PHASES:
            return None
        ordered = self._ordered()
        phases = tuple([self._hull(window.reads(y), ordered) for y in range(count)])
        return Field(phases, window.advance * repeats * self.advance // len(self.phases))

    def _ordered(self) -> bool:
        """Whether the interval never moves back from one output to the next."""
        if len(self.phases) == 1:
            return self.phases[0] is not None
        around = [*self.phases, self.at(len(self.phases))]
        return all(a and b and a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(around))

    def _hull(self, positions: range | tuple[int, ...], ordered: bool) -> Interval | None:
        if not positions:
            return None
        if ordered:
            lowest, highest = self.at(positions[0]), self.at(positions[-1])
            return lowest and highest and (lowest[0], highest[1])
        # Positions of one phase differ by whole turns, so the outermost of each phase decide.
        phases = len(self.phases)
        if len(positions) > 2 * phases:
            positions = (*positions[:phases], *positions[-phases:])
        intervals = [interval for x in positions if (interval := self.at(x)) is not None]
        if not intervals:
            return None
        return min(first for first, _ in intervals), max(last for _, last in intervals)

    @staticmethod
    def merged(fields: Sequence[Field]) -> Field | None:
        """Return the hull of fields of equal jump; None if their jumps differ or they have too many phases."""
        first = fields[0]
        if all(field == first for field in fields):
            return first
        count = lcm(*(len(field.phases) for field in fields))
        if any(field.jump != first.jump for field in fields) or count > MOST_PHASES:
            return None
        phases = []
        for y in range(count):
            intervals = [interval for field in fields if (interval := field.at(y)) is not None]
            phases.append((min(i[0] for i in intervals), max(i[1] for i in intervals)) if intervals else None)
        return Field(tuple(phases), int(first.jump * count))

    @staticmethod
    def alignment(fields: Sequence[Field]) -> str:
        """Return `aligned` if all jumps and centres agree, else which of them do not.

        >>> Field.alignment([Field(((-1, 1),)), Field(((0, 0),))])
        'aligned'
        """
        if any(field.jump != fields[0].jump for field in fields):
            return "misaligned_stride"
        count = lcm(*(len(field.phases) for field in fields))
        for y in range(count):
            centres = {sum(interval) for field in fields if (interval := field.at(y)) is not None}
            if len(centres) > 1:
                return "misaligned_centre"
        return "aligned"
