"""The largest number along some axes: over the channels at each position, or over positions.

The axes stay, of length 1. Over all positions it is `global_max_pool`; over the channels it is one half of CBAM's
spatial attention (Woo et al. 2018, arXiv:1807.06521). The larger of two tensors, number by number, is `maximum`.
"""

from __future__ import annotations

from convcost.ops.base import Shape, Work
from convcost.ops.reduction import Reduction


class Max(Reduction):
    """Largest number along the axes named by `over`, which stay with length 1."""

    def work(self, x: Shape) -> Work:
        y = self.output(x)
        return Work(comparisons=x.elements - y.elements)
