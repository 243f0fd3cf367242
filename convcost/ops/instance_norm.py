"""Instance normalisation: each channel is normalised over its own positions (Ulyanov et al. 2016, arXiv:1607.08022).

As in torch's InstanceNorm there is no scale and shift unless `affine: true` asks for them, and mean and variance are
the sample's own. With `running_stats: true` they are held, and used as batch normalisation uses them: folded.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape, Work, require_spatial
from convcost.ops.normalisation import normalise
from convcost.ops.windows import SAME_POSITION, WHOLE, Reads


class InstanceNorm(Operator):
    """Normalises each channel over its positions by its own mean and variance."""

    affine: bool = arg.argument(arg.Flag(), False)
    running_stats: bool = arg.argument(arg.Flag(), False)

    def check(self, x: Shape) -> None:
        require_spatial("instance_norm", x)

    def params(self, x: Shape) -> Params:
        both = 2 * x.channels
        return Params(norm=both if self.affine else 0, statistics=both if self.running_stats else 0)

    def work(self, x: Shape) -> Work:
        if self.running_stats:
            return Work(multiplies=x.elements, additions=x.elements)
        return normalise(x.elements, x.channels, self.affine)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return ((SAME_POSITION,) * x.rank if self.running_stats else WHOLE,)
