"""Layer normalisation over the channels at each position, as convolutional networks use it (Ba et al. 2016,
arXiv:1607.06450; Liu et al. 2022, arXiv:2201.03545)."""

from __future__ import annotations

from dataclasses import dataclass

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape, Work
from convcost.ops.normalisation import normalise
from convcost.ops.numbers import product


@dataclass(frozen=True, slots=True)
class LayerNorm(Operator):
    """Normalises the channels at each position by their own mean and variance."""

    affine: bool = arg.argument(arg.Flag(), True)

    def params(self, x: Shape) -> Params:
        return Params(norm=2 * x.channels if self.affine else 0)

    def work(self, x: Shape) -> Work:
        return normalise(x.elements, product(x.size), self.affine)
