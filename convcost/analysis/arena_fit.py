"""Whether a network fits a microcontroller: where its tensors lie while it runs, and the numbers it holds in flash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from convcost.errors import SpecError, UsageError
from convcost.memory.arena import Constants, buffers, flash
from convcost.memory.fusion import NotConverted, as_converted
from convcost.memory.planner import Buffer, Placed, arena_of, best_found, greedy_by_size, held_at
from convcost.network import Layer, Network
from convcost.ops.base import BYTES
from convcost.ops.numbers import Number
from convcost.reading.description import Description

PLANNERS = ("tflm", "liveness")
"""What an arena is: that of TensorFlow Lite Micro, or what is held at once, below which no planner gets."""


class Smaller(NamedTuple):
    """A setting with which the arena is at most half."""

    settings: Mapping[str, Number]
    arena: int


class ArenaFit(NamedTuple):
    """What a network takes of a microcontroller's memories. Operators have numbers from 1; 0 is before the first."""

    network: Network
    dtype: str
    planner: str
    ram: int | None
    """The bytes that there are for the arena; None if that was not said."""
    flash: int | None
    """The bytes that there are for numbers."""
    operators: Sequence[Layer]
    """Those that the converter makes, in their order."""
    arena: int
    """The bytes that the planner needs."""
    placed: Sequence[Placed]
    """Where each tensor lies; where only what is held counts, in the best offsets that were found."""
    held: Sequence[int]
    """The bytes that are held at the same time, before the first operator and during each."""
    least: int
    """The smallest arena that was found for the tensors."""
    constants: Constants
    """The bytes in flash."""
    smaller: Sequence[Smaller]
    """Settings, one at a time, with which the arena is at most half."""

    @property
    def peak(self) -> int:
        """The operator during which the highest byte is used, and of several the one that holds most."""
        tops = [0] * len(self.held)
        for one in self.placed:
            for time in range(one.buffer.first, one.buffer.last + 1):
                tops[time] = max(tops[time], one.end)
        by = self.held if self.planner == "liveness" else tops
        return max(range(len(tops)), key=lambda time: (by[time], self.held[time], min(time, 1)))

    def at(self, time: int) -> list[Placed]:
        """Return what lies in the arena during an operator, the lowest first."""
        return [one for one in self.placed if one.buffer.first <= time <= one.buffer.last]

    @property
    def above_half(self) -> list[int]:
        """The operators that hold more than half of the arena: each of them has to hold less, to halve it."""
        return [time for time, held in enumerate(self.held) if 2 * held > self.arena]

    @property
    def fits(self) -> bool:
        """Whether there is enough of each memory that was named."""
        return (self.ram is None or self.arena <= self.ram) and (
            self.flash is None or self.constants.total <= self.flash
        )


def arena_fit(
    description: Description,
    settings: Mapping[str, Number | str],
    variant: str | None = None,
    dtype: str = "int8",
    planner: str = "tflm",
    ram: int | None = None,
    flash_size: int | None = None,
) -> ArenaFit:
    """Return what a network takes of a microcontroller's memories, with numbers of a type.

    Raises UsageError for operators of which it is not known what the converter makes.
    """
    network, bytes = description.network(settings, variant), BYTES[dtype]
    try:
        converted = as_converted(network)
    except NotConverted as reason:
        help = "`convcost analyze` has its `peak_memory_fused`, which needs no rule of the converter"
        raise UsageError(f"there is no arena of `{network.name}`: {reason}", help) from None
    tensors = buffers(converted, bytes)
    layers, best = flash(network, bytes), best_found(tensors)
    found = ArenaFit(
        network,
        dtype,
        planner,
        ram,
        flash_size,
        converted.layers,
        _arena(tensors, planner),
        best if planner == "liveness" else greedy_by_size(tensors),
        held_at(tensors),
        arena_of(best),
        Constants(*map(sum, zip(*layers, strict=True))) if layers else Constants(0, 0, 0),
        (),
    )
    return found._replace(smaller=list(_smaller(description, settings, variant, found)))


def _arena(tensors: Sequence[Buffer], planner: str) -> int:
    return max(held_at(tensors)) if planner == "liveness" else arena_of(greedy_by_size(tensors))


def _smaller(
    description: Description, settings: Mapping[str, Number | str], variant: str | None, fit: ArenaFit
) -> Iterator[Smaller]:
    """Yield, for each symbol and for the input's size, the most eighths of it with which the arena is at most half."""
    outline = description.outline(settings, variant)
    (first, *_) = fit.network.inputs.values()  # where plain sizes have letters, all inputs have the same
    plain: dict[str, Number] = {name: first.size[axis] for name, axis in outline.letters.items()}
    free: dict[str, Number] = {
        name: value
        for name, value in outline.symbols.items()
        if name not in outline.settled | outline.derived and isinstance(value, int | Fraction) and value > 0
    }
    sizes = plain | {name: value for name, value in free.items() if name in outline.size_symbols}
    others = [{name: value} for name, value in free.items() if name not in sizes]
    for given in [sizes, *others] if sizes else others:
        less: Mapping[str, Number]
        for less in (_part(given, eighths, whole) for eighths in range(7, 0, -1) for whole in (False, True)):
            arena = _arena_with(description, {**settings, **less}, variant, fit)
            if arena is not None and 2 * arena <= fit.arena:
                yield Smaller(less, arena)
                break


def _part(given: Mapping[str, Number], eighths: int, whole: bool) -> dict[str, Number]:
    """So many eighths of some numbers, as they are or rounded down."""
    return {name: value * eighths // 8 if whole else Fraction(value * eighths, 8) for name, value in given.items()}


def _arena_with(
    description: Description, settings: Mapping[str, Number | str], variant: str | None, fit: ArenaFit
) -> int | None:
    """The arena with other settings; None if there is no such network."""
    try:
        converted = as_converted(description.network(settings, variant, expecting=False))
    except (SpecError, UsageError, NotConverted):
        return None
    return _arena(buffers(converted, BYTES[fit.dtype]), fit.planner)
