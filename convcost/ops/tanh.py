"""tanh(x) = 1 - 2 / (exp(2x) + 1)."""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class Tanh(Operator):
    """Hyperbolic tangent, through one exponential."""

    def work(self, x: Shape) -> Work:
        n = x.elements
        return Work(multiplies=n, additions=2 * n, divisions=n, exponentials=n)
