"""Channels become positions: sub-pixel convolution's last step, depth to space (Shi et al. 2016, arXiv:1609.05158).

    [C, i...] = pixel_shuffle([C * prod(factor), i / factor...])

Each group of prod(factor) channels gives the factor x factor positions that one position becomes. Nothing is computed.
"""

from __future__ import annotations

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, require_spatial
from convcost.ops.numbers import Number, exact, product
from convcost.ops.resampling import ResizeWindow
from convcost.ops.windows import Reads


class PixelShuffle(Operator):
    """Makes the map `factor` times larger along each axis, out of channels: depth to space."""

    factor: tuple[Number, ...] = arg.argument(arg.PerAxis())

    def check(self, x: Shape) -> None:
        require_spatial("pixel_shuffle", x)
        if x.channels % product(self.factor):
            message = (
                f"{x.channels} channels are not divisible by the {product(self.factor)} positions that one becomes"
            )
            raise ShapeError(message, argument="factor")

    def output(self, x: Shape) -> Shape:
        size = tuple(i * r for i, r in zip(x.size, self.factor, strict=True))
        return Shape(exact(x.channels, product(self.factor)), size)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (tuple(ResizeWindow(1, r) for r in self.factor),)
