"""Transposed convolution: every input element scatters a kernel into the output.

    [C_out, o...] = conv_transpose([C_in, i...], weights [C_in, C_out/g, k...])

It multiplies once per input position, not per output position: counting over the output is prod(stride) too high.
Sizes: Dumoulin & Visin 2016, relationships 13 and 14, with dilation and output padding as in torch. `same` and `valid`
are Keras's: o = i*s, and o = i*s + max(d(k-1) + 1 - s, 0). They stand for numbers: what `same` cuts off, the smaller
half before, and an output padding where the kernel is smaller than the stride.
"""

from __future__ import annotations

from typing import Any

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape, Work, require_divisible, require_spatial
from convcost.ops.numbers import Number, exact, maximum, product
from convcost.ops.windows import Reads, TransposedWindow


class ConvTranspose(Operator):
    """Transposed convolution: each input element scatters a kernel; also called, wrongly, deconvolution."""

    out: Number = arg.argument(arg.Count())
    kernel: tuple[Number, ...] = arg.argument(arg.PerAxis())
    stride: tuple[Number, ...] = arg.argument(arg.PerAxis(), 1)
    padding: tuple[tuple[Number, Number], ...] = arg.argument(arg.TransposedPadding(), 0)
    output_padding: tuple[Number, ...] = arg.argument(arg.PerAxis(least=0), 0)
    dilation: tuple[Number, ...] = arg.argument(arg.PerAxis(), 1)
    groups: Number = arg.argument(arg.Count(), 1)
    bias: bool = arg.argument(arg.Flag(), True)

    def __init__(self, **given: Any) -> None:
        """Take the arguments as they are meant, so that nothing below knows the words; ShapeError if they exclude."""
        if isinstance(padding := given["padding"], str):
            if any(given["output_padding"]):
                raise ShapeError("output_padding goes with a padding in numbers", argument="output_padding")
            extents = [d * (k - 1) + 1 for k, d in zip(given["kernel"], given["dilation"], strict=True)]
            pairs = list(zip(extents, given["stride"], strict=True))
            cut = [maximum(extent - s, 0) for extent, s in pairs] if padding == "same" else [0] * len(pairs)
            given["padding"] = tuple((n // 2, n - n // 2) for n in cut)
            given["output_padding"] = tuple(maximum(s - extent, 0) for extent, s in pairs)
        super().__init__(**given)

    def check(self, x: Shape) -> None:
        require_spatial("conv_transpose", x)
        require_divisible("input channels", x.channels, self.groups)
        require_divisible("output channels", self.out, self.groups)
        for axis, w in enumerate(self.windows(x)):
            if w.output_padding >= maximum(w.stride, w.dilation):
                raise ShapeError(
                    f"output_padding {w.output_padding} must be smaller than stride {w.stride} or dilation "
                    f"{w.dilation} on axis {axis}",
                    argument="output_padding",
                )
            if w.output(x.size[axis]) < 1:
                raise ShapeError(
                    f"padding {w.before} + {w.after} leaves nothing of the output on axis {axis}", argument="padding"
                )

    def windows(self, x: Shape) -> tuple[TransposedWindow, ...]:
        per_axis = zip(self.kernel, self.stride, self.padding, self.dilation, self.output_padding, strict=True)
        return tuple(TransposedWindow(k, s, before, after, d, a) for k, s, (before, after), d, a in per_axis)

    def output(self, x: Shape) -> Shape:
        return Shape(self.out, tuple(w.output(i) for w, i in zip(self.windows(x), x.size, strict=True)))

    def params(self, x: Shape) -> Params:
        return Params(
            weights=x.channels * exact(self.out, self.groups) * product(self.kernel),
            biases=self.out if self.bias else 0,
        )

    def work(self, x: Shape) -> Work:
        return Work(
            macs=x.elements * exact(self.out, self.groups) * product(self.kernel),
            additions=self.output(x).elements if self.bias else 0,
        )

    def useful_work(self, x: Shape) -> Work:
        # A product is kept if it lands inside the output: the transpose's reads, with the roles of i and o swapped.
        lands = zip(self.windows(x), x.size, self.output(x).size, strict=True)
        kept = product(window.forward.real_reads(o, i) for window, i, o in lands)
        return self.work(x)._replace(macs=x.channels * exact(self.out, self.groups) * kept)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (self.windows(x),)
