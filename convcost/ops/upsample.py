"""Resizing by a whole `scale`, or to a `size` (in a spec also `like:` another tensor): nearest or bilinear.

Bilinear (linear, trilinear) uses half-pixel centres, torch's align_corners=False: along each axis an output is
a*x0 + b*x1, done axis by axis: two multiplies and one addition for each element written by that axis' pass.
"""

from __future__ import annotations

from dataclasses import dataclass

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, Work, require_spatial
from convcost.ops.numbers import Number, product
from convcost.ops.windows import Reads, ResizeWindow


@dataclass(frozen=True, slots=True)
class Upsample(Operator):
    """Resizes the map by `scale` or to `size`; `mode` is nearest or bilinear."""

    scale: tuple[Number, ...] | None = arg.argument(arg.Optional(arg.PerAxis()), None)
    size: tuple[Number, ...] | None = arg.argument(arg.Optional(arg.PerAxis()), None, like=True)
    mode: str = arg.argument(arg.Choice("nearest", "bilinear"), "nearest")

    def check(self, x: Shape) -> None:
        require_spatial("upsample", x)
        if (self.scale is None) == (self.size is None):
            raise ShapeError("`upsample` takes either `scale` or `size`")

    def output(self, x: Shape) -> Shape:
        if self.scale is None:
            return Shape(x.channels, self.size or x.size)
        return Shape(x.channels, tuple(i * s for i, s in zip(x.size, self.scale, strict=True)))

    def work(self, x: Shape) -> Work:
        if self.mode == "nearest":
            return Work()
        y = self.output(x)
        # The pass along axis n has resized the axes up to n; those after it still have the input's size.
        written = sum(x.channels * product(y.size[: n + 1]) * product(x.size[n + 1 :]) for n in range(x.rank))
        return Work(multiplies=2 * written, additions=written)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        sizes = zip(x.size, self.size or (), strict=True) if self.scale is None else ((1, s) for s in self.scale)
        return (tuple(ResizeWindow(i, o, linear=self.mode == "bilinear") for i, o in sizes),)
