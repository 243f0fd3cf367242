"""x for x > 0, else alpha * (exp(x) - 1) (Clevert et al. 2016, arXiv:1511.07289)."""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class Elu(Operator):
    """Exponential linear; both branches are counted for every element, as a vectorised kernel computes them."""

    def work(self, x: Shape) -> Work:
        n = x.elements
        return Work(multiplies=n, additions=n, comparisons=n, exponentials=n)
