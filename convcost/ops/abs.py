"""The size of every number, without its sign: max(x, -x)."""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class Abs(Operator):
    """Every number without its sign."""

    def work(self, x: Shape) -> Work:
        n = x.elements
        return Work(comparisons=n)
