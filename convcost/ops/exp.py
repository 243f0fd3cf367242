"""The exponential of every number."""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class Exp(Operator):
    """Exponential: e to the power of every number."""

    def work(self, x: Shape) -> Work:
        n = x.elements
        return Work(exponentials=n)
