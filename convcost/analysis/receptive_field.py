"""What a tensor sees of the network's input along every axis, and whose receptive field stands for a network."""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple, TypeAlias

from convcost.analysis.field import Field
from convcost.ops.arguments import LARGEST
from convcost.ops.numbers import Number
from convcost.ops.windows import NotFollowed

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
        return None if self.fields is None else tuple([field.size for field in self.fields])

    @property
    def stride(self) -> tuple[Number, ...] | None:
        """The positions from one output to the next, along every axis; below 1 behind an upsampling."""
        return None if self.fields is None else tuple([field.jump for field in self.fields])

    @property
    def start(self) -> tuple[Number, ...] | None:
        """The first position that output 0 reads, along every axis; below 0 in the padding."""
        return None if self.fields is None else tuple([field.start for field in self.fields])


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
