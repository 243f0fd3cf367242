"""Positions around the map, or channels around the channels, as a layer of its own.

Convolutions that follow take them for data. They are zeros, or with a `mode` the map mirrored at its border, its border
again, or the map again, as in torch. Negative numbers of zeros cut. Channels are padded with zeros, as the shortcuts of
ResNets for CIFAR are (option A, He et al. 2015, arXiv:1512.03385).
"""

from __future__ import annotations

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, require_spatial
from convcost.ops.numbers import Number, minimum
from convcost.ops.windows import Reads, Window, require_mode


class Pad(Operator):
    """Adds `padding` positions around each spatial axis, and zero `channels`; convolutions take them for data."""

    padding: tuple[tuple[Number, Number], ...] = arg.argument(arg.Sides(), 0)
    channels: tuple[Number, Number] = arg.argument(arg.BothSides(), 0)
    mode: str = arg.argument(arg.PADDING_MODES, "zeros")

    def check(self, x: Shape) -> None:
        if self.channels == (0, 0):
            require_spatial("pad", x)
        if self.mode != "zeros" and any(side < 0 for sides in self.padding for side in sides):
            raise ShapeError(f"negative numbers cut, and `{self.mode}` adds", argument="padding")
        require_mode("padding", self.mode, x.size, self.windows())
        for axis, (i, (before, after)) in enumerate(zip(x.size, self.padding, strict=True)):
            if i + minimum(before, 0) + minimum(after, 0) < 1:
                message = f"{[before, after]} leaves nothing of {i} positions on axis {axis}"
                raise ShapeError(message, argument="padding")

    def windows(self) -> tuple[Window, ...]:
        """Return the windows of one position each."""
        return tuple(Window(before=before, after=after) for before, after in self.padding)

    def output(self, x: Shape) -> Shape:
        sides = zip(x.size, self.padding, strict=True)
        size = tuple(i + before + after for i, (before, after) in sides)
        return Shape(x.channels + sum(self.channels), size)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (self.windows(),)
