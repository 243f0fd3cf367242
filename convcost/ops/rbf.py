"""Euclidean radial basis functions with fixed centres: LeNet-5's output layer (LeCun et al. 1998, eq. 7).

    y_i = sum_j (x_j - w_ij)^2

The centres are drawn by hand and not trained: they are held apart from the parameters.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape, Work
from convcost.ops.numbers import Number
from convcost.ops.windows import WHOLE, Reads


class Rbf(Operator):
    """Squared distances from `out` fixed centres."""

    out: Number = arg.argument(arg.Count())

    def output(self, x: Shape) -> Shape:
        return Shape(self.out, ())

    def params(self, x: Shape) -> Params:
        return Params(statistics=self.out * x.elements)

    def work(self, x: Shape) -> Work:
        n = self.out * x.elements
        return Work(multiplies=n, additions=2 * n - self.out)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (WHOLE,)
