"""Output channel j*g + i is input channel i*(C/g) + j: groups are dealt out like cards (Zhang et al. 2018,
arXiv:1707.01083). It moves data and computes nothing."""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, require_divisible
from convcost.ops.numbers import Number


class ChannelShuffle(Operator):
    """Interleaves the channels of `groups` groups, so that the next grouped convolution mixes them."""

    groups: Number = arg.argument(arg.Count())

    def check(self, x: Shape) -> None:
        require_divisible("channels", x.channels, self.groups)
