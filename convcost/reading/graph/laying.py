"""Tensors laid so that the axes a rule works along are axes of the network's tensor, whatever they were parts of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from convcost.network import Tensor
from convcost.ops.arguments import AXES
from convcost.reading.graph.graph import Constant, Node
from convcost.reading.graph.views import UNIT, Axis, C, Factor, N, Refusal, View, extent, same, text, view
from convcost.reading.graph.walk import Walk

MOST = 4
"""Axes of a network's tensor: channels and up to three of positions."""


class Laying:
    """A node's tensors, whose numbers are moved where they must be: at most one layer each time, see `Walk.move`."""

    def __init__(self, walk: Walk, node: Node) -> None:
        self.walk = walk
        self.node = node

    def arrange(self, x: View, axes: Sequence[Axis]) -> View:
        """Return a tensor with these axes beside the batch, the channels first."""
        return self.walk.move(self.node, x, axes)

    def laid(self, x: View, groups: Sequence[Sequence[int]]) -> View:
        """Return a tensor with each group of its axes as one axis of the network's, the channels first.

        Its axes are the ones it had; the batch stays where it was.
        """
        y = self.arrange(x, [inner([x.axes[n] for n in group]) for group in groups])
        new = {
            n: (Factor(C + role, (place,), extent(own(x.axes[n]))),)
            for role, group in enumerate(groups)
            for place, n in enumerate(group)
        }
        return view(y.tensor, [_replaced(axis, new.get(n, ())) for n, axis in enumerate(x.axes)])

    def apart(self, x: View, picked: Sequence[int], anew: bool = False) -> tuple[View, dict[int, int]]:
        """Return a tensor of which the picked axes are whole axes of the network's, and which they are there.

        Laid `anew`, the place of each follows from which axes there are, whatever they were parts of.
        """
        for n in picked:
            if any(factor.axis == N for factor in x.axes[n]):
                raise Refusal(f"works along axis {n}, which is the samples of a batch")
        roles = {n: role for n in picked if (role := x.roles[n]) not in (None, UNIT) and role is not None}
        if len(roles) == len(picked) and not anew:
            return x, roles
        groups = _around(x, picked)
        first = len(groups) - len(picked)
        return self.laid(x, groups), {n: C + first + place for place, n in enumerate(picked)}

    def as_map(self, x: View) -> View:
        """Return a tensor whose axes after the first are the channels and the positions, in their order.

        What the first axis has beside the batch, as frames of a video have, comes before the positions: an axis that
        no window slides along.
        """
        if x.is_plain:
            return x
        if not can_be_map(x):
            raise Refusal("reads a tensor whose axes are not batch, channels and up to three of positions")
        if not own(x.axes[0]):
            return self.arrange(x, x.axes[1:])
        return self.laid(x, [[1], [0], *([n] for n in range(2, len(x.axes)))])

    def channels_last(self, x: View) -> View:
        """Return a tensor whose last axis is the channels, whatever the others are."""
        if x.roles[-1] == C or (x.roles[-1] == UNIT and same(x.shape.channels, 1)):
            return x
        last = len(x.axes) - 1
        return self.laid(x, [[last], *few([[n] for n in range(last) if own(x.axes[n])], MOST - 1)])


def can_be_map(x: View) -> bool:
    """Return whether a tensor has a batch, channels and few enough axes of positions."""
    frames = bool(own(x.axes[0])) if x.axes else 0
    return 2 <= len(x.axes) <= MOST + 1 - frames


def own(axis: Axis) -> Axis:
    """Return the factors of an axis but the batch's."""
    return tuple(factor for factor in axis if factor.axis != N)


def inner(axes: Sequence[Axis]) -> Axis:
    """Return the factors of axes that are put together, but the batch's."""
    return tuple(factor for axis in axes for factor in own(axis))


def _replaced(axis: Axis, new: Axis) -> Axis:
    """An axis whose numbers are elsewhere now, but for the batch."""
    places = [n for n, factor in enumerate(axis) if factor.axis == N]
    if not places:
        return new
    if places[0] not in (0, len(axis) - 1):
        raise Refusal("has the samples of a batch between other parts of an axis")
    batch = (axis[places[0]],)
    return (*batch, *new) if places[0] == 0 else (*new, *batch)


def _around(x: View, picked: Collection[int]) -> list[list[int]]:
    """The axes in at most four groups, those that are picked by themselves and last."""
    others = [[n] for n, axis in enumerate(x.axes) if n not in picked and own(axis)]
    return [*(few(others, MOST - len(picked)) or [[]]), *([n] for n in picked)]


def few(groups: list[list[int]], most: int) -> list[list[int]]:
    """Return at most so many groups, the last ones put together."""
    if len(groups) <= most:
        return groups
    if most < 1:
        raise Refusal("works along more axes than a tensor of the network has")
    return [*groups[: most - 1], [n for group in groups[most - 1 :] for n in group]]


def shown(constant: Constant) -> str:
    """Return how messages name a constant."""
    return f"`{constant.key}` ({text(constant.dims) if constant.dims else 'one number'})"


def names(x: View, axes: Collection[int]) -> list[str]:
    """Return the names of axes of the network's tensor."""
    return [("channels", *AXES[x.shape.rank])[axis - C] for axis in sorted(axes)]


def resized(x: View, tensor: Tensor, sizes: dict[int, tuple[int, Any]]) -> View:
    """Return another tensor with the same axes, but for whole ones of another size: {axis: (the network's, size)}."""
    new: dict[int, Axis] = {n: (Factor(axis, (), size),) for n, (axis, size) in sizes.items()}
    return view(tensor, [new.get(n, axis) for n, axis in enumerate(x.axes)])
