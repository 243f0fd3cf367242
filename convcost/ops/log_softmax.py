"""x - max x - log sum exp(x - max x): the logarithm of softmax, over the channels at each position, or over other axes.

With `groups`, within each of so many blocks of neighbouring channels.
"""

from __future__ import annotations

from convcost.ops.base import Shape, Work
from convcost.ops.softmax import Softmax


class LogSoftmax(Softmax):
    """Logarithm of softmax over the channels at each position, or over other axes."""

    def work(self, x: Shape) -> Work:
        # Per set of m numbers: m-1 comparisons, m subtractions, m exponentials, m-1 additions, a logarithm, and m
        # subtractions.
        n, sets = x.elements, self.sets(x)
        return Work(additions=3 * n - sets, comparisons=n - sets, exponentials=n + sets)
