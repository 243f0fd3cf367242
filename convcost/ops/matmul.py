"""Product of two maps, a 1x1 convolution whose weights are data: at every position of the first, all of the second.

    over: channels, [g * |Q|, P...] = matmul(a [g * D, P...], b [g * D, Q...]): scores of attention

    over: positions, [g * V, P...] = matmul(a [g * |Q|, P...], b [g * V, Q...]): values weighted by them

`over` is what is summed of the second: its channels, with those of the first, group by group (the heads of attention);
or its positions, one for each channel of the first. |Q| is the number of positions prod(Q).

    macs = |P| * a.channels * out.channels / g

Transposed maps change places: matmul of transpose(a) and transpose(b) are the scores between channels.
"""

from __future__ import annotations

from collections.abc import Sequence

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, Work, require_divisible
from convcost.ops.numbers import Number, differ, exact, product
from convcost.ops.windows import SAME_POSITION, WHOLE, Reads


class Matmul(Operator):
    """Product of two maps: at every position of the first, its channels with the whole second, in `groups` (heads)."""

    arity = (2, 2)

    over: tuple[int, ...] = arg.argument(arg.Axes(), "channels")
    groups: Number = arg.argument(arg.Count(), 1)

    def check(self, a: Shape, b: Shape) -> None:
        if self.over not in ((0,), (*range(1, a.rank + 1),)):
            raise ShapeError("sums over the channels or over the positions of the second input", argument="over")
        require_divisible("channels of the first input", a.channels, self.groups)
        require_divisible("channels of the second input", b.channels, self.groups)
        if 0 in self.over:
            summed, what = b.channels, "channels"
        else:
            summed, what = self.groups * product(b.size), f"= {self.groups} * {product(b.size)} positions"
        if differ(a.channels, summed):
            raise ShapeError(
                f"matmul: {a} has {a.channels} channels to be summed with {summed} {what} of {b}",
                "`over: channels` sums over the channels of both; `over: positions` over the positions of the second",
            )

    def output(self, a: Shape, b: Shape) -> Shape:
        return Shape(self.groups * product(b.size) if 0 in self.over else b.channels, a.size)

    def work(self, a: Shape, b: Shape) -> Work:
        return Work(macs=a.elements * exact(self.output(a, b).channels, self.groups))

    def training_macs(self, needs: Sequence[Number], *inputs: Shape) -> Number:
        # Both factors are data: each has a gradient of as many products.
        return self.work(*inputs).macs * (1 + sum(needs))

    def reads(self, a: Shape, b: Shape) -> tuple[Reads, ...]:
        return (SAME_POSITION,) * a.rank, WHOLE
