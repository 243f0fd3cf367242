"""exp(x_c - max x) / sum exp(x_c' - max x), over the channels at each position."""

from __future__ import annotations

from dataclasses import dataclass

from convcost.ops.base import Operator, Shape, Work
from convcost.ops.numbers import product


@dataclass(frozen=True, slots=True)
class Softmax(Operator):
    """Softmax over the channels at each position, stabilised by subtracting the maximum."""

    def work(self, x: Shape) -> Work:
        # Per position of C channels: C-1 comparisons, C subtractions, C exponentials, C-1 additions, C divisions.
        n, positions = x.elements, product(x.size)
        return Work(additions=2 * n - positions, comparisons=n - positions, divisions=n, exponentials=n)
