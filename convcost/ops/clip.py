"""min(max(x, min), max): every number cut off at a least and a greatest one, either of which may be left out.

From 0 to 6 it is `relu6`, from 0 up `relu`, from -1 to 1 `hard_tanh`.
"""

from __future__ import annotations

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, Work
from convcost.ops.numbers import Number


class Clip(Operator):
    """Cuts every number off at `min` and at `max`, a comparison for each of them that is given."""

    min: Number | None = arg.argument(arg.Optional(arg.Real()), None)
    max: Number | None = arg.argument(arg.Optional(arg.Real()), None)

    def check(self, x: Shape) -> None:
        if self.min is None and self.max is None:
            raise ShapeError("`clip` takes `min`, `max` or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ShapeError(f"min {arg.show(self.min)} is more than max {arg.show(self.max)}", argument="min")

    def work(self, x: Shape) -> Work:
        return Work(comparisons=((self.min is not None) + (self.max is not None)) * x.elements)
