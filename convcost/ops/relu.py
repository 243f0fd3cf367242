"""max(x, 0)."""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class Relu(Operator):
    """Rectified linear: one comparison per element."""

    def work(self, x: Shape) -> Work:
        return Work(comparisons=x.elements)
