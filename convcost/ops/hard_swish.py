"""x * hard_sigmoid(x) (Howard et al. 2019, arXiv:1905.02244)."""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class HardSwish(Operator):
    """Piecewise linear swish."""

    def work(self, x: Shape) -> Work:
        return Work(multiplies=x.elements, additions=x.elements, comparisons=2 * x.elements, divisions=x.elements)
