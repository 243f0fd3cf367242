"""exp(x - max x) / sum exp(x - max x), over the channels at each position, or over other axes.

With `groups`, it is within each of so many blocks of neighbouring channels: `groups: heads` where the channels are
heads times keys. In split attention (Zhang et al. 2020, arXiv:2004.08955) the channels that compete are C/radix apart:
`channel_shuffle: {groups: radix}` before it puts them side by side for `groups: C/radix`, and `channel_shuffle` with
C/radix groups after it puts them back.
"""

from __future__ import annotations

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.along import across, reads_along
from convcost.ops.base import Operator, Shape, Work, require_divisible
from convcost.ops.numbers import Number
from convcost.ops.windows import Reads


class Softmax(Operator):
    """Softmax over the channels at each position, or over other axes, stabilised by subtracting the maximum."""

    over: tuple[int, ...] = arg.argument(arg.Axes(), "channels")
    groups: Number = arg.argument(arg.Count(), 1)

    def check(self, x: Shape) -> None:
        if 0 not in self.over and self.groups != 1:
            raise ShapeError("`groups` are blocks of channels, and `over` names no channels", argument="groups")
        require_divisible("channels", x.channels, self.groups)

    def sets(self, x: Shape) -> Number:
        """Return how many sets of numbers there are that add up to 1."""
        return self.groups * across(x, self.over).elements

    def work(self, x: Shape) -> Work:
        # Per set of m numbers: m-1 comparisons, m subtractions, m exponentials, m-1 additions, m divisions.
        n, sets = x.elements, self.sets(x)
        return Work(additions=2 * n - sets, comparisons=n - sets, divisions=n, exponentials=n)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (reads_along(x, self.over),)
