"""Whether one convolution can compute exactly what another does, whatever weights that has.

Both write the same shape and move alike, else it can't. The one must then have the other's taps, and room for its
channels: any convolution is a kernel K[out, in, *taps], and what a factorised one can't have shows in a rank of K.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from convcost.algorithms.table import as_convolution
from convcost.comparison.convolutions import Side
from convcost.ops.base import by_x

FULL = frozenset({"conv1d", "conv3d", "deformable", "dilated", "pointwise", "standard", "transposed"})
"""Members whose every output reads every input channel, by weights of its own."""

TELLS_TAPS = frozenset({"dilated", "pointwise", "pointwise_grouped"})
"""Members whose condition in words is about taps, too."""


class Answer(NamedTuple):
    """In a word, and completing "it can replace it ..."."""

    word: str
    condition: str


def replaces(other: Side, side: Side) -> Answer:
    """Return whether `other` can compute what `side` does, both on the same input."""
    if not side.member.linear:
        return Answer("no", f"never: {side.member.name} is not linear")
    if not other.member.linear and other.member.name != "deformable":
        return Answer(other.member.word, other.member.exact)
    if other.output != side.output:
        return Answer("no", f"never: it writes {other.output}, not {side.output}")
    if _stride(other) != _stride(side):
        return Answer("no", f"never: it moves by {_stride(other)} px for each output, not by {_stride(side)}")
    name, word, needs = other.member.name, "yes", []
    room, taps, biases = _has_room(other, side), _taps_needed(other, side), _biases_needed(other, side)
    if not room:
        word = other.member.word
        needs.append(other.member.exact)
    if taps and (room or name not in TELLS_TAPS):
        word = other.member.word if not room or name in TELLS_TAPS else "fewer taps"
        needs.append(taps)
    if biases:
        word = "but for biases" if word == "yes" else word
        needs.append(biases)
    if needs:
        return Answer(word, f"{'iff ' if room else ''}{', and '.join(needs)}")
    turned = (name == "transposed") != (side.member.name == "transposed")
    return Answer("yes", "always, with the kernel turned" if turned else "always")


def _has_room(other: Side, side: Side) -> bool:
    """Whether all kernels of `side` have what `other` needs across channels: too high a rank, and few have."""
    name = other.member.name
    if name in FULL:
        return True
    groups = _groups(side)
    if name in ("depthwise", "grouped", "pointwise_grouped"):
        return groups % _groups(other) == 0 and (side.member.name != "shuffled_grouped" or _groups(other) == 1)
    if name == "shuffled_grouped":
        return _groups(other) == 1 or (side.member is other.member and groups == _groups(other))
    channels, out = int(side.analysis.network.layers[0].input_shapes[0].channels), int(side.output.channels)
    extent = [len(taps) for taps in _taps(side)]
    if name == "depthwise_separable":
        # For one input channel: the outputs that read it, by taps.
        rank = min(out // groups, prod(extent), _inner(side) // channels if side.member is other.member else out)
        return rank <= _inner(other) // channels
    rows, columns = extent
    if name == "spatially_separable":
        # (in, rows) by (out, columns), group by group; a flattened filter is of rank 1.
        rank = groups * min(channels // groups * rows, out // groups * columns)
        inner = {"spatially_separable": _inner(side), "flattened": out}
        return min(rank, inner.get(side.member.name, rank)) <= _inner(other)
    # Flattened: a filter that is more than a line has more than one factor to be an outer product of.
    return side.member is other.member or sum(n > 1 for n in (channels // groups, rows, columns)) <= 1


def _groups(side: Side) -> int:
    """The groups of a side that is one convolution, shuffled or not."""
    layers = side.analysis.network.layers
    convolutions = [conv for layer in layers if (conv := as_convolution(layer.operator, layer.input_shapes[0]))]
    return int(convolutions[0].groups) if len(convolutions) == 1 else 1


def _inner(side: Side) -> int:
    """The channels between a side's first layer and its second."""
    return int(side.analysis.network.layers[0].output_shapes[0].channels)


def _stride(side: Side) -> str:
    stride = side.analysis.layers[-1].field.stride or ()
    return by_x(n for n, positions in zip(stride, side.output.size, strict=True) if positions > 1)


def _taps(side: Side) -> list[frozenset[int]]:
    """For each axis, the positions that output 0 reads, without those that are padding for every output."""
    found = []
    for axis, size in enumerate(side.analysis.network.layers[0].input_shapes[0].size):
        taps, stride = {0}, 1
        for layer in reversed(side.analysis.network.layers):
            (windows,) = layer.reads
            window = windows[axis] if windows else None
            assert window is not None
            taps = {x for y in taps for x in window.reads(y)}
            stride *= window.advance
        last = (side.output.size[axis] - 1) * stride
        found.append(frozenset(tap for tap in taps if -last <= tap < size))
    return found


def _taps_needed(other: Side, side: Side) -> str:
    """Return what `side` must be for `other` to have its taps; nothing if it has them."""
    theirs, own = _taps(other), _taps(side)
    shared = [len(a & b) for a, b in zip(theirs, own, strict=True)]
    wanted = [len(taps) for taps in own]
    # A deformable convolution moves its taps to where they are wanted.
    if shared == wanted or (other.member.name == "deformable" and prod(map(len, theirs)) >= prod(wanted)):
        return ""
    if 0 in shared:
        return f"it is zero, since {other.label} has none of its taps"
    text = f"it is zero but for {by_x(shared)} of its {by_x(wanted)} taps, those that {other.label} has"
    extent = [max(taps) - min(taps) + 1 for taps in own]
    return f"{text} (kernel {by_x(extent)} has all)" if other.member.name == "standard" else text


def _biases_needed(other: Side, side: Side) -> str:
    """Return what must be said of biases: the padding of a later layer gets none of those of the layers before it."""
    if side.analysis.biases and not other.analysis.biases:
        return "its biases are zero"
    first, *later = side.analysis.network.layers
    as_it_is = side.member is other.member and _inner(side) <= _inner(other)
    if as_it_is or not first.held.biases:
        return ""
    windows = [window for layer in later for window in layer.reads[0] or ()]
    padded = any(getattr(window, "before", 0) or getattr(window, "after", 0) for window in windows)
    return "the biases between its passes are zero, since padding gets none" if padded else ""
