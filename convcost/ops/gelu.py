"""x * Phi(x) = x * (1 + erf(x / sqrt 2)) / 2 (Hendrycks & Gimpel 2016, arXiv:1606.08415).

With `approximate: tanh` it is x / 2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))), as the paper proposes it.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, Work


class Gelu(Operator):
    """Gaussian error linear; the error function counts as one exponential."""

    approximate: str = arg.argument(arg.Choice("none", "tanh"), "none")

    def work(self, x: Shape) -> Work:
        n = x.elements
        if self.approximate == "tanh":
            # x squared, times a constant, plus one, times x; a tanh (twice the argument, which takes up the other
            # constant, an exponential, plus one, under two, from one); plus one, times x, halve.
            return Work(multiplies=6 * n, additions=4 * n, divisions=n, exponentials=n)
        # Scale the argument, add one, multiply by x, halve: three multiplies and an addition around erf.
        return Work(multiplies=3 * n, additions=n, exponentials=n)
