"""x for x > 0, else a_c * x with a trained slope per channel (He et al. 2015, arXiv:1502.01852)."""

from __future__ import annotations

from dataclasses import dataclass

from convcost.ops.base import Operator, Params, Shape, Work


@dataclass(frozen=True, slots=True)
class Prelu(Operator):
    """Rectified linear with a trained slope per channel; both branches are counted for every element."""

    def params(self, x: Shape) -> Params:
        return Params(weights=x.channels)

    def work(self, x: Shape) -> Work:
        return Work(multiplies=x.elements, comparisons=x.elements)
