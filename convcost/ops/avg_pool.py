"""Average pooling: the mean of each window, channel by channel. The stride is the kernel unless given.

A window that reads n real elements makes n - 1 additions and one division; padding zeros are never added, but with
`include_pad` (torch's count_include_pad) they are in the divisor.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, Work
from convcost.ops.numbers import Number
from convcost.ops.pooling import check_pool, pool_output, pool_reads, pool_windows
from convcost.ops.windows import Reads, Window


class AvgPool(Operator):
    """Average pooling over windows; `include_pad` counts padding in the divisor."""

    kernel: tuple[Number, ...] = arg.argument(arg.PerAxis())
    stride: tuple[Number, ...] | None = arg.argument(arg.Optional(arg.PerAxis()), None)
    padding: object = arg.argument(arg.Padding(), 0)
    ceil_mode: bool = arg.argument(arg.Flag(), False)
    include_pad: bool = arg.argument(arg.Flag(), True)

    def check(self, x: Shape) -> None:
        check_pool("avg_pool", x, self.windows(x), self.output(x), self.padding, self.ceil_mode)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pool_windows(x, self.kernel, self.stride, self.padding, (1,) * x.rank)

    def output(self, x: Shape) -> Shape:
        return pool_output(x, self.windows(x), self.padding, self.ceil_mode)

    def work(self, x: Shape) -> Work:
        y = self.output(x)
        return Work(additions=pool_reads(x, self.windows(x), y) - y.elements, divisions=y.elements)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (self.windows(x),)
