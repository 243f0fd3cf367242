"""Depthwise convolution: every channel has filters of its own, `multiplier` of them.

    [m*C, o...] = depthwise_conv([C, i...], weights [m*C, 1, k...])

It is a convolution with groups = C_in and m*C_in output channels; its formulas are that convolution's. With
`trained: false` the kernels and the biases are held but not trained, as those of a blur are.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape, Work, require_spatial
from convcost.ops.conv import Conv
from convcost.ops.numbers import Number
from convcost.ops.windows import Reads


class DepthwiseConv(Operator):
    """Depthwise convolution: `multiplier` filters for each input channel, none across channels."""

    kernel: tuple[Number, ...] = arg.argument(arg.PerAxis())
    stride: tuple[Number, ...] = arg.argument(arg.PerAxis(), 1)
    padding: object = arg.argument(arg.Padding(), 0)
    dilation: tuple[Number, ...] = arg.argument(arg.PerAxis(), 1)
    multiplier: Number = arg.argument(arg.Count(), 1)
    bias: bool = arg.argument(arg.Flag(), True)
    padding_mode: str = arg.argument(arg.PADDING_MODES, "zeros")
    trained: bool = arg.argument(arg.Flag(), True, rare=True)

    def grouped(self, x: Shape) -> Conv:
        """Return the grouped convolution this is."""
        return Conv.usual(
            out=self.multiplier * x.channels,
            kernel=self.kernel,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=x.channels,
            bias=self.bias,
            padding_mode=self.padding_mode,
        )

    def check(self, x: Shape) -> None:
        require_spatial("depthwise_conv", x)
        self.grouped(x).check(x)

    def output(self, x: Shape) -> Shape:
        return self.grouped(x).output(x)

    def params(self, x: Shape) -> Params:
        params = self.grouped(x).params(x)
        return params if self.trained else Params(statistics=params.total)

    def work(self, x: Shape) -> Work:
        return self.grouped(x).work(x)

    def useful_work(self, x: Shape) -> Work:
        return self.grouped(x).useful_work(x)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return self.grouped(x).reads(x)
