"""Blur pool: a fixed low-pass kernel before subsampling (Zhang 2019, arXiv:1904.11486), so that shifts do not alias.

Each channel is convolved with the outer product of binomial rows, (1 2 1)/4 for kernel 3, with a stride. The border is
reflected, floor((k - 1)/2) positions before and the rest of k - 1 after. The kernel is fixed: held, not trained.

    macs = C * prod(k) * prod(o), with o = floor((i - 1)/s) + 1
"""

from __future__ import annotations

from collections.abc import Sequence

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape, Work, require_spatial
from convcost.ops.numbers import Number, product
from convcost.ops.windows import Reads, Window


class BlurPool(Operator):
    """Each channel blurred by a fixed binomial kernel and subsampled."""

    kernel: tuple[Number, ...] = arg.argument(arg.PerAxis(), 3)
    stride: tuple[Number, ...] = arg.argument(arg.PerAxis(), 2)

    def check(self, x: Shape) -> None:
        require_spatial("blur_pool", x)
        for axis, (i, k) in enumerate(zip(x.size, self.kernel, strict=True)):
            if k // 2 >= i:
                raise ShapeError(f"{i} positions on axis {axis} are too few to be reflected by kernel {k}")

    def windows(self) -> tuple[Window, ...]:
        """Return the windows on the map with its reflections."""
        sides = zip(self.kernel, self.stride, strict=True)
        return tuple(Window(k, s, (k - 1) // 2, k - 1 - (k - 1) // 2) for k, s in sides)

    def output(self, x: Shape) -> Shape:
        return Shape(x.channels, tuple((i - 1) // s + 1 for i, s in zip(x.size, self.stride, strict=True)))

    def params(self, x: Shape) -> Params:
        return Params(statistics=product(self.kernel))

    def work(self, x: Shape) -> Work:
        return Work(macs=self.output(x).elements * product(self.kernel))

    def training_macs(self, needs: Sequence[Number], x: Shape) -> Number:
        return self.work(x).macs * (1 + needs[0])

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (self.windows(),)
