"""Channels and the positions along an axis change places: [C, L] becomes [L, C], [C, H, W] along the width [W, H, C].

Nothing is computed. A channel of the output is a position of the input, so what follows reads the whole input.
"""

from __future__ import annotations

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, require_spatial
from convcost.ops.windows import WHOLE, Reads


class Transpose(Operator):
    """Channels and the positions along an `axis` change places; a 1-D map has only one."""

    ranks = (1, 2, 3)

    axis: tuple[int, ...] = arg.argument(arg.Axes(), "positions")

    def check(self, x: Shape) -> None:
        require_spatial("transpose", x)
        if len(self.axis) != 1 or self.axis == (0,):
            names = ", ".join(f"`{name}`" for name in arg.AXES[x.rank])
            raise ShapeError("channels change places with one axis", f"say which: {names}", argument="axis")

    def output(self, x: Shape) -> Shape:
        numbers, axis = list(x.numbers), self.axis[0]
        numbers[0], numbers[axis] = numbers[axis], numbers[0]
        return Shape(numbers[0], tuple(numbers[1:]))

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (WHOLE,)
