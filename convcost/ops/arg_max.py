"""Where the largest number along some axes is, counted from 0: the classes of a segmentation.

Where the smallest is takes as many comparisons.
"""

from __future__ import annotations

from convcost.ops.base import Shape, Work
from convcost.ops.reduction import Reduction


class ArgMax(Reduction):
    """Place of the largest number along the axes named by `over`, which stay with length 1."""

    def work(self, x: Shape) -> Work:
        return Work(comparisons=x.elements - self.output(x).elements)
