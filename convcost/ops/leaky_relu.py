"""x for x > 0, else slope * x."""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class LeakyRelu(Operator):
    """Rectified linear with a fixed slope below zero; both branches are counted for every element."""

    def work(self, x: Shape) -> Work:
        return Work(multiplies=x.elements, comparisons=x.elements)
