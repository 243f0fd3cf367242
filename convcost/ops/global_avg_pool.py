"""The mean of each channel over all positions (Lin et al. 2014, arXiv:1312.4400)."""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work, require_spatial
from convcost.ops.windows import WHOLE, Reads


class GlobalAvgPool(Operator):
    """One mean per channel, over the whole input."""

    def check(self, x: Shape) -> None:
        require_spatial("global_avg_pool", x)

    def output(self, x: Shape) -> Shape:
        return Shape(x.channels, (1,) * x.rank)

    def work(self, x: Shape) -> Work:
        return Work(additions=x.elements - x.channels, divisions=x.channels)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (WHOLE,)
