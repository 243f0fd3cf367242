"""Elementwise product; a gate may be smaller: one number per channel (C or Cx1x1), per position (1xHxW), per row.

The input of full size gives the shape, so that squeeze-and-excitation (Hu et al. 2018, arXiv:1709.01507), CBAM (Woo et
al. 2018, arXiv:1807.06521) and coordinate attention (Hou et al. 2021, arXiv:2103.02907) read as in their papers.
"""

from __future__ import annotations

from convcost.ops.base import Shape, Work
from convcost.ops.elementwise import Elementwise


class Mul(Elementwise):
    """Elementwise product of two or more tensors; a gate per channel or per position is spread."""

    def work(self, *inputs: Shape) -> Work:
        return Work(multiplies=self.spread_pairs(*inputs))
