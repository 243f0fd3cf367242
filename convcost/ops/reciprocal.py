"""One over every number; a fixed number in place of the one takes as many divisions."""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class Reciprocal(Operator):
    """One over every number."""

    def work(self, x: Shape) -> Work:
        return Work(divisions=x.elements)
