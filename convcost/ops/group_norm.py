"""Group normalisation: each group of channels is normalised over all its positions (Wu & He 2018, arXiv:1803.08494).

groups: 1 normalises the whole sample, groups = channels is instance normalisation. Mean and variance are the sample's
own, so every output reads the whole input.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape, Work, require_divisible
from convcost.ops.normalisation import normalise
from convcost.ops.numbers import Number
from convcost.ops.windows import WHOLE, Reads


class GroupNorm(Operator):
    """Normalises each group of channels over all positions by its own mean and variance."""

    groups: Number = arg.argument(arg.Count())
    affine: bool = arg.argument(arg.Flag(), True)

    def check(self, x: Shape) -> None:
        require_divisible("channels", x.channels, self.groups)

    def params(self, x: Shape) -> Params:
        return Params(norm=2 * x.channels if self.affine else 0)

    def work(self, x: Shape) -> Work:
        return normalise(x.elements, self.groups, self.affine)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (WHOLE,)
