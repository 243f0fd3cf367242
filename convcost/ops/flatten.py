"""All numbers of a sample as one vector; or all positions as one axis, so that a map becomes a row of tokens.

[C * prod(i)] = flatten([C, i...])

[C, prod(i)] = flatten([C, i...], over: positions)
"""

from __future__ import annotations

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape
from convcost.ops.numbers import product
from convcost.ops.windows import WHOLE, Reads


class Flatten(Operator):
    """All numbers of a sample as one vector, or `over: positions` alone; what follows reads the whole input."""

    over: tuple[int, ...] = arg.argument(arg.Axes(), ["channels", "positions"])

    def check(self, x: Shape) -> None:
        if len(self.over) - (0 in self.over) != x.rank:
            message = "all numbers become one axis, or all positions"
            raise ShapeError(message, "leave `over` out, or write `over: positions`", argument="over")

    def output(self, x: Shape) -> Shape:
        return Shape(x.elements, ()) if 0 in self.over else Shape(x.channels, (product(x.size),))

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (WHOLE,)
