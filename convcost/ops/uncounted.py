"""What is known of an operation by nothing but the shapes of what it makes: it is in no total."""

from __future__ import annotations

from typing import Any, ClassVar

from convcost.ops.arguments import Kind, argument
from convcost.ops.base import Operator, Shape
from convcost.ops.windows import WHOLE, Reads


class Uncounted(Operator):
    """An operation that is not counted. Every output may depend on all of every input."""

    shapes: tuple[Shape, ...] = argument(Kind())

    arity: ClassVar[tuple[int, int | None]] = (1, None)
    is_counted: ClassVar[bool] = False

    def outputs(self, *inputs: Shape, **_: Any) -> tuple[Shape, ...]:
        return self.shapes

    def reads(self, *inputs: Shape, **_: Any) -> tuple[Reads, ...]:
        return (WHOLE,) * len(inputs)
