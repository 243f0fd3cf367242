"""Elementwise sum of tensors: a residual connection. Sizes that differ are a mistake, unless one input is spread.

A smaller input is spread: one number per channel (C or Cx1x1), one per position (1xHxW), one per row of each channel
(CxHx1), or one in all.
"""

from __future__ import annotations

from convcost.ops.base import Shape, Work
from convcost.ops.elementwise import Elementwise


class Add(Elementwise):
    """Elementwise sum of two or more tensors; one number per channel or per position is spread."""

    def work(self, *inputs: Shape) -> Work:
        return Work(additions=self.spread_pairs(*inputs))
