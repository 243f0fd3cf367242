"""LeNet-5's trainable pooling: c * (sum of the window) + b, one c and one b per map (LeCun et al. 1998, sec. II-B).

Counted as the paper does: the sum is additions; scaling and shifting are one multiply-accumulate per output.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape, Work
from convcost.ops.numbers import Number
from convcost.ops.pooling import check_pool, pool_output, pool_reads, pool_windows
from convcost.ops.windows import Reads, Window


class Subsample(Operator):
    """Sum of a window times a trained coefficient plus a trained bias, channel by channel."""

    kernel: tuple[Number, ...] = arg.argument(arg.PerAxis())
    stride: tuple[Number, ...] | None = arg.argument(arg.Optional(arg.PerAxis()), None)

    def check(self, x: Shape) -> None:
        check_pool("subsample", x, self.windows(x), self.output(x), None, False)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pool_windows(x, self.kernel, self.stride, ((0, 0),) * x.rank, (1,) * x.rank)

    def output(self, x: Shape) -> Shape:
        return pool_output(x, self.windows(x), None, ceil_mode=False)

    def params(self, x: Shape) -> Params:
        return Params(weights=x.channels, biases=x.channels)

    def work(self, x: Shape) -> Work:
        y = self.output(x)
        return Work(macs=y.elements, additions=pool_reads(x, self.windows(x), y) - y.elements)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (self.windows(x),)
