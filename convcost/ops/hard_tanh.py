"""min(max(x, -1), 1), a tanh of three straight lines."""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class HardTanh(Operator):
    """Piecewise linear hyperbolic tangent: cuts at -1 and 1."""

    def work(self, x: Shape) -> Work:
        n = x.elements
        return Work(comparisons=2 * n)
