"""The root of the sum of squares along some axes, which stay, of length 1.

Global response normalisation takes it over the positions of each channel (Woo et al. 2023, arXiv:2301.00808).
"""

from __future__ import annotations

from convcost.ops.base import Shape, Work
from convcost.ops.reduction import Reduction


class L2Norm(Reduction):
    """Root of the sum of squares along the axes named by `over`, which stay with length 1."""

    def work(self, x: Shape) -> Work:
        y = self.output(x)
        return Work(multiplies=x.elements, additions=x.elements - y.elements, exponentials=y.elements)
