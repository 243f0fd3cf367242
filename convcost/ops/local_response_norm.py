"""Local response normalisation over neighbouring channels (Krizhevsky et al. 2012, sec. 3.3).

y_c = x_c / (k + alpha * sum of x_c'^2 over `size` channels around c) ** beta
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, Work
from convcost.ops.numbers import Number


class LocalResponseNorm(Operator):
    """Divides each element by a power of the energy in `size` channels around it."""

    size: Number = arg.argument(arg.Count(), 5)

    def work(self, x: Shape) -> Work:
        # Per element: a square and alpha (2 multiplies), the window's sum and k (size additions), a power, a division.
        # Channels beyond the first and the last count as zeros that are added.
        n = x.elements
        return Work(multiplies=2 * n, additions=self.size * n, divisions=n, exponentials=n)
