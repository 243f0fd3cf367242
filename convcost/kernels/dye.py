"""Receptive fields by dye: positions of the input are stained, and the outputs that read them are stained in turn.

Stains are marks, not values, so that neither a relu nor a zero weight hides a path: arrays [planes, *size], where the
strongest of what an output reads is what it shows. A boolean plane follows a single dye. Whole numbers that grow along
an axis follow all its positions at once: the greatest that arrives is the last position read, and of numbers that fall
it is the first. A third plane is clean, but for what lies beyond the input: it marks the outputs that read beyond it
anywhere on their paths. Theirs is not the whole field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace

import numpy as np

from convcost.kernels.tally import Array, Given

PER_AXIS = ("kernel", "stride", "padding", "output_padding", "dilation", "size", "scale", "factor", "window")
"""Arguments with a number for each spatial axis."""

AXES = ("axis", "over")
"""Arguments that name axes: 0 is the channels, 1 the first spatial axis."""

FIRST = 1 << 62
"""What position 0 is stained with where stains fall: 0 is nothing, and no input is so long."""

BYTES = 3 * np.dtype(np.int64).itemsize
"""Of the stain of one position."""

LONGEST_PERIOD = 512
"""Fields that repeat later than this are not recognised."""


def along(given: Given, axis: int) -> Given:
    """Return an operator's arguments along one axis alone. Operators read grids, so axes can be dyed in turn."""
    found = dict(vars(given))
    for name, value in found.items():
        if name in PER_AXIS and isinstance(value, tuple):
            found[name] = value[axis : axis + 1]
        elif name in AXES:
            found[name] = tuple(min(n, 1) for n in value if n in (0, axis + 1))
    return SimpleNamespace(**found)


def colours(n: int) -> Array:
    """Return stains for n positions of an input: what grows, what falls, and what tells of edges."""
    position = np.arange(n, dtype=np.int64)
    return np.stack([position + 1, FIRST - position, np.zeros_like(position)])


def clean(size: tuple[int, ...]) -> Array:
    """Return the stains of an axis, or of a vector, which has no positions, that no dye has reached."""
    return np.zeros((3, *size), np.int64)


def beyond(reached: bool) -> Array:
    """Return what is read beyond the ends of a map: no dye, and a mark if dye reaches the map."""
    return np.array([[0], [0], [reached]], np.int64)


def spans(stains: Array) -> tuple[Array, Array]:
    """Return the first and the last position each output reads, [outputs, 2], -1 if none; and which read beyond edges.

    A vector is one output.
    """
    last, first, edges = stains.reshape(3, -1)
    return np.stack([np.where(last > 0, FIRST - first, -1), last - 1], axis=1), edges > 0


@dataclass(frozen=True, slots=True)
class Measured:
    """A receptive field along one axis, read off from stains."""

    size: int
    """The longest span, over all outputs."""
    start: int
    """Where output 0's span starts, or would if the input went on before its first position."""
    stride: Fraction | None
    """None if there is one output only."""


def measure(read: Array, edges: Array) -> Measured | None:
    """Return the field of the outputs that touch no edge; None if they are too few, or if they follow no pattern.

    Upsampling makes spans alternate: outputs `period` apart read the same, `advance` positions further on. A pattern
    must be seen three times.
    """
    (complete,) = np.nonzero(~edges & (read[:, 0] >= 0))
    if not complete.size or edges[complete[0] : complete[-1]].any():
        return None
    inner = np.arange(complete[0], complete[-1] + 1)
    first, last = read[inner].T
    stained = first >= 0
    size = int(np.max(last - first)) + 1
    for period in range(1, min(len(inner) // 3, LONGEST_PERIOD) + 1):
        moves = read[inner[period:]] - read[inner[:-period]]
        advances = np.unique(moves[stained[period:]])
        if len(advances) == 1 and (stained[period:] == stained[:-period]).all():
            turns, phase = np.divmod(inner, period)
            starts = np.where(stained, first - turns * advances[0], 0)
            earliest = np.argmin(np.where(stained, phase, period))
            return Measured(size, int(starts[earliest]), Fraction(int(advances[0]), period))
    return Measured(size, int(first[0]), None) if len(read) == 1 else None


def alignment(paths: Sequence[tuple[Array, Array]]) -> str | None:
    """Return whether paths (spans and edges) that meet agree on where they look; None if that can't be seen.

    `misaligned_stride` if their strides differ, `misaligned_centre` if for some output the centres of their spans do.
    """
    if len({len(read) for read, _ in paths}) > 1:
        return None
    measured = [measure(read, edges) for read, edges in paths]
    if any(field is None for field in measured):
        return None
    if len({field.stride for field in measured if field is not None}) > 1:
        return "misaligned_stride"
    complete = ~np.logical_or.reduce([edges for _, edges in paths])
    for outputs in zip(*(read[complete] for read, _ in paths), strict=True):
        if len({int(first + last) for first, last in outputs if first >= 0}) > 1:
            return "misaligned_centre"
    return "aligned"
