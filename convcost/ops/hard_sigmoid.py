"""min(max(x + 3, 0), 6) / 6 (Howard et al. 2019, arXiv:1905.02244)."""

from __future__ import annotations

from convcost.ops.base import Operator, Shape, Work


class HardSigmoid(Operator):
    """Piecewise linear sigmoid."""

    def work(self, x: Shape) -> Work:
        return Work(additions=x.elements, comparisons=2 * x.elements, divisions=x.elements)
