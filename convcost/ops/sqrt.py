"""The square root of every number; of a negative one there is none."""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class Sqrt(Operator):
    """Square root of every number."""

    def work(self, x: Shape) -> Work:
        n = x.elements
        return Work(exponentials=n)
