"""Locally connected layer: a convolution with a kernel of its own at every position (LeCun 1989; DeepFace, 2014).

    params = positions * out * C * prod(k), and positions * out biases; macs as the convolution's

As Keras's LocallyConnected, but with padding.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape, Work, require_spatial
from convcost.ops.conv import Conv
from convcost.ops.numbers import Number, product
from convcost.ops.windows import Reads


class LocallyConnected(Operator):
    """A convolution that shares no weights: `out` filters at every position of the output."""

    out: Number = arg.argument(arg.Count())
    kernel: tuple[Number, ...] = arg.argument(arg.PerAxis())
    stride: tuple[Number, ...] = arg.argument(arg.PerAxis(), 1)
    padding: object = arg.argument(arg.Padding(), 0)
    bias: bool = arg.argument(arg.Flag(), True)

    def shared(self, x: Shape) -> Conv:
        """Return the convolution that has the same kernel everywhere."""
        return Conv.usual(
            out=self.out,
            kernel=self.kernel,
            stride=self.stride,
            padding=self.padding,
            dilation=(1,) * x.rank,
            bias=self.bias,
        )

    def check(self, x: Shape) -> None:
        require_spatial("locally_connected", x)
        self.shared(x).check(x)

    def output(self, x: Shape) -> Shape:
        return self.shared(x).output(x)

    def params(self, x: Shape) -> Params:
        shared, positions = self.shared(x).params(x), product(self.output(x).size)
        return Params(weights=positions * shared.weights, biases=positions * shared.biases)

    def work(self, x: Shape) -> Work:
        return self.shared(x).work(x)

    def useful_work(self, x: Shape) -> Work:
        return self.shared(x).useful_work(x)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return self.shared(x).reads(x)
