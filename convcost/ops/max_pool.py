"""Max pooling: the largest element of each window, channel by channel. The stride is the kernel unless given.

A window that reads n real elements makes n - 1 comparisons; padding is never compared. With `indices` a second output
says which position of each window held the maximum, as max_unpool needs it.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, Work
from convcost.ops.numbers import Number
from convcost.ops.pooling import check_pool, pool_output, pool_reads, pool_windows
from convcost.ops.windows import Reads, Window


class MaxPool(Operator):
    """Max pooling over windows; `ceil_mode` keeps a last window that hangs over the edge."""

    kernel: tuple[Number, ...] = arg.argument(arg.PerAxis())
    stride: tuple[Number, ...] | None = arg.argument(arg.Optional(arg.PerAxis()), None)
    padding: object = arg.argument(arg.Padding(), 0)
    dilation: tuple[Number, ...] = arg.argument(arg.PerAxis(), 1)
    ceil_mode: bool = arg.argument(arg.Flag(), False)
    indices: bool = arg.argument(arg.Flag(), False)

    def check(self, x: Shape) -> None:
        check_pool("max_pool", x, self.windows(x), self.output(x), self.padding, self.ceil_mode)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pool_windows(x, self.kernel, self.stride, self.padding, self.dilation)

    def output(self, x: Shape) -> Shape:
        return pool_output(x, self.windows(x), self.padding, self.ceil_mode)

    def outputs(self, x: Shape) -> tuple[Shape, ...]:
        return (self.output(x),) * (1 + self.indices)

    def work(self, x: Shape) -> Work:
        y = self.output(x)
        return Work(comparisons=pool_reads(x, self.windows(x), y) - y.elements)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (self.windows(x),)
