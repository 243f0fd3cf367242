"""Receptive fields by dye: positions of the input are stained, and the outputs that read them are stained in turn.

Stains are flags, not values, so that neither a relu nor a zero weight hides a path: arrays [planes, *size], boolean for
a single dye, or of 64-bit words so that one pass follows 64 dyes a word. Padding is not stained: `edge` is 0. A second
pass over a clean input with `edge` 1 marks the outputs that read beyond the input anywhere on their paths: theirs is
not the whole field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace

import numpy as np

from convcost.kernels.tally import Array, Given

PER_AXIS = ("kernel", "stride", "padding", "output_padding", "dilation", "size", "scale")

LONGEST_PERIOD = 512
"""Fields that repeat later than this are not recognised."""


def along(given: Given, axis: int) -> Given:
    """Return an operator's arguments along one axis alone. Operators read grids, so axes can be dyed in turn."""
    per_axis = {name: value for name in PER_AXIS if isinstance(value := getattr(given, name, None), tuple)}
    return SimpleNamespace(**vars(given) | {name: value[axis : axis + 1] for name, value in per_axis.items()})


def colours(n: int) -> Array:
    """Stains for n positions: a dye of its own for each."""
    position = np.arange(n)
    stains = np.zeros((-(-n // 64), n), np.uint64)
    stains[position // 64, position] = np.uint64(1) << (position % 64).astype(np.uint64)
    return stains


def clean(n: int) -> Array:
    """No stains on n positions; for the pass that marks edges."""
    return np.zeros((1, n), bool)


def spans(stains: Array) -> Array:
    """Return the first and the last dye of each output, [outputs, 2]; -1 if it shows none. A vector is one output."""
    words = stains.reshape(len(stains), -1)
    last = 64 * len(words) - 1 - _first_bit(words[::-1], ">u8")
    both = np.stack([_first_bit(words, "<u8"), last], axis=1)
    return np.where((words != 0).any(axis=0)[:, np.newaxis], both, -1)


def _first_bit(words: Array, order: str) -> Array:
    """The place of the first bit set in each column of words; bits come in the order of the bytes."""
    index = np.argmax(words != 0, axis=0)
    found = np.take_along_axis(words, index[np.newaxis], axis=0)[0].astype(order)
    bits = np.unpackbits(found.view(np.uint8).reshape(-1, 8), axis=1, bitorder="little" if order == "<u8" else "big")
    return np.asarray(index * 64 + np.argmax(bits, axis=1))


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
