"""scale * (x for x > 0, else alpha * (exp(x) - 1)), whose two constants keep mean and variance (Klambauer et al. 2017,
arXiv:1706.02515).
"""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class Selu(Operator):
    """Scaled exponential linear; both branches are counted for every element."""

    def work(self, x: Shape) -> Work:
        n = x.elements
        return Work(multiplies=2 * n, additions=n, comparisons=n, exponentials=n)
