"""Receptive field, effective stride and start of every tensor, along one axis at a time, through branches.

A tensor's field along an axis says which input positions output y can depend on: the interval from `first` to `last`.
Without upsampling it is the same interval for every y, moved on by the jump. With upsampling by 2 it alternates
between two, and so on: a Field is a list of intervals, one per phase, that moves on by `advance` input positions every
`len(phases)` outputs. The input lattice is unbounded: padding counts as positions.

Chains follow Araujo, Norris & Sim 2019 (Distill, doi 10.23915/distill.00021). Where branches meet, the field is the
hull of theirs, which is larger than the largest if their centres differ; if their jumps differ it grows with y and has
no single value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import gcd, lcm, prod
from typing import NamedTuple

from convcost.network import Network
from convcost.ops.arguments import LARGEST
from convcost.ops.windows import SAME_POSITION, AxisWindow, Reads

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
        return max(self.sizes)

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


def merge(fields: list[Field]) -> Field | None:
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


def alignment(fields: list[Field]) -> str:
    """`aligned` if all jumps and centres agree, else which of them do not.

    >>> alignment([Field(((-1, 1),)), Field(((0, 0),))])
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


class ReceptiveField(NamedTuple):
    """What a tensor sees of the network's input: a Field per axis, or the reason why there is no single one."""

    fields: tuple[Field, ...] | None
    reason: str | None = None
    alignment: str | None = None
    """Where branches meet: whether their fields have equal strides and centres."""

    @property
    def size(self) -> tuple[int, ...] | None:
        """The positions that one output reads, along every axis."""
        return tuple([field.size for field in self.fields]) if self.fields is not None else None

    @property
    def stride(self) -> tuple[Fraction, ...] | None:
        """The positions from one output to the next, along every axis; below 1 behind an upsampling."""
        return tuple([field.jump for field in self.fields]) if self.fields is not None else None

    @property
    def start(self) -> tuple[int, ...] | None:
        """The first position that output 0 reads, along every axis; below 0 in the padding."""
        return tuple([field.start for field in self.fields]) if self.fields is not None else None


WHOLE_INPUT = ReceptiveField(None, "whole input")

TOO_LARGE = ReceptiveField(None, f"more than {LARGEST:,} positions")
"""A field that is larger than any axis of a tensor, or moves on by more."""

NOTHING = ReceptiveField(None, "nothing of this input")


def largest_window(fields: Sequence[ReceptiveField]) -> int | None:
    """Return which layer's receptive field stands for a network: the largest window, and of those alike the last.

    Where a classifier follows, whose output sees everything, that is the end of the feature extractor, whose field the
    literature quotes. Where gates see everything, it is the last layer that no gate has touched. None: there is none.
    """
    last = {id(field): n for n, field in enumerate(fields)}  # layers that move no window hand on what they see
    sizes = [(prod(size), n) for n in last.values() if (size := fields[n].size) is not None]
    return max(sizes)[1] if sizes else None


def followed_no_further(fields: Sequence[ReceptiveField]) -> str | None:
    """Return why some layers have no single window, other than that they see the whole input; None if all have one."""
    return next((field.reason for field in fields if field.fields is None and field.reason != WHOLE_INPUT.reason), None)


def has_gates(network: Network) -> bool:
    """Return whether a layer of the network reads one input position by position and another as a whole: a gate."""
    joints = (layer.reads for layer in network.alike.layers if len(layer.inputs) > 1)
    return any(None in reads and any(reads) for reads in joints)


def receptive_fields(network: Network, source: str | None = None, gates: bool = True) -> list[ReceptiveField]:
    """Return the receptive field of every layer, in order; with `source`, on that input alone. Sizes must be ints.

    Without `gates`, an input that is read as a whole beside another that is read position by position is left out: the
    squeeze-and-excitation gates of EfficientNet, for which papers quote the field through the convolutions alone.
    """
    # A tensor may depend on several network inputs, and on each in its own way.
    seen: dict[str, dict[str, ReceptiveField]] = {
        name: {name: ReceptiveField((Field(),) * shape.rank)} for name, shape in network.inputs.items()
    }
    result = []
    distinct, places = network.alike
    for layer, n in zip(network.layers, places, strict=True):
        state = _through(layer.inputs, distinct[n].reads, [seen[name] for name in layer.inputs], gates)
        for name in layer.outputs:
            seen[name] = state
        result.append(_single(state) if source is None else state.get(source, NOTHING))
    return result


def _single(state: Mapping[str, ReceptiveField]) -> ReceptiveField:
    """The field on every input, where it is the same."""
    fields = list(state.values())
    differs = len(fields) > 1 and any(field[:2] != fields[0][:2] for field in fields)
    return ReceptiveField(None, "differs between inputs") if differs else fields[0]


def _through(
    inputs: Sequence[str], reads: Sequence[Reads], states: list[dict[str, ReceptiveField]], gates: bool
) -> dict[str, ReceptiveField]:
    if len(states) == 1:
        return {source: _step(field, reads[0]) for source, field in states[0].items()}
    sources = dict.fromkeys(source for state in states for source in state)
    result = {}
    for source in sources:
        paths = [
            (name, _step(state[source], read))
            for name, state, read in zip(inputs, states, reads, strict=True)
            if source in state and (gates or read is not None or not any(reads))
        ]
        if paths:
            result[source] = paths[0][1] if len(paths) == 1 else _meet(paths)
    return result


def _step(field: ReceptiveField, reads: Reads) -> ReceptiveField:
    if reads is None:
        return WHOLE_INPUT
    if field.fields is None:
        return field
    if reads.count(SAME_POSITION) == len(reads):
        return field if field.alignment is None else ReceptiveField(field.fields)
    followed: list[Field] = []
    before = None
    for axis, window in zip(field.fields, reads, strict=True):
        if (axis, window) != before:  # axes are alike more often than not
            before = axis, window
            after = axis.through(window)
        if after is None:
            return ReceptiveField(None, f"more than {MOST_PHASES} phases")
        followed.append(after)
    if max([axis.reach for axis in followed]) > LARGEST:
        return TOO_LARGE
    return ReceptiveField(tuple(followed))


def _meet(paths: list[tuple[str, ReceptiveField]]) -> ReceptiveField:
    """Where paths from one source join."""
    unknown = [path for _, path in paths if path.fields is None]
    if unknown:
        return next((path for path in unknown if path.reason == WHOLE_INPUT.reason), unknown[0])
    per_axis = list(zip(*(path.fields or () for _, path in paths), strict=True))
    merged = [merge(list(axis)) for axis in per_axis]
    kinds = {alignment(list(axis)) for axis in set(per_axis)}
    kind = next((k for k in ("misaligned_stride", "misaligned_centre") if k in kinds), "aligned")
    hull = tuple(field for field in merged if field is not None)
    if len(hull) == len(merged):
        return ReceptiveField(hull, alignment=kind)
    names = " and ".join(f"`{name}`" for name in _differing(paths))
    return ReceptiveField(None, f"misaligned: {names} have different strides", kind)


def _differing(paths: list[tuple[str, ReceptiveField]]) -> tuple[str, str]:
    first_name, first = paths[0]
    for name, path in paths[1:]:
        if path.stride != first.stride:
            return first_name, name
    return first_name, paths[1][0]
