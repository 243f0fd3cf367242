"""What flows between nodes, seen from a Network, whose tensors are channels first and without a batch.

A `View` is a tensor of the network and what each axis of the node's tensor is made of: factors of the network's axes,
the major first. To transpose, to reshape, to add and drop axes of size 1 moves no number that anyone multiplies, so
it changes those lists and makes no layer:

    [N, C, H, W] reshaped to [N, g, C/g, H*W]: N | C's first factor | C's second factor | H W

Axes of size 1 have no factors, and neither has the batch if it is 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

from convcost.network import Tensor
from convcost.ops.base import Shape
from convcost.ops.numbers import differ, product


class Batch:
    """A number times how many samples there are: that is no number here, for no figure depends on it."""

    def __init__(self, times: Any) -> None:
        self.times = times

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Batch) and not differ(self.times, other.times)

    def __hash__(self) -> int:
        return hash((Batch, self.times))

    def __str__(self) -> str:
        return "N" if is_one(self.times) else f"N*{self.times}"

    def __floordiv__(self, other: Any) -> Any:
        """The quotient if it is whole; ValueError if it is not."""
        a, b = self.times, other.times if isinstance(other, Batch) else other
        if differ(a % b, 0):
            raise ValueError
        return a // b if isinstance(other, Batch) else Batch(a // b)


BATCH = Batch(1)
"""Stands for the batch size where it is not a number."""

N, C, H = 0, 1, 2
"""The axes of a network's tensor: the batch, the channels, the first of the spatial ones (2, 3 and 4)."""

UNIT = -1
"""What an axis of size 1 is."""

MOST_AXES = 8


class Refusal(Exception):
    """A node can't be expressed; `message` completes "`name` (Op) ..."."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class NoOperator(Refusal):
    """A node that no rule is for."""


class Factor(NamedTuple):
    """A part of an axis of the network's tensor."""

    axis: int
    place: tuple[int, ...]
    """Where it stands among the parts of that axis, the major one first; () is the whole axis."""
    size: Any
    """A number, or BATCH."""


Axis: TypeAlias = tuple[Factor, ...]


class View(NamedTuple):
    """A tensor that depends on the network's input, as nodes see it. `view` makes one."""

    tensor: Tensor
    axes: tuple[Axis, ...]

    @property
    def shape(self) -> Shape:
        """The shape of the network's tensor."""
        assert self.tensor.shape is not None
        return self.tensor.shape

    @property
    def batch(self) -> Any:
        """How many samples there are: a number, or BATCH."""
        return extent(tuple(factor for axis in self.axes for factor in axis if factor.axis == N))

    @property
    def sizes(self) -> tuple[Any, ...]:
        """The size of every axis: a number, or a Batch."""
        return tuple([extent(axis) for axis in self.axes])

    @property
    def inner(self) -> Axis:
        """All factors but the batch's, in the order in which the network's tensor has its numbers."""
        return tuple(sorted((f for axis in self.axes for f in axis if f.axis != N), key=_order))

    @property
    def is_plain(self) -> bool:
        """Whether its axes are the batch, the channels and the positions, in this order."""
        in_order = enumerate(self.roles)
        return len(self.axes) == 2 + self.shape.rank and all(found in (axis, UNIT) for axis, found in in_order)

    @property
    def is_vector(self) -> bool:
        """Whether it is a row of all numbers of each sample, in their order."""
        return len(self.axes) == 2 and self.roles[0] in (N, UNIT) and self.axes[1] == self.inner

    @property
    def roles(self) -> tuple[int | None, ...]:
        """For every axis, which axis of the network's tensor it is; UNIT if its size is 1, None if it is none alone."""
        return tuple(map(role, self.axes))

    def like(self, tensor: Tensor) -> View:
        """Return another tensor with the same axes; Refusal where an axis that is cut has another size there."""
        if tensor.shape == self.tensor.shape:
            return View(tensor, self.axes)
        if self.is_plain:
            return plain(tensor, self.batch)
        now, then = ((None, *View(one, ()).shape.numbers) for one in (self.tensor, tensor))
        sizes = {n: size for n, size in enumerate(then) if n and (n >= len(now) or not same(size, now[n]))}
        for n in sizes:
            if (n,) not in [(f.axis, *f.place) for axis in self.axes for f in axis]:
                raise Refusal("changes the size of an axis that is cut in parts, or is not there")
        return view(tensor, [[f._replace(size=sizes.get(f.axis, f.size)) for f in axis] for axis in self.axes])


