"""x * tanh(softplus(x)) (Misra 2019, arXiv:1908.08681).

With w = e^x (e^x + 2), tanh(log(1 + e^x)) = w / (w + 2) = 1 - 2 / (w + 2): one exponential.
"""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class Mish(Operator):
    """Self-gated smooth activation, through one exponential."""

    def work(self, x: Shape) -> Work:
        # e^x + 2, times e^x; plus 2, under 2, from 1; times x.
        n = x.elements
        return Work(multiplies=2 * n, additions=3 * n, divisions=n, exponentials=n)
