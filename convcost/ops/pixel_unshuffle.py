"""Positions become channels: pixel_shuffle undone; space to depth, the focus layer of YOLOv5.

    [C * prod(factor), i / factor...] = pixel_unshuffle([C, i...])

Every factor x factor positions of a channel become as many channels of one position. Nothing is computed.
"""

from __future__ import annotations

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, require_spatial
from convcost.ops.numbers import Number, product
from convcost.ops.windows import Reads, Window


class PixelUnshuffle(Operator):
    """Makes the map `factor` times smaller along each axis, and has more channels instead: space to depth."""

    factor: tuple[Number, ...] = arg.argument(arg.PerAxis())

    def check(self, x: Shape) -> None:
        require_spatial("pixel_unshuffle", x)
        for axis, (i, r) in enumerate(zip(x.size, self.factor, strict=True)):
            if i % r:
                raise ShapeError(f"{i} positions along axis {axis} are not divisible by factor {r}", argument="factor")

    def output(self, x: Shape) -> Shape:
        size = tuple(i // r for i, r in zip(x.size, self.factor, strict=True))
        return Shape(x.channels * product(self.factor), size)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (tuple(Window(kernel=r, stride=r) for r in self.factor),)
