"""Tensors of one spatial size stacked along the channels."""

from __future__ import annotations

from dataclasses import dataclass

from convcost.ops.base import Operator, Shape, require_equal


@dataclass(frozen=True, slots=True)
class Concat(Operator):
    """Stacks the channels of tensors of one spatial size."""

    arity = (1, None)

    def check(self, *inputs: Shape) -> None:
        require_equal("concat", inputs, channels=False)

    def output(self, *inputs: Shape) -> Shape:
        return Shape(sum(x.channels for x in inputs), inputs[0].size)
