"""x * sigmoid(beta * x) with a trained beta, one per channel or one in all (Ramachandran et al. 2017,
arXiv:1710.05941).

With a beta of 1, which is what most papers mean by swish, it is `silu`, and holds nothing.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape, Work
from convcost.ops.held import held


class Swish(Operator):
    """Self-gated activation with a trained beta per channel or layer; with a fixed beta of 1 it is `silu`."""

    per: str = arg.argument(arg.Choice("channel", "layer"))

    def params(self, x: Shape) -> Params:
        return Params(weights=held(x, self.per))

    def work(self, x: Shape) -> Work:
        n = x.elements
        return Work(multiplies=2 * n, additions=n, divisions=n, exponentials=n)
