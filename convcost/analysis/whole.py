"""The figures of a whole network, or of a group of its layers, each under the name that it has in `figures.FIGURES`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple, TypeAlias

from convcost.analysis.memory import Peak, most_held
from convcost.analysis.propagation import has_gates, receptive_fields
from convcost.analysis.receptive_field import NUMBERS, WHOLE_INPUT, Axis, ReceptiveField, largest_window, rival
from convcost.figures import FIGURES, Figure, Setting
from convcost.network import Network
from convcost.ops.base import Shape
from convcost.ops.numbers import Number
from convcost.ops.windows import NotFollowed


class Walks:
    """What walks over a network's layers find, for one sample; each is made once, when a figure first needs it.

    `axis` is where receptive fields start: of a network in symbols, one in symbols.
    """

    def __init__(self, network: Network, axis: Axis = NUMBERS) -> None:
        self.network = network
        self._axis = axis
        self._each: dict[tuple[str, Setting], list[Number]] = {}
        self._sums: dict[tuple[str, Setting], list[Number]] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Walks) and self.network == other.network

    def __hash__(self) -> int:
        return hash(self.network)

    @cached_property
    def fields(self) -> list[ReceptiveField]:
        """The receptive field of every layer."""
        return receptive_fields(self.network, axis=self._axis)

    @cached_property
    def ungated_fields(self) -> list[ReceptiveField]:
        """The receptive field of every layer, gates that read the whole input left out."""
        return receptive_fields(self.network, gates=False, axis=self._axis) if has_gates(self.network) else self.fields

    @cached_property
    def widest(self) -> int | None:
        """The layer whose receptive field stands for the network's."""
        return largest_window(self.fields)

    @cached_property
    def widest_ungated(self) -> int | None:
        """The layer whose receptive field stands for the network's, gates left out."""
        return self.widest if self.ungated_fields is self.fields else largest_window(self.ungated_fields)

    def each(self, figure: Figure, at: Setting) -> list[Number]:
        """Return what every layer adds to a figure that is a sum."""
        if (figure.name, at) not in self._each:
            self._each[figure.name, at] = figure.in_network(self.network, at)
        return self._each[figure.name, at]

    def sums(self, figure: Figure, at: Setting) -> list[Number]:
        """Return a figure that is a sum, of the first n layers for every n from 0: any run's is a difference of two."""
        if (figure.name, at) not in self._sums:
            self._sums[figure.name, at] = list(accumulate(self.each(figure, at), initial=0))
        return self._sums[figure.name, at]

    @cached_property
    def peak(self) -> Peak:
        """The most elements that are held at once."""
        return most_held(self.network)

    @cached_property
    def writers(self) -> dict[str, int]:
        """The place of the layer that writes each tensor."""
        return {name: n for n, layer in enumerate(self.network.layers) for name in layer.outputs}

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The shape of every tensor."""
        return dict(self.network.tensors())


Measure: TypeAlias = Any
"""A count, bytes, a quotient, a shape with the channels first, or a number per spatial axis."""


class NoFigure(Exception):
    """There is no such figure of this: why, as in "`name` has no single output"."""


class SeesAll(NoFigure):
    """The receptive field is the whole input: larger than any window."""


class Group(NamedTuple):
    """Some layers of a network, as runs of neighbours, and the tensors that they hand on."""

    runs: tuple[range, ...]
    outputs: tuple[str, ...]


def measure(walks: Walks, figure: str, at: Setting, group: Group | None = None) -> Measure:
    """Return a figure of a network at a setting, or of a group of its layers; NoFigure if there is none."""
    found = FIGURES[figure]
    if found.is_sum:
        return _over(walks.sums(found, at), group)
    if found.of is None:
        return WHOLE[figure](walks, at, group)
    total = _over(walks.sums(found, at), group)
    return total if found.per is None else found.quotient(total, _over(walks.sums(found.divisor, at), group))


def _over(sums: Sequence[Number], group: Group | None) -> Measure:
    """What a group adds, or the network, from the sums over the first n layers for every n."""
    if group is None:
        return sums[-1]
    if len(group.runs) == 1:
        (run,) = group.runs
        return sums[run.stop] - sums[run.start]
    return sum([sums[run.stop] - sums[run.start] for run in group.runs])


def peak_memory(walks: Walks, at: Setting, group: Group | None) -> Measure:
    """Return the most bytes of activations that are held at once."""
    _require_whole(group)
    return walks.peak.elements * at.bytes * at.batch


def peak_memory_fused(walks: Walks, at: Setting, group: Group | None) -> Measure:
    """Return the most bytes of activations that are held at once, folded and in place."""
    from convcost.memory.fusion import in_place

    _require_whole(group)
    return most_held(in_place(walks.network)).elements * at.bytes * at.batch


def arena(walks: Walks, at: Setting, group: Group | None) -> Measure:
    """Return the bytes that a microcontroller's interpreter lays the activations in."""
    from convcost.memory.arena import laid_in
    from convcost.memory.fusion import NotConverted

    _require_whole(group)
    try:
        return laid_in(walks.network, at.batch)
    except NotConverted as reason:
        raise NoFigure(str(reason)) from None


