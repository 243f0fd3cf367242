"""Maxima put back where they were, zeros elsewhere: SegNet's upsampling (Badrinarayanan et al. 2015, arXiv:1511.00561).

It reads a map and the places of a `max_pool: {indices: true}`, output 1 of that: for each window, which of its
positions held the maximum. Kernel and stride are the pool's. Nothing is computed.

    o = (i - 1) * stride + kernel, or the `size` that the pool had read, if it left less than a window over
"""

from __future__ import annotations

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, require_equal, require_spatial
from convcost.ops.numbers import Number
from convcost.ops.windows import Reads, TransposedWindow


class MaxUnpool(Operator):
    """Puts each number where its window's maximum was, as the second input says; zeros elsewhere."""

    arity = (2, 2)

    kernel: tuple[Number, ...] = arg.argument(arg.PerAxis())
    stride: tuple[Number, ...] | None = arg.argument(arg.Optional(arg.PerAxis()), None)
    size: tuple[Number, ...] | None = arg.argument(arg.Optional(arg.PerAxis()), None, like=True)

    def check(self, x: Shape, places: Shape) -> None:
        require_spatial("max_unpool", x)
        require_equal("max_unpool", (x, places))
        for axis, (w, i, o) in enumerate(zip(self._windows(), x.size, self.output(x, places).size, strict=True)):
            if w.stride < w.kernel:
                message = f"stride {w.stride} is smaller than kernel {w.kernel} on axis {axis}"
                raise ShapeError(message, "windows that overlap may have one maximum", "stride")
            if not 0 <= o - w.output(i) + w.kernel - 1 < w.kernel - 1 + w.stride:
                message = f"a pool makes another size than {i} of {o} on axis {axis}"
                raise ShapeError(message, f"without `size` it is {w.output(i)}", "size")

    def _windows(self) -> list[TransposedWindow]:
        stride = self.kernel if self.stride is None else self.stride
        return [TransposedWindow(k, s, 0, 0, 1) for k, s in zip(self.kernel, stride, strict=True)]

    def output(self, x: Shape, places: Shape) -> Shape:
        sizes = zip(self._windows(), x.size, strict=True)
        return Shape(x.channels, tuple(w.output(i) for w, i in sizes) if self.size is None else self.size)

    def reads(self, x: Shape, places: Shape) -> tuple[Reads, ...]:
        return (tuple(self._windows()),) * 2
