"""Elementwise quotient: the first input over the second.

A smaller input is spread: one number per channel (C or Cx1x1), one per position (1xHxW), one per row of each channel
(CxHx1), or one in all.
"""

from __future__ import annotations

from convcost.ops.base import Shape, Work
from convcost.ops.elementwise import Elementwise


class Div(Elementwise):
    """Elementwise quotient of two tensors; one number per channel or per position is spread."""

    arity = (2, 2)

    def work(self, *inputs: Shape) -> Work:
        return Work(divisions=self.spread_pairs(*inputs))
