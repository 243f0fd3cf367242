"""Whether a number is larger than another in the same place, or than a fixed one: a comparison each, whatever is asked.

Equal, less and the like, and not, and, or are counted alike. A smaller input is spread, as `add` has it.
"""

from __future__ import annotations

from convcost.ops.base import Shape, Work
from convcost.ops.elementwise import Elementwise


class Compare(Elementwise):
    """One number compared with another, or with a fixed one, in every place; smaller inputs are spread."""

    arity = (1, 2)

    def work(self, *inputs: Shape) -> Work:
        return Work(comparisons=self.output(*inputs).elements)
