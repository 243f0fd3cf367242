"""min(max(x, 0), 6)."""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class Relu6(Operator):
    """Rectified linear, capped at 6: two comparisons per element."""

    def work(self, x: Shape) -> Work:
        return Work(comparisons=2 * x.elements)
