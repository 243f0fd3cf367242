"""Layer normalisation over the channels at each position, as convolutional networks use it (Ba et al. 2016,
arXiv:1607.06450; Liu et al. 2022, arXiv:2201.03545).

With `over: [channels, positions]` all numbers of a sample are normalised together, each with a scale and a shift of its
own, as torch's LayerNorm([C, H, W]) does.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.along import across, numbers_along, reads_along
from convcost.ops.base import Operator, Params, Shape, Work
from convcost.ops.normalisation import normalise
from convcost.ops.windows import Reads


class LayerNorm(Operator):
    """Normalises the channels at each position, or other axes, by their own mean and variance."""

    over: tuple[int, ...] = arg.argument(arg.Axes(), "channels")
    affine: bool = arg.argument(arg.Flag(), True)

    def params(self, x: Shape) -> Params:
        return Params(norm=2 * numbers_along(x, self.over) if self.affine else 0)

    def work(self, x: Shape) -> Work:
        return normalise(x.elements, across(x, self.over).elements, self.affine)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (reads_along(x, self.over),)
