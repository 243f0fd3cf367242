"""Every number to a fixed power.

Each counts as one exponential, whatever the exponent; a square that is one product is `{mul: , from: [x, x]}`.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, Work
from convcost.ops.numbers import Number


class Pow(Operator):
    """Every number to a fixed power."""

    exponent: Number = arg.argument(arg.Real())

    def work(self, x: Shape) -> Work:
        return Work(exponentials=x.elements)