def view(tensor: Tensor, axes: Iterable[Iterable[Factor]]) -> View:
    """Return a view with axes of these factors: those of size 1 go, those that follow each other are one."""
    lists = [[factor for factor in axis if not is_one(factor.size)] for axis in axes]
    lists = _numbered(lists)
    joined: list[list[Factor]] = []
    for axis in lists:
        joined.append([])
        for factor in axis:
            last = joined[-1][-1] if joined[-1] else None
            if last and last.axis == factor.axis and factor.place and factor.place[0] == last.place[-1] + 1:
                place = (*last.place, *factor.place)
                joined[-1][-1] = Factor(factor.axis, (place[0], place[-1]), last.size * factor.size)
            else:
                joined[-1].append(factor)
    return View(tensor, tuple(map(tuple, _numbered(joined))))


def _numbered(axes: list[list[Factor]]) -> list[list[Factor]]:
    """The factors with their places counted from 0, and no place where they are the whole axis."""
    if not any(factor.place for axis in axes for factor in axis):  # as most are
        return axes
    whole: dict[int, list[tuple[int, ...]]] = {}
    for factor in sorted((factor for axis in axes for factor in axis), key=_order):
        whole.setdefault(factor.axis, []).append(factor.place)
    return [
        [f._replace(place=(whole[f.axis].index(f.place),) if len(whole[f.axis]) > 1 else ()) for f in axis]
        for axis in axes
    ]


def role(axis: Axis) -> int | None:
    """Return which axis of the network's tensor an axis is, whole; UNIT if its size is 1, None if it is none alone."""
    if not axis:
        return UNIT
    return axis[0].axis if len(axis) == 1 and not axis[0].place else None


def plain(tensor: Tensor, batch: Any) -> View:
    """Return a tensor whose axes are in the usual order."""
    numbers = (batch, *View(tensor, ()).shape.numbers)
    return View(tensor, tuple(_whole(axis, size) for axis, size in enumerate(numbers)))


def _order(factor: Factor) -> tuple[int, tuple[int, ...]]:
    return factor.axis, factor.place


def _whole(axis: int, size: Any) -> Axis:
    return () if is_one(size) else (Factor(axis, (), size),)


def extent(factors: Axis) -> Any:
    """Return how many numbers factors make: a number, or a Batch."""
    if len(factors) < 2:  # as most are
        return factors[0].size if factors else 1
    return multiplied([factor.size for factor in factors])


def multiplied(sizes: Sequence[Any]) -> Any:
    """Return the product of sizes, of which one may be a Batch; ValueError if there are more."""
    rest = product(size for size in sizes if not isinstance(size, Batch))
    batches = [size for size in sizes if isinstance(size, Batch)]
    if len(batches) > 1:
        raise ValueError
    return Batch(batches[0].times * rest) if batches else rest


def transposed(x: View, perm: tuple[int, ...]) -> View:
    """With its axes in another order; Refusal if it is none."""
    if sorted(perm) != list(range(len(x.axes))):
        raise Refusal(f"permutes {len(x.axes)} axes by {list(perm[:8])}")
    return view(x.tensor, [x.axes[n] for n in perm])


def is_one(n: Any) -> bool:
    """Return whether a size is 1. A symbol is none, whatever its value: a factor of 1 among others changes nothing."""
    return isinstance(n, int) and n == 1


def same(a: Any, b: Any) -> bool:
    """Return whether two sizes are equal; a batch is only like itself."""
    return bool(a == b) if isinstance(a, Batch) or isinstance(b, Batch) else not differ(a, b)


def alike(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    """Return whether two lists of sizes are equal."""
    return len(a) == len(b) and all(map(same, a, b))


def text(sizes: tuple[Any, ...]) -> str:
    """Return sizes as messages have them."""
    return "x".join(str(n) for n in sizes[:8])
