"""Trained tokens before the first position: the class token of ViT (Dosovitskiy et al. 2021, arXiv:2010.11929).

    [C, count + L] = class_token([C, L], tokens [C, count])

Nothing is computed. Further ones are the distillation token of DeiT, or registers.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape, require_rank
from convcost.ops.numbers import Number
from convcost.ops.windows import Reads, Window


class ClassToken(Operator):
    """Puts `count` trained tokens before the first position of a 1-D map."""

    ranks = (1,)

    count: Number = arg.argument(arg.Count(), 1)

    def check(self, x: Shape) -> None:
        require_rank("class_token", self, x)

    def output(self, x: Shape) -> Shape:
        return Shape(x.channels, tuple(self.count + i for i in x.size))

    def params(self, x: Shape) -> Params:
        return Params(weights=x.channels * self.count)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return ((Window(before=self.count),),)
