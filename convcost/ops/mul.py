"""Elementwise product; a gate may be smaller: one number per channel (C or Cx1x1) or one per position (1xHxW).

The first input of full size gives the shape, so that squeeze-and-excitation reads as in its paper (Hu et al. 2018).
"""

from __future__ import annotations

from dataclasses import dataclass

from convcost.errors import ShapeError
from convcost.ops.base import Operator, Shape, Work
from convcost.ops.windows import SAME_POSITION, WHOLE, Reads


@dataclass(frozen=True, slots=True)
class Mul(Operator):
    """Elementwise product of two or more tensors; a gate per channel or per position is spread."""

    arity = (2, None)

    def check(self, *inputs: Shape) -> None:
        full = self.output(*inputs)
        for n, x in enumerate(inputs):
            if x not in (full, Shape(full.channels, ()), Shape(full.channels, (1,) * full.rank), Shape(1, full.size)):
                sizes_differ = x.rank == full.rank and x.size != full.size and x.channels in (1, full.channels)
                raise ShapeError(
                    f"mul: {full} and {x} do not go together",
                    f"a gate is {full.channels} (one per channel) or {Shape(1, full.size)} (one per position)",
                    pair=(inputs.index(full), n) if sizes_differ else None,
                )

    def output(self, *inputs: Shape) -> Shape:
        # The tensor with most axes, and among those the first that is no gate: sizes are compared with 1 alone.
        rank = max(x.rank for x in inputs)
        full = [x for x in inputs if x.rank == rank]
        wide = [x for x in full if any(n != 1 for n in x.size)] or full
        return next((x for x in wide if x.channels != 1), wide[0])

    def work(self, *inputs: Shape) -> Work:
        return Work(multiplies=(len(inputs) - 1) * self.output(*inputs).elements)

    def reads(self, *inputs: Shape) -> tuple[Reads, ...]:
        full = self.output(*inputs)
        return tuple((SAME_POSITION,) * x.rank if x.size == full.size else WHOLE for x in inputs)
