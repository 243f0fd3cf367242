"""Tensors stacked along the channels, or along a spatial axis: predictions of several maps, tokens, halves of a map.

All other sizes must agree. Along an axis, each part is followed to its own place: to what reads it, the receptive field
is that of a sum of the parts with nothing around each.
"""

from __future__ import annotations

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, require_equal
from convcost.ops.windows import SAME_POSITION, Reads, Window


class Concat(Operator):
    """Stacks tensors along the channels, or along another `axis`; all other sizes must agree."""

    arity = (1, None)

    axis: tuple[int, ...] = arg.argument(arg.Axes(), "channels")

    def check(self, *inputs: Shape) -> None:
        if len(self.axis) != 1:
            raise ShapeError("stacks along one axis", argument="axis")
        (axis,) = self.axis
        if axis == 0:
            require_equal("concat", inputs, channels=False)
        elif any(x.rank != inputs[0].rank for x in inputs):
            require_equal("concat", inputs)
        else:
            require_equal("concat", tuple(Shape(x.channels, (*x.size[: axis - 1], *x.size[axis:])) for x in inputs))

    def output(self, *inputs: Shape) -> Shape:
        numbers, (axis,) = list(inputs[0].numbers), self.axis
        numbers[axis] = sum(x.numbers[axis] for x in inputs)
        return Shape(numbers[0], tuple(numbers[1:]))

    def reads(self, *inputs: Shape) -> tuple[Reads, ...]:
        (axis,) = self.axis
        if axis == 0:
            return Operator.reads(self, *inputs)
        lengths = [x.numbers[axis] for x in inputs]
        windows = []
        for n, x in enumerate(inputs):
            # What lies before and after a part are the others: positions that it does not read.
            own = Window(before=sum(lengths[:n]), after=sum(lengths[n + 1 :]))
            windows.append(tuple(own if place == axis else SAME_POSITION for place in range(1, x.rank + 1)))
        return tuple(windows)
