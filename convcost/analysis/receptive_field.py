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

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import gcd, lcm, prod
from typing import Any, NamedTuple, TypeAlias

from convcost.network import Network, Repeat
from convcost.ops.arguments import AXES, LARGEST
from convcost.ops.numbers import Number
from convcost.ops.windows import SAME_POSITION, WHOLE, AxisWindow, NotFollowed, Reads

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


Axis: TypeAlias = Any
"""The field along one axis, of the kind that the network's numbers ask for: a Field, or one in symbols."""

NUMBERS: Axis = Field()
"""An input's own field, where sizes are ints."""


class ReceptiveField(NamedTuple):
    """What a tensor sees of the network's input: a field per axis, or the reason why there is no single one."""

    fields: tuple[Axis, ...] | None
    reason: str | None = None
    alignment: str | None = None
    """Where branches meet: whether their fields have equal strides and centres."""
    has_no_formula: bool = False
    """Whether there is none in symbols, though there may be one for some of their values."""
    whole: tuple[bool, ...] = ()
    """Along which axes it is all of the input, where it is so along some and not along others."""

    @property
    def size(self) -> tuple[Number, ...] | None:
        """The positions that one output reads, along every axis."""
        return tuple([field.size for field in self.fields]) if self.fields is not None else None

    @property
    def stride(self) -> tuple[Number, ...] | None:
        """The positions from one output to the next, along every axis; below 1 behind an upsampling."""
        return tuple([field.jump for field in self.fields]) if self.fields is not None else None

    @property
    def start(self) -> tuple[Number, ...] | None:
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
    In symbols it is the last one that is nowhere smaller than another one, along any axis; NotFollowed without such.
    What depends on the values of the symbols is put to whoever judges comparisons.
    """
    for field in fields:
        if field.has_no_formula:
            raise NotFollowed(field.reason)
    last = {id(field): n for n, field in enumerate(fields)}  # layers that move no window hand on what they see
    windows = [(n, size) for n in sorted(last.values()) if (size := fields[n].size) is not None]
    if all(isinstance(n, int) for _, size in windows for n in size):
        return max((prod(size), n) for n, size in windows)[1] if windows else None
    sizes = set(dict(windows).values())
    for n, size in reversed(windows):
        if all(a >= b for other in sizes for a, b in set(zip(size, other, strict=False))):
            return n
    raise NotFollowed("none of its windows is the largest for all values of the symbols")


def rival(fields: Sequence[ReceptiveField], widest: int) -> int | None:
    """Return a later layer whose window lies elsewhere, and is as large for some values of the symbols; None without.

    That one stands for the network there, so that no one formula says where its window lies.
    """
    size, stride, start = fields[widest].size, fields[widest].stride, fields[widest].start
    for n in range(widest + 1, len(fields)):
        other = fields[n].size
        elsewhere = other is not None and (fields[n].stride, fields[n].start) != (stride, start)
        if elsewhere and not prod(size or ()) >= prod(other or ()) + 1:
            return n
    return None


def followed_no_further(fields: Sequence[ReceptiveField]) -> str | None:
    """Return why some layers have no single window, other than that they see the whole input; None if all have one."""
    for field in fields:
        if field.fields is None and field.reason != WHOLE_INPUT.reason and not field.whole:
            return field.reason
    return None


def has_gates(network: Network) -> bool:
    """Return whether a layer of the network reads one input position by position and another as a whole: a gate."""
    joints = (layer.reads for layer in network.alike.layers if len(layer.inputs) > 1)
    return any(len({_is_gate(read) for read in reads}) > 1 for reads in joints)


def _is_gate(reads: Reads) -> bool:
    """Whether an input is read as a whole, along some axis at least."""
    return reads is WHOLE or WHOLE in reads


def receptive_fields(
    network: Network, source: str | None = None, gates: bool = True, axis: Axis = NUMBERS
) -> list[ReceptiveField]:
    """Return the receptive field of every layer, in order; with `source`, on that input alone.

    `axis` is the field of an input, along each of its axes. Sizes must be ints unless it is one in symbols.

    Without `gates`, an input that is read as a whole beside another that is read position by position is left out: the
    squeeze-and-excitation gates of EfficientNet, for which papers quote the field through the convolutions alone.
    """
    inputs = {name: {name: ReceptiveField((axis,) * shape.rank)} for name, shape in network.inputs.items()}
    seen = _Walk(network, gates, axis).through(0, len(network.layers), inputs)
    result = []
    for layer in network.layers:
        state = seen[layer.outputs[0]]
        result.append(_single(state) if source is None else state.get(source, NOTHING))
    return result


def _single(state: Mapping[str, ReceptiveField]) -> ReceptiveField:
    """The field on every input, where it is the same."""
    fields = list(state.values())
    differs = len(fields) > 1 and any(field[:2] != fields[0][:2] for field in fields)
    return ReceptiveField(None, "differs between inputs") if differs else fields[0]


_State: TypeAlias = dict[str, ReceptiveField]
"""A tensor may depend on several network inputs, and on each in its own way."""


class _Walk:
    """Follows receptive fields along the layers of a network."""

    def __init__(self, network: Network, gates: bool, axis: Axis) -> None:
        self.layers, self.gates, self.axis = network.layers, gates, axis
        self.distinct, self.places = network.alike
        self._bodies: dict[tuple[Repeat, int, int], ReceptiveField] = {}

    def through(self, first: int, end: int, given: Mapping[str, _State], entered: int = 0) -> dict[str, _State]:
        """Return the states of the tensors that are given, and of all that the layers from the first on write.

        Of the repeated runs that the layers stand in, so many are `entered`, the outermost first.
        """
        seen, n = dict(given), first
        while n < end:
            layer = self.layers[n]
            if len(layer.repeats) > entered:
                repeat = layer.repeats[-1 - entered]
                seen |= self._repeated(repeat, seen, entered)
                n = repeat.end
                continue
            reads, states = self.distinct[self.places[n]].reads, [seen[name] for name in layer.inputs]
            state = _through(layer.name, layer.inputs, reads, states, self.gates)
            for name in layer.outputs:
                seen[name] = state
            n += 1
        return seen

    def _repeated(self, repeat: Repeat, seen: Mapping[str, _State], entered: int) -> Mapping[str, _State]:
        """What the layers of a repeated run see in its last repetition; in the first, where that sees the whole input.

        From the second on, all of them see the whole input then.
        """
        given = {
            name: {source: self._before_last(repeat, field, entered) for source, field in seen[name].items()}
            for name in repeat.given
        }
        found = self.through(repeat.first, repeat.end, {**seen, **given}, entered + 1)
        return {
            name: {source: _of_all(repeat, layer.name, field) for source, field in found[name].items()}
            for layer in self.layers[repeat.first : repeat.end]
            for name in layer.outputs
        }

    def _before_last(self, repeat: Repeat, field: ReceptiveField, entered: int) -> ReceptiveField:
        """The field of what the last repetition reads, from that of what the first one does."""
        if field.fields is None:
            return field
        body = self._body(repeat, len(field.fields), entered)
        if body.fields is None:
            if body != WHOLE_INPUT or repeat.count >= 1:
                return field if body == WHOLE_INPUT else body
            return _without_formula(self.layers[repeat.first].name, "may be repeated 0 times")
        try:
            return ReceptiveField(
                tuple(axis.after(one, repeat.count - 1) for axis, one in zip(field.fields, body.fields, strict=True))
            )
        except NotFollowed as reason:
            return _without_formula(self.layers[repeat.first].name, reason)

    def _body(self, repeat: Repeat, rank: int, entered: int) -> ReceptiveField:
        """What a repetition sees of what it reads."""
        if (repeat, rank, entered) not in self._bodies:
            layers = self.layers[repeat.first : repeat.end]
            read = {name for layer in layers for name in layer.inputs}.difference(*(layer.outputs for layer in layers))
            if len(repeat.out) == 1 and read == {*repeat.given}:
                given = {name: {"": ReceptiveField((self.axis,) * rank)} for name in repeat.given}
                body = self.through(repeat.first, repeat.end, given, entered + 1)[repeat.out[0]][""]
            else:
                body = _without_formula(layers[0].name, "is repeated, and reads or hands on several tensors")
            body = _of_all(repeat, layers[0].name, body)
            self._bodies[repeat, rank, entered] = body
        return self._bodies[repeat, rank, entered]


def _of_all(repeat: Repeat, layer: str, field: ReceptiveField) -> ReceptiveField:
    """A field in one repetition, if it is not another one in each."""
    if repeat.counter is None or field.fields is None or not any(axis.has(repeat.counter) for axis in field.fields):
        return field
    return _without_formula(layer, "is repeated, with other windows each time")


def _without_formula(layer: str, reason: object) -> ReceptiveField:
    return ReceptiveField(None, f"`{layer}` {reason}", has_no_formula=True)


def _through(
    layer: str, inputs: Sequence[str], reads: Sequence[Reads], states: list[dict[str, ReceptiveField]], gates: bool
) -> dict[str, ReceptiveField]:
    if len(states) == 1:
        return {source: _step(layer, field, reads[0]) for source, field in states[0].items()}
    sources = dict.fromkeys(source for state in states for source in state)
    result = {}
    for source in sources:
        paths = [
            (name, _step(layer, state[source], read))
            for name, state, read in zip(inputs, states, reads, strict=True)
            if source in state and (gates or not _is_gate(read) or all(map(_is_gate, reads)))
        ]
        if paths:
            result[source] = paths[0][1] if len(paths) == 1 else _meet(layer, paths)
    return result


def _step(layer: str, field: ReceptiveField, reads: Reads) -> ReceptiveField:
    if reads is WHOLE:
        return WHOLE_INPUT
    if WHOLE in reads and (field.fields is not None or field.whole):
        return _whole_along((field.whole, [window is WHOLE for window in reads]))
    if field.fields is None:
        return field
    if reads.count(SAME_POSITION) == len(reads):
        return field if field.alignment is None else ReceptiveField(field.fields)
    followed: list[Axis] = []
    before = None
    for axis, window in zip(field.fields, reads, strict=True):
        if (axis, window) != before:  # axes are alike more often than not
            before = axis, window
            try:
                after = axis.through(window)
            except NotFollowed as reason:
                return _without_formula(layer, reason)
            if after is None:
                return ReceptiveField(None, f"more than {MOST_PHASES} phases")
            if after.reach > LARGEST:
                return TOO_LARGE
        followed.append(after)
    return ReceptiveField(tuple(followed))


def _whole_along(fields: Iterable[Sequence[bool]]) -> ReceptiveField:
    """What is all of the input along each axis along which one of the fields is."""
    whole = tuple(map(any, zip(*filter(None, fields), strict=True)))
    if all(whole):
        return WHOLE_INPUT
    names = " and the ".join(name for name, is_whole in zip(AXES[len(whole)], whole, strict=True) if is_whole)
    return ReceptiveField(None, f"all of the {names}", whole=whole)


def _meet(layer: str, paths: list[tuple[str, ReceptiveField]]) -> ReceptiveField:
    """Where paths from one source join."""
    unknown = [path for _, path in paths if path.fields is None]
    if unknown:
        if any(path.whole for path in unknown):
            return next((path for path in unknown if not path.whole), _whole_along(path.whole for path in unknown))
        return next((path for path in unknown if path.reason == WHOLE_INPUT.reason), unknown[0])
    per_axis = list(zip(*(path.fields or () for _, path in paths), strict=True))
    try:
        merged = [axis[0].merged(axis) for axis in per_axis]
    except NotFollowed as reason:
        return _without_formula(layer, reason)
    kinds = {axis[0].alignment(axis) for axis in set(per_axis)}
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