def _require_whole(group: Group | None) -> None:
    if group is not None:
        raise NoFigure("it is a figure of the whole network")


def training_memory(walks: Walks, at: Setting, group: Group | None) -> Measure:
    """Return the most bytes that a training step holds at once."""
    _require_whole(group)
    return max(walks.each(FIGURES["training_memory"], at), default=0)


def receptive_field(walks: Walks, at: Setting, group: Group | None) -> Measure:
    """Return the receptive field's size along every axis."""
    return _known(_field(walks, walks.fields, group).size)


def ungated_receptive_field(walks: Walks, at: Setting, group: Group | None) -> Measure:
    """Return the receptive field's size along every axis, gates left out."""
    return _known(_field(walks, walks.ungated_fields, group).size)


def effective_stride(walks: Walks, at: Setting, group: Group | None) -> Measure:
    """Return the positions of the input from one output to the next, along every axis."""
    return _known(_field(walks, walks.fields, group, lies=True).stride)


def start_offset(walks: Walks, at: Setting, group: Group | None) -> Measure:
    """Return the first position of the input that output 0 reads, along every axis."""
    return _known(_field(walks, walks.fields, group, lies=True).start)


def output_shape(walks: Walks, at: Setting, group: Group | None) -> Measure:
    """Return the shape of the single output, channels first."""
    return walks.shapes[_single_output(walks, group)].numbers


Walked: TypeAlias = Callable[[Walks, Setting, Group | None], Measure]

WHOLE: Mapping[str, Walked] = {
    function.__name__: function
    for function in (
        peak_memory,
        peak_memory_fused,
        arena,
        training_memory,
        receptive_field,
        ungated_receptive_field,
        effective_stride,
        start_offset,
        output_shape,
    )
}
"""The functions above by their names."""


def _field(walks: Walks, fields: Sequence[ReceptiveField], group: Group | None, lies: bool = False) -> ReceptiveField:
    """That of a group's output; of a network, the largest window. NoFigure if it has no single size, or place."""
    if group is None:
        found = _widest(walks, fields, lies)
    else:
        name = _single_output(walks, group)
        writer = walks.writers.get(name)
        if writer is None:
            raise NoFigure("it hands on an input of the network")
        found = fields[writer]
    if found.fields is None:
        raise (SeesAll if found.reason == WHOLE_INPUT.reason else NoFigure)(found.reason)
    return found


def _widest(walks: Walks, fields: Sequence[ReceptiveField], lies: bool) -> ReceptiveField:
    try:
        at = walks.widest if fields is walks.fields else walks.widest_ungated
    except NotFollowed as reason:
        raise NoFigure(str(reason)) from None
    if at is None:
        return fields[-1] if fields else ReceptiveField(None, "no layer has one")
    if lies and (other := rival(fields, at)) is not None:
        one, another = (walks.network.layers[n].name for n in (at, other))
        raise NoFigure(f"it depends on the symbols whether `{one}` or `{another}` has the largest window")
    return fields[at]


def _known(numbers: tuple[Number, ...] | None) -> Measure:
    assert numbers is not None  # _field has seen to it
    return numbers


def _single_output(walks: Walks, group: Group | None) -> str:
    names = walks.network.outputs if group is None else group.outputs
    if len(names) != 1:
        raise NoFigure(f"it has {len(names)} outputs")
    return names[0]
