"""One tensor where a mask is true, another where it is not: a comparison of each number of the mask.

Either may be fixed numbers, as minus infinity is for masked scores; then there is one input less. Smaller ones are
spread, as `add` has it.
"""

from __future__ import annotations

from convcost.ops.base import Shape, Work
from convcost.ops.elementwise import Elementwise


class Where(Elementwise):
    """Numbers of one tensor where a mask is true, and of another where it is not; smaller inputs are spread."""

    arity = (1, 3)

    def work(self, *inputs: Shape) -> Work:
        return Work(comparisons=self.output(*inputs).elements)
