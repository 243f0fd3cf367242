"""Resizing by a `scale`, or to a `size` (in a spec also `like:` another tensor): nearest, bilinear or bicubic.

    o = floor(i * scale), as torch has it for fractions

Along each axis an output of `bilinear` is a*x0 + b*x1, one of `bicubic` weighs 4 neighbours, done axis by axis, in 1 to
3 dimensions: two multiplies and one addition, or four and three, for each element written by that axis' pass. Centres
of pixels are halves, torch's align_corners=False; with `align_corners` the first and the last positions of both meet.
"""

from __future__ import annotations

from fractions import Fraction

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, Work, require_spatial
from convcost.ops.numbers import Number, product
from convcost.ops.resampling import ResizeWindow
from convcost.ops.windows import WHOLE, AxisWindow, Reads, Window

_TAPS = {"nearest": 1, "bilinear": 2, "bicubic": 4}

_LINEAR = "`bilinear` is linear along each axis, in 1 to 3 dimensions"
_CUBIC = "`bicubic` is cubic along each axis, in 1 to 3 dimensions"
_OTHERS = {"linear": _LINEAR, "trilinear": _LINEAR, "cubic": _CUBIC}


class Upsample(Operator):
    """Resizes the map by `scale` or to `size`; `mode` is nearest, bilinear or bicubic, in any dimension."""

    scale: tuple[Number, ...] | None = arg.argument(arg.Optional(arg.Factors()), None)
    size: tuple[Number, ...] | None = arg.argument(arg.Optional(arg.PerAxis()), None, like=True)
    mode: str = arg.argument(arg.Choice(*_TAPS, others=_OTHERS), "nearest")
    align_corners: bool = arg.argument(arg.Flag(), False)

    def check(self, x: Shape) -> None:
        require_spatial("upsample", x)
        if (self.scale is None) == (self.size is None):
            raise ShapeError("`upsample` takes either `scale` or `size`")
        if self.align_corners and self.mode == "nearest":
            raise ShapeError("`align_corners` goes with bilinear and bicubic", argument="align_corners")
        if any(o < 1 for o in self.output(x).size):
            raise ShapeError(f"so small a scale leaves nothing of {x}", argument="scale")

    def output(self, x: Shape) -> Shape:
        if self.scale is None:
            return Shape(x.channels, self.size or x.size)
        scaled = zip(x.size, self.scale, strict=True)
        size = (i * s.numerator // s.denominator if isinstance(s, Fraction) else i * s for i, s in scaled)
        return Shape(x.channels, tuple(size))

    def work(self, x: Shape) -> Work:
        if self.mode == "nearest":
            return Work()
        y, taps = self.output(x), _TAPS[self.mode]
        # The pass along axis n has resized the axes up to n; those after it still have the input's size.
        written = sum(x.channels * product(y.size[: n + 1]) * product(x.size[n + 1 :]) for n in range(x.rank))
        return Work(multiplies=taps * written, additions=(taps - 1) * written)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        scales = self.scale or (None,) * x.rank
        return (tuple(map(self._window, x.size, self.output(x).size, scales)),)

    def _window(self, i: Number, o: Number, scale: Number | None) -> AxisWindow | None:
        if self.align_corners:
            # A single position is all there is to read, or all that is made.
            return WHOLE if i == 1 else Window() if o == 1 else ResizeWindow(i, o, _TAPS[self.mode], corners=True)
        if isinstance(scale, Fraction):
            i, o = scale.denominator, scale.numerator
        elif scale is not None:
            i, o = 1, scale
        return ResizeWindow(i, o, _TAPS[self.mode])
