"""The layer that moves a tensor's numbers where they stand in another order than a node reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost.ops.numbers import Number
from convcost.reading.graph.views import Axis, C, H, Refusal, View, extent


def arranged(x: View, axes: Sequence[Axis]) -> tuple[str, dict[str, Any]] | None:
    """Return the operator and its arguments that give a tensor these axes, the channels' first; None if it has them."""
    if not 1 <= len(axes) <= 4:
        raise Refusal(f"reads {len(axes)} axes beside the batch")
    sizes = [extent(axis) for axis in axes]
    moved = [factor for axis in axes for factor in axis]
    parts = x.inner
    if moved == list(parts):
        if sizes == list(x.shape.numbers):
            return None
        return ("flatten", {}) if len(sizes) == 1 else ("reshape", {"channels": sizes[0], "size": sizes[1:]})
    return _shuffle(x, axes) or ("rearrange", _rearranged(x, axes))


def _rearranged(x: View, axes: Sequence[Axis]) -> dict[str, Any]:
    """The parts that every axis of the tensor is cut in, and of which every axis that is wanted is made."""
    parts = x.inner
    cut: list[list[Number]] = [
        [factor.size for factor in parts if factor.axis == axis] or [1] for axis in range(C, x.shape.rank + H)
    ]
    place: dict[Any, int] = {}
    count = 0
    ones = []
    for axis in range(C, x.shape.rank + H):
        own = [factor for factor in parts if factor.axis == axis]
        for factor in own:
            place[factor] = count
            count += 1
        if not own:
            ones.append(count)
            count += 1
    order = [[place[factor] for factor in axis] for axis in axes]
    order[-1] += ones
    return {"cut": cut, "order": order}


def _shuffle(x: View, axes: Sequence[Axis]) -> tuple[str, dict[str, Any]] | None:
    """A move that has a name of its own: channels dealt out among groups, or among positions."""
    whole = [[factor for factor in x.inner if factor.axis == axis] for axis in range(C, x.shape.rank + H)]
    channels, *positions = whole
    if len(axes) != len(whole):
        return None
    if len(channels) == 2 and list(axes[0]) == channels[::-1] and [list(axis) for axis in axes[1:]] == positions:
        return "channel_shuffle", {"groups": channels[0].size}
    left = len(channels) - len(positions)
    if 0 <= left <= 1 and list(axes[0]) == channels[:left]:
        dealt = [[*position, channels[left + n]] for n, position in enumerate(positions)]
        if all(len(position) == 1 for position in positions) and [list(axis) for axis in axes[1:]] == dealt:
            return "pixel_shuffle", {"factor": [factor.size for factor in channels[left:]]}
    if len(channels) <= 1 and all(len(position) == 2 for position in positions):
        gathered = [*channels, *(position[1] for position in positions)]
        if list(axes[0]) == gathered and [list(axis) for axis in axes[1:]] == [p[:1] for p in positions]:
            return "pixel_unshuffle", {"factor": [position[1].size for position in positions]}
    return None
