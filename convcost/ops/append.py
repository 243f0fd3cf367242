"""Channels that the layer holds behind the others, or positions along an axis: coordinates of every position.

    [C + count, H, W] = append([C, H, W], held [count, H, W])

They are coordinates in CoordConv (Liu et al. 2018, arXiv:1807.03247). Nothing is computed.
"""

from __future__ import annotations

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape
from convcost.ops.numbers import Number, product
from convcost.ops.windows import SAME_POSITION, Reads, Window


class Append(Operator):
    """Puts `count` channels, or positions along an `axis`, that the layer holds behind the input, or before it."""

    count: Number = arg.argument(arg.Count(), 1)
    axis: tuple[int, ...] = arg.argument(arg.Axes(), "channels")
    before: bool = arg.argument(arg.Flag(), False)
    trained: bool = arg.argument(arg.Flag(), True)

    def check(self, x: Shape) -> None:
        if len(self.axis) != 1:
            raise ShapeError("takes one axis", argument="axis")

    def output(self, x: Shape) -> Shape:
        channels, *size = (n + self.count if axis in self.axis else n for axis, n in enumerate(x.numbers))
        return Shape(channels, tuple(size))

    def params(self, x: Shape) -> Params:
        held = self.count * product(n for axis, n in enumerate(x.numbers) if axis not in self.axis)
        return Params(weights=held) if self.trained else Params(statistics=held)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        own = Window(before=self.count) if self.before else Window(after=self.count)
        return (tuple(own if axis in self.axis else SAME_POSITION for axis in range(1, x.rank + 1)),)
