"""The mean along some axes: over the channels at each position, or over positions.

The axes stay, of length 1, so that `mul`, `add` and `sub` spread what comes out. Over all positions it is
`global_avg_pool`; over the channels, one half of CBAM's spatial attention (Woo et al. 2018, arXiv:1807.06521); over the
width alone, one of coordinate attention's pools (Hou et al. 2021, arXiv:2103.02907).
"""

from __future__ import annotations

from convcost.ops.base import Shape, Work
from convcost.ops.reduction import Reduction


class Mean(Reduction):
    """Mean along the axes named by `over`, which stay with length 1."""

    def work(self, x: Shape) -> Work:
        y = self.output(x)
        return Work(additions=x.elements - y.elements, divisions=y.elements)
