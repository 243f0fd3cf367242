"""Every number as a whole one: the nearest, or the next above or below.

What is cut off is compared with where it is rounded up: a comparison each.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, Work


class Round(Operator):
    """Every number as a whole one: the nearest, or the next one above or below; a comparison each."""

    to: str = arg.argument(arg.Choice("nearest", "above", "below"), "nearest")

    def work(self, x: Shape) -> Work:
        return Work(comparisons=x.elements)
