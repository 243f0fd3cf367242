"""log(1 + exp(x)), a smooth relu (Dugas et al. 2001). From 20 up it is x, which the exponential would not survive.

Both are counted for every element: an exponential, an addition and a logarithm, and the comparison between them.
"""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class Softplus(Operator):
    """Smooth rectified linear; a logarithm counts as an exponential."""

    def work(self, x: Shape) -> Work:
        n = x.elements
        return Work(additions=n, comparisons=n, exponentials=2 * n)
