"""Deformable convolution (Dai et al. 2017, arXiv:1703.06211; with a mask, Zhu et al. 2019, arXiv:1811.11168).

A convolution of the same geometry computes, at each of the L output positions, two offsets (and with `modulated` one
mask value) for each of the K taps and each of the G deform groups. Each tap is then read at a fractional position by
bilinear interpolation, and the result is convolved as usual. Two spatial axes. Where the offsets are a second input,
and the masks a third, nothing is computed for them here.

    macs         L*(2 or 3)*G*K * C_in*K  (offset branch)  +  L*C_out*(C_in/g)*K  (main)
    multiplies   4*G*K*L (bilinear weights) + 4*C_in*K*L (values), + C_in*K*L with a mask
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape, Work, require_divisible, require_rank
from convcost.ops.conv import Conv
from convcost.ops.numbers import Number, maximum, product
from convcost.ops.windows import SAME_POSITION, Reads


class DeformableConv(Operator):
    """Deformable convolution: taps at learned fractional positions; its receptive field is the nominal one."""

    arity = (1, 3)
    ranks = (2,)

    out: Number = arg.argument(arg.Count())
    kernel: tuple[Number, ...] = arg.argument(arg.PerAxis())
    stride: tuple[Number, ...] = arg.argument(arg.PerAxis(), 1)
    padding: object = arg.argument(arg.Padding(), 0)
    dilation: tuple[Number, ...] = arg.argument(arg.PerAxis(), 1)
    groups: Number = arg.argument(arg.Count(), 1)
    deform_groups: Number = arg.argument(arg.Count(), 1)
    modulated: bool = arg.argument(arg.Flag(), False)
    bias: bool = arg.argument(arg.Flag(), True)
    offset_channels: Number = arg.argument(arg.Optional(arg.Count()), None)

    def check(self, x: Shape, *moves: Shape) -> None:
        require_rank("deformable_conv", self, x)
        require_divisible("input channels", x.channels, self.deform_groups, "deform_groups")
        if self.offset_channels not in (None, self.predicted_channels()):
            raise ShapeError(
                f"offset_channels {self.offset_channels} must be "
                f"{3 if self.modulated else 2} * deform_groups * taps = {self.predicted_channels()}",
                "leave it out: it follows from the rest",
                argument="offset_channels",
            )
        self.main().check(x)
        if moves:
            self._check_moves(self.output(x).size, *moves)

    def _check_moves(self, size: tuple[Number, ...], *moves: Shape) -> None:
        if self.modulated != (len(moves) == 2):
            raise ShapeError("a third input is the masks of `modulated: true`", argument="modulated")
        each = self.deform_groups * product(self.kernel)
        for what, count, given in zip(("offsets", "masks"), (2 * each, each), moves, strict=False):
            if given != Shape(count, size):
                raise ShapeError(f"deformable_conv: the {what} are {Shape(count, size)}, not {given}")

    def predicted_channels(self) -> Number:
        """Channels of the offset branch: two offsets, and the mask if there is one, per group and tap."""
        return (3 if self.modulated else 2) * self.deform_groups * product(self.kernel)

    def main(self) -> Conv:
        """Return the convolution over the moved taps."""
        return Conv.usual(
            out=self.out,
            kernel=self.kernel,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
            bias=self.bias,
        )

    def branch(self) -> Conv:
        """Return the convolution that computes offsets and mask."""
        return self.main().with_arguments(out=self.predicted_channels(), groups=1)

    def output(self, x: Shape, *moves: Shape) -> Shape:
        return self.main().output(x)

    def params(self, x: Shape, *moves: Shape) -> Params:
        main = self.main().params(x)
        return main if moves else main + self.branch().params(x)

    def interpolation(self, x: Shape) -> Work:
        """Reading every tap by bilinear interpolation: four weights per group, four products per channel."""
        taps = product(self.kernel) * product(self.output(x).size)
        masks = x.channels * taps if self.modulated else 0
        # A weight is a product of two distances, each found by one subtraction from the two fractions.
        return Work(
            multiplies=4 * self.deform_groups * taps + 4 * x.channels * taps + masks,
            additions=3 * x.channels * taps,
        )

    def work(self, x: Shape, *moves: Shape) -> Work:
        main = self.interpolation(x) + self.main().work(x)
        return main if moves else main + self.branch().work(x)

    def useful_work(self, x: Shape, *moves: Shape) -> Work:
        # Where a moved tap lands depends on the data, so only the offset branch has padding to leave out.
        main = self.interpolation(x) + self.main().work(x)
        return main if moves else main + self.branch().useful_work(x)

    def training_macs(self, needs: Sequence[Number], x: Shape, *moves: Shape) -> Number:
        # The offsets learn through the sampled values: for them, too, the main convolution needs its input's gradient.
        main = self.main().work(x).macs
        return main * (2 + reduce(maximum, needs)) if moves else 3 * main + self.branch().training_macs(needs, x)

    def reads(self, x: Shape, *moves: Shape) -> tuple[Reads, ...]:
        return (*self.main().reads(x), *((SAME_POSITION,) * x.rank for _ in moves))
