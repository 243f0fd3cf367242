"""x for x > 0, else alpha * (exp(x / alpha) - 1): elu with a slope that does not jump (Barron 2017,
arXiv:1704.07483)."""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class Celu(Operator):
    """Continuously differentiable exponential linear; both branches are counted for every element."""

    def work(self, x: Shape) -> Work:
        n = x.elements
        return Work(multiplies=n, additions=n, comparisons=n, divisions=n, exponentials=n)
