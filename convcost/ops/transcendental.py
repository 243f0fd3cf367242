"""A function of every number that takes a series or a table: cos, sin, tan, atan, erf or log.

Each counts as one exponential, as the error function in `gelu` and the logarithm in `softplus` do.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, Work


class Transcendental(Operator):
    """One transcendental `function` of every number; each counts as one exponential."""

    function: str = arg.argument(arg.Choice("atan", "cos", "erf", "log", "sin", "tan"))

    def work(self, x: Shape) -> Work:
        return Work(exponentials=x.elements)
