"""Fully connected layer: every output feature is a weighted sum of all features of the sample.

    [n] = linear([m], weights [n, m])

What it is given is flattened first. Weight normalisation is that of `conv`.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape, Work
from convcost.ops.numbers import Number
from convcost.ops.windows import WHOLE, Reads


class Linear(Operator):
    """Fully connected: `out` features, each from all the sample's features."""

    out: Number = arg.argument(arg.Count())
    bias: bool = arg.argument(arg.Flag(), True)
    weight_norm: bool = arg.argument(arg.Flag(), False, rare=True)

    def output(self, x: Shape) -> Shape:
        return Shape(self.out, ())

    def params(self, x: Shape) -> Params:
        lengths = self.out if self.weight_norm else 0
        return Params(weights=self.out * x.elements + lengths, biases=self.out if self.bias else 0)

    def work(self, x: Shape) -> Work:
        return Work(macs=self.out * x.elements, additions=self.out if self.bias else 0)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (WHOLE,)
