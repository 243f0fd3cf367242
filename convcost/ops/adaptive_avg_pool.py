"""Average pooling to a given size, with as many windows as the output has positions."""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.adaptive_pooling import adaptive_reads, adaptive_windows
from convcost.ops.base import Operator, Shape, Work, require_spatial
from convcost.ops.numbers import Number
from convcost.ops.windows import Reads


class AdaptiveAvgPool(Operator):
    """Means over windows fitted to give the output `size`."""

    size: tuple[Number, ...] = arg.argument(arg.PerAxis())

    def check(self, x: Shape) -> None:
        require_spatial("adaptive_avg_pool", x)

    def output(self, x: Shape) -> Shape:
        return Shape(x.channels, self.size)

    def work(self, x: Shape) -> Work:
        y = self.output(x)
        return Work(additions=adaptive_reads(x, self.size) - y.elements, divisions=y.elements)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (adaptive_windows(x, self.size),)
