"""Convolution (cross-correlation, as in every framework) in 1, 2 or 3 dimensions, with groups.

    [C_out, o...] = conv([C_in, i...], weights [C_out, C_in/g, k...])

Every output element sums C_in/g * prod(k) products. LeNet-5's C3 reads, for each output map, only the input maps
its `connections` table names (LeCun et al. 1998, table I).

A `padding_mode` other than zeros lays real elements around the map, so that no product is with a zero.

With `weight_norm` each filter is a direction and a trained length (Salimans & Kingma 2016, arXiv:1602.07868): C_out
more parameters and as many products, for the two are multiplied once for all samples. Weight standardisation (Qiao et
al. 2019, arXiv:1903.10520), which takes a filter's mean and variance out, holds nothing and changes no figure.

With `weights: indices` a weight is the index of the channel that it multiplies, 0, 1, 2, ...: of chances it makes their
mean place, as the distribution focal loss asks for (Li et al. 2020, arXiv:2006.04388). They count as parameters, as in
the programs that have such a layer, and are not trained.
"""

from __future__ import annotations

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape, Work, require_divisible, require_spatial
from convcost.ops.numbers import Number, exact, product
from convcost.ops.windows import Reads, Window, axis_windows, output_size, require_fit, require_mode


class Conv(Operator):
    """Convolution: `out` filters, each over C_in/groups channels of every window."""

    out: Number = arg.argument(arg.Count())
    kernel: tuple[Number, ...] = arg.argument(arg.PerAxis())
    stride: tuple[Number, ...] = arg.argument(arg.PerAxis(), 1)
    padding: object = arg.argument(arg.Padding(), 0)
    dilation: tuple[Number, ...] = arg.argument(arg.PerAxis(), 1)
    groups: Number = arg.argument(arg.Count(), 1)
    bias: bool = arg.argument(arg.Flag(), True)
    connections: tuple[tuple[int, ...], ...] | None = arg.argument(arg.Optional(arg.TABLE), None)
    padding_mode: str = arg.argument(arg.PADDING_MODES, "zeros")
    weight_norm: bool = arg.argument(arg.Flag(), False, rare=True)
    weights: str = arg.argument(arg.Choice("trained", "indices"), "trained", rare=True)

    @property
    def is_trained(self) -> bool:
        return self.weights == "trained"

    def check(self, x: Shape) -> None:
        require_spatial("conv", x)
        require_divisible("input channels", x.channels, self.groups)
        require_divisible("output channels", self.out, self.groups)
        if not self.is_trained and (self.bias or self.weight_norm or self.connections is not None):
            message = "a kernel of `weights: indices` has no bias, no `weight_norm` and no `connections`"
            raise ShapeError(message, "write `bias: false`" if self.bias else None, argument="weights")
        if self.connections is not None:
            self._check_connections(x)
        require_mode("padding_mode", self.padding_mode, x.size, self.windows(x))
        require_fit(x.size, self.windows(x), self.output(x).size)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return axis_windows(x.size, self.kernel, self.stride, self.padding, self.dilation)

    def output(self, x: Shape) -> Shape:
        return Shape(self.out, output_size(x.size, self.windows(x), self.padding))

    def channel_pairs(self, x: Shape) -> Number:
        """Pairs (input channel, output channel) that are connected."""
        if self.connections is not None:
            return sum(len(row) for row in self.connections)
        return self.out * exact(x.channels, self.groups)

    def params(self, x: Shape) -> Params:
        lengths = self.out if self.weight_norm else 0
        weights = self.channel_pairs(x) * product(self.kernel) + lengths
        return Params(weights=weights, biases=self.out if self.bias else 0)

    def work(self, x: Shape) -> Work:
        y = self.output(x)
        return self._work(x, y, product(self.kernel) * product(y.size))

    def useful_work(self, x: Shape) -> Work:
        if self.padding_mode != "zeros":
            return self.work(x)
        # The products that read a real element are counted axis by axis: they form a grid.
        windows = self.windows(x)
        y = self.output(x)
        reads = zip(windows, x.size, y.size, strict=True)
        return self._work(x, y, product(window.real_reads(i, o) for window, i, o in reads))

    def _work(self, x: Shape, y: Shape, taps: Number) -> Work:
        """The work of `taps` products for every pair of channels."""
        return Work(macs=self.channel_pairs(x) * taps, additions=y.elements if self.bias else 0)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (self.windows(x),)

    def _check_connections(self, x: Shape) -> None:
        rows = self.connections or ()
        if self.groups != 1:
            raise ShapeError("`connections` and `groups` exclude each other", argument="connections")
        if self.weight_norm:
            raise ShapeError("`connections` and `weight_norm` exclude each other", argument="connections")
        if len(rows) != self.out:
            raise ShapeError(f"`connections` has {len(rows)} rows for {self.out} output maps", argument="connections")
        for row in rows:
            if max(row) >= x.channels:
                raise ShapeError(
                    f"`connections` names input map {max(row)}; there are {x.channels}, counted from 0",
                    argument="connections",
                )
            if len(set(row)) != len(row):
                raise ShapeError(f"`connections` names an input map twice: {list(row)}", argument="connections")
