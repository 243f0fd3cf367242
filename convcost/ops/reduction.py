"""What mean, max, sum and l2_norm share: the numbers along some axes become one, and the axes stay, of length 1."""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.along import across, reads_along
from convcost.ops.base import Operator, Shape
from convcost.ops.windows import Reads


class Reduction(Operator):
    """One number for all that differ in their places along some axes alone."""

    over: tuple[int, ...] = arg.argument(arg.Axes())

    def output(self, x: Shape) -> Shape:
        return across(x, self.over)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (reads_along(x, self.over),)
