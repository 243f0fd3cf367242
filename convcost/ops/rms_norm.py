"""Root mean square normalisation: y = scale * x / sqrt(mean of x^2 + eps) (Zhang & Sennrich 2019, arXiv:1910.07467).

It is over the channels at each position, with a scale for each; `over` names other axes, as for `layer_norm`.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.along import across, numbers_along, reads_along
from convcost.ops.base import Operator, Params, Shape, Work
from convcost.ops.windows import Reads


class RmsNorm(Operator):
    """Divides the channels at each position, or other axes, by the root of the mean of their squares."""

    over: tuple[int, ...] = arg.argument(arg.Axes(), "channels")
    affine: bool = arg.argument(arg.Flag(), True)

    def params(self, x: Shape) -> Params:
        return Params(norm=numbers_along(x, self.over) if self.affine else 0)

    def work(self, x: Shape) -> Work:
        # Per set of m numbers: m squares, m-1 additions and a division for their mean; one addition (eps), a root, and
        # m divisions. The scale: m multiplies.
        n, sets = x.elements, across(x, self.over).elements
        return Work(multiplies=n + (n if self.affine else 0), additions=n, divisions=n + sets, exponentials=sets)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (reads_along(x, self.over),)
