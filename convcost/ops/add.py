"""Elementwise sum of tensors of one shape: a residual connection. No broadcasting: sizes that differ are a mistake."""

from __future__ import annotations

from dataclasses import dataclass

from convcost.ops.base import Operator, Shape, Work, require_equal


@dataclass(frozen=True, slots=True)
class Add(Operator):
    """Elementwise sum of two or more tensors of one shape."""

    arity = (2, None)

    def check(self, *inputs: Shape) -> None:
        require_equal("add", inputs)

    def work(self, *inputs: Shape) -> Work:
        return Work(additions=(len(inputs) - 1) * inputs[0].elements)
