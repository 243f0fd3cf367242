"""What flows between ONNX nodes, seen from a Network: whose tensors are channels first and without a batch.

A `Map` is a tensor of the network and which of its axes an ONNX tensor's axes are. Transposing, squeezing and reshaping
move no numbers that anyone multiplies, so they change that list and make no layer.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from convcost.network import Tensor
from convcost.ops.base import Shape
from convcost.ops.numbers import Number, differ, product


class _Batch:
    """How many samples there are: one number that no figure depends on."""

    def __repr__(self) -> str:
        return "batch"


BATCH = _Batch()
"""Stands for the batch size where it is not a number."""

N, C, H = 0, 1, 2
"""The axes of a Map: the batch, the channels, the first of the spatial ones (2, 3 and 4)."""

UNIT = -1
"""An axis of size 1 that the network's tensor does not have."""


class Refusal(Exception):
    """A node can't be expressed; `message` completes "`name` (Op) ..."."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class Map(NamedTuple):
    """A tensor that depends on the network's input."""

    tensor: Tensor
    axes: tuple[int, ...]
    batch: Any
    """A number or BATCH."""
    groups: Number = 1
    """More than 1: the channels' axis is cut in two, [groups, channels/groups]."""
    dealt: bool = False
    """Whether those two have been exchanged."""

    @property
    def shape(self) -> Shape:
        """The shape of its tensor."""
        assert self.tensor.shape is not None
        return self.tensor.shape

    @property
    def sizes(self) -> tuple[Any, ...]:
        """The size of every ONNX axis."""
        return tuple(self.size(axis) for axis in self.axes)

    def size(self, axis: int) -> Any:
        """Return the size of one ONNX axis."""
        if axis == N:
            return self.batch
        whole = (1, 1, self.shape.channels, *self.shape.size)
        return whole[axis + 1]

    @property
    def is_plain(self) -> bool:
        """Whether its axes are the batch, the channels and the positions, in this order."""
        return self.groups == 1 and self.axes == tuple(range(self.shape.rank + 2))

    @property
    def is_vector(self) -> bool:
        """Whether it is a row of numbers for each sample."""
        return self.axes == (N, C) and self.groups == 1

    def like(self, tensor: Tensor) -> Map:
        """Return another tensor with the same axes."""
        return self._replace(tensor=tensor)


def plain(tensor: Tensor, batch: Any) -> Map:
    """Return a tensor whose axes are in the usual order."""
    assert tensor.shape is not None
    return Map(tensor, tuple(range(tensor.shape.rank + 2)), batch)


def transposed(x: Map, perm: tuple[int, ...]) -> Map:
    """With its axes in another order; Refusal where that can't be kept track of."""
    count = len(x.axes) + (x.groups != 1)
    if sorted(perm) != list(range(count)):
        raise Refusal(f"permutes {count} axes by {list(perm[:8])}")
    if x.groups == 1:
        return x._replace(axes=tuple(x.axes[n] for n in perm))
    if perm == (0, 2, 1, *range(3, count)):
        return x._replace(dealt=not x.dealt)
    raise Refusal("moves groups of channels in a way that is not a channel_shuffle")


def reshaped(x: Map, sizes: tuple[Any, ...]) -> Map | None:
    """Return the tensor with an ONNX shape of these sizes; None if it must be made a vector; Refusal if it can't be."""
    if not sizes or not same(sizes[0], x.batch):
        raise Refusal("moves numbers between the batch and other axes")
    wanted = sizes[1:]
    now = x.sizes[1:]
    if x.groups != 1:
        if not alike(wanted[:1], (x.shape.channels,)) or not same(product(wanted), x.shape.elements):
            raise Refusal("takes groups of channels apart in a way that is not a channel_shuffle")
        return x._replace(groups=1)
    if alike(wanted, now):
        return x
    if len(wanted) == 1 and same(wanted[0], x.shape.elements):
        return x._replace(axes=(N, C)) if all(same(n, 1) for n in x.shape.size) else None
    ones = _with_ones(x, wanted)
    if ones is not None:
        return ones
    is_cut = x.is_plain and len(wanted) > 2 and same(wanted[0] * wanted[1], x.shape.channels)
    if is_cut and same(product(wanted[2:]), product(x.shape.size)):
        return x._replace(groups=wanted[0])
    raise Refusal(f"makes {_text(wanted)} of {_text(now)}, which no operator does")


def _with_ones(x: Map, wanted: tuple[Any, ...]) -> Map | None:
    """Return these axes in their order, with axes of size 1 more or less."""
    # The channels stay even if there is one of them; other axes of size 1 are found again in order.
    left = [axis for axis in x.axes[1:] if axis == C or not same(x.size(axis), 1)]
    spare = [axis for axis in range(H, x.shape.rank + H) if same(x.size(axis), 1)]
    axes = [N]
    for size in wanted:
        if left and same(x.size(left[0]), size):
            axes.append(left.pop(0))
        elif same(size, 1):
            axes.append(spare.pop(0) if spare else UNIT)
        else:
            return None
    return None if left else x._replace(axes=tuple(axes))


def same(a: Any, b: Any) -> bool:
    """Return whether two sizes are equal; a batch is only like itself."""
    if a is BATCH or b is BATCH:
        return a is b
    return not differ(a, b)


def alike(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    """Return whether two lists of sizes are equal."""
    return len(a) == len(b) and all(map(same, a, b))


def _text(sizes: tuple[Any, ...]) -> str:
    return "x".join(str(n) for n in sizes[:8])
