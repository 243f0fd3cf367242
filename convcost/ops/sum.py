"""The sum along some axes: over the channels at each position, or over positions. The axes stay, of length 1.

The sum of several tensors, number by number, is `add`.
"""

from __future__ import annotations

from convcost.ops.base import Shape, Work
from convcost.ops.reduction import Reduction


class Sum(Reduction):
    """Sum along the axes named by `over`, which stay with length 1."""

    def work(self, x: Shape) -> Work:
        y = self.output(x)
        return Work(additions=x.elements - y.elements)
