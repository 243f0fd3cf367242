"""The smallest number along some axes, which stay, of length 1."""

from __future__ import annotations

from convcost.ops.base import Shape, Work
from convcost.ops.reduction import Reduction


class Min(Reduction):
    """Smallest number along the axes named by `over`, which stay with length 1."""

    def work(self, x: Shape) -> Work:
        return Work(comparisons=x.elements - self.output(x).elements)
