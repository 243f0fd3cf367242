"""Elementwise maximum of tensors, as Maxout takes it (Goodfellow et al. 2013, arXiv:1302.4389).

A smaller input is spread: one number per channel (C or Cx1x1), one per position (1xHxW), one per row of each channel
(CxHx1), or one in all. The largest of the numbers of one tensor is `max`.
"""

from __future__ import annotations

from convcost.ops.base import Shape, Work
from convcost.ops.elementwise import Elementwise


class Maximum(Elementwise):
    """Elementwise maximum of two or more tensors; one number per channel or per position is spread."""

    def work(self, *inputs: Shape) -> Work:
        return Work(comparisons=self.spread_pairs(*inputs))
