"""Receptive field, effective stride and start of every tensor, followed along the layers and through branches.

Chains follow Araujo, Norris & Sim 2019 (Distill, doi 10.23915/distill.00021). Where branches meet, the field is the
hull of theirs, which is larger than the largest if their centres differ; if their jumps differ it grows with y and has
no single value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from convcost.analysis.field import MOST_PHASES
from convcost.analysis.receptive_field import NOTHING, NUMBERS, TOO_LARGE, WHOLE_INPUT, Axis, ReceptiveField
from convcost.network import Network, Repeat
from convcost.ops.arguments import AXES, LARGEST
from convcost.ops.windows import SAME_POSITION, WHOLE, NotFollowed, Reads


def has_gates(network: Network) -> bool:
    """Return whether a layer of the network reads one input position by position and another as a whole: a gate."""
    joints = (layer.reads for layer in network.alike.layers if len(layer.inputs) > 1)
    return any(len({_is_gate(read) for read in reads}) > 1 for reads in joints)


def _moves_nothing(reads: Reads) -> bool:
    """Whether an input is read position by position."""
    return reads is not WHOLE and reads.count(SAME_POSITION) == len(reads)


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
    first, *others = state.values()
    if not others:
        return first
    differs = any(field[:2] != first[:2] for field in others)
    return ReceptiveField(None, "differs between inputs") if differs else first


_State: TypeAlias = dict[str, ReceptiveField]
"""A tensor may depend on several network inputs, and on each in its own way."""


class _Walk:
    """Follows receptive fields along the layers of a network."""

    def __init__(self, network: Network, gates: bool, axis: Axis) -> None:
        self.layers, self.gates, self.axis = network.layers, gates, axis
        distinct, self.places = network.alike
        self.reads = [layer.reads for layer in distinct]
        self.still = [len(reads) == 1 and _moves_nothing(*reads) for reads in self.reads]
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
            place, state = self.places[n], seen[layer.inputs[0]]
            if not self.still[place] or any(field.alignment for field in state.values()):
                states = [seen[name] for name in layer.inputs]
                state = _through(layer.name, layer.inputs, self.reads[place], states, self.gates)
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
        (state,), (read,) = states, reads
        return {source: _step(layer, field, read) for source, field in state.items()}
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
    if _moves_nothing(reads):
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
