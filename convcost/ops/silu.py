"""x * sigmoid(x), also called swish."""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class Silu(Operator):
    """Sigmoid-weighted linear, also called swish."""

    def work(self, x: Shape) -> Work:
        return Work(multiplies=x.elements, additions=x.elements, divisions=x.elements, exponentials=x.elements)
