"""1 / (1 + exp(-x))."""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class Sigmoid(Operator):
    """Logistic: one exponential, addition and division per element."""

    def work(self, x: Shape) -> Work:
        return Work(additions=x.elements, divisions=x.elements, exponentials=x.elements)
