"""x for x > 0, else a * x with a trained slope, one per channel or one in all (He et al. 2015, arXiv:1502.01852)."""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape, Work
from convcost.ops.held import held


class Prelu(Operator):
    """Rectified linear with a trained slope per channel or layer; both branches are counted for every element."""

    per: str = arg.argument(arg.Choice("channel", "layer"), "channel")

    def params(self, x: Shape) -> Params:
        return Params(weights=held(x, self.per))

    def work(self, x: Shape) -> Work:
        return Work(multiplies=x.elements, comparisons=x.elements)
