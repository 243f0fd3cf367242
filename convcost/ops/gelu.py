"""x * Phi(x) = x * (1 + erf(x / sqrt 2)) / 2 (Hendrycks & Gimpel 2016, arXiv:1606.08415)."""

from __future__ import annotations

from dataclasses import dataclass

from convcost.ops.base import Operator, Shape, Work


@dataclass(frozen=True, slots=True)
class Gelu(Operator):
    """Gaussian error linear; the error function counts as one exponential."""

    def work(self, x: Shape) -> Work:
        # Scale the argument, add one, multiply by x, halve: three multiplies and an addition around erf.
        n = x.elements
        return Work(multiplies=3 * n, additions=n, exponentials=n)
