"""The middle of a map, cut to a size (in a spec also `like:` another tensor): U-Net's skip connections.

What can't be shared evenly is cut after: floor((i - o)/2) positions go before.
"""

from __future__ import annotations

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, require_spatial
from convcost.ops.numbers import Number
from convcost.ops.windows import Reads, Window


class Crop(Operator):
    """Cuts the centre of `size` out of each spatial axis."""

    size: tuple[Number, ...] = arg.argument(arg.PerAxis(), like=True)

    def check(self, x: Shape) -> None:
        require_spatial("crop", x)
        if any(o > i for i, o in zip(x.size, self.size, strict=True)):
            raise ShapeError(f"can't crop {x} to {'x'.join(map(str, self.size))}", argument="size")

    def output(self, x: Shape) -> Shape:
        return Shape(x.channels, self.size)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        cuts = ((i - o, (i - o) // 2) for i, o in zip(x.size, self.size, strict=True))
        return (tuple(Window(before=-first, after=first - cut) for cut, first in cuts),)
