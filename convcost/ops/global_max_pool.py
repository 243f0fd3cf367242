"""The largest element of each channel."""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work, require_spatial
from convcost.ops.windows import WHOLE, Reads


class GlobalMaxPool(Operator):
    """One maximum per channel, over the whole input."""

    def check(self, x: Shape) -> None:
        require_spatial("global_max_pool", x)

    def output(self, x: Shape) -> Shape:
        return Shape(x.channels, (1,) * x.rank)

    def work(self, x: Shape) -> Work:
        return Work(comparisons=x.elements - x.channels)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (WHOLE,)
