"""All numbers of a sample as one vector."""

from __future__ import annotations

from dataclasses import dataclass

from convcost.ops.base import Operator, Shape
from convcost.ops.windows import WHOLE, Reads


@dataclass(frozen=True, slots=True)
class Flatten(Operator):
    """All numbers of a sample as one vector; positions become features, so what follows reads the whole input."""

    def output(self, x: Shape) -> Shape:
        return Shape(x.elements, ())

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (WHOLE,)
