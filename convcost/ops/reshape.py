"""The numbers of a sample in another shape, read in row-major order: channels first, the last axis fastest.

    [channels, size...] = reshape([C, i...])    with channels * prod(size) = C * prod(i)

What is not given follows. A position is made of others then, so every output is taken to read the whole input.
"""

from __future__ import annotations

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape
from convcost.ops.numbers import Number, differ, exact, product
from convcost.ops.windows import WHOLE, Reads


class Reshape(Operator):
    """The same numbers as `channels` maps of `size`, in row-major order; without `channels`, as many as that makes."""

    channels: Number | None = arg.argument(arg.Optional(arg.Count()), None)
    size: tuple[Number, ...] = arg.argument(arg.Counts(), like=True)

    def check(self, x: Shape) -> None:
        if len(self.size) > 3:
            raise ShapeError(f"{len(self.size)} spatial axes; there are at most 3", argument="size")
        if self.channels is None and x.elements % product(self.size):
            message = f"{x.elements} numbers of {x} are not divisible by {product(self.size)} positions"
            raise ShapeError(message, argument="size")
        y = self.output(x)
        if differ(x.elements, y.elements):
            raise ShapeError(f"{x} has {x.elements} numbers and {y} has {y.elements}", argument="size")

    def output(self, x: Shape) -> Shape:
        channels = exact(x.elements, product(self.size)) if self.channels is None else self.channels
        return Shape(channels, self.size)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (WHOLE,)
