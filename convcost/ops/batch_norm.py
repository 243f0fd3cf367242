"""Batch normalisation at inference (Ioffe & Szegedy 2015, arXiv:1502.03167).

With running statistics folded, y = scale_c * x + shift_c: one multiply and one addition per element. The trained scale
and shift are parameters; the running mean and variance are held apart.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape, Work


class BatchNorm(Operator):
    """Batch normalisation at inference: a scale and a shift per channel."""

    affine: bool = arg.argument(arg.Flag(), True)

    def params(self, x: Shape) -> Params:
        return Params(norm=2 * x.channels if self.affine else 0, statistics=2 * x.channels)

    def work(self, x: Shape) -> Work:
        return Work(multiplies=x.elements, additions=x.elements)
