"""im2col: every window copied into a column, so that the convolution becomes one matrix product per group.

    [C_out/g, L] = [C_out/g, C_in/g*K] @ [C_in/g*K, L]        K taps, L output positions, g times

Each of the L positions stores the K taps of all C_in channels, padding zeros included: C_in*K*L elements, about
K/prod(stride) times the input (Chellapilla, Puri & Simard 2006). The multiplies are those of the direct convolution.
"""

from __future__ import annotations

from typing import NamedTuple

from convcost.errors import ShapeError
from convcost.ops.base import Shape, require_divisible
from convcost.ops.conv import Conv
from convcost.ops.numbers import Number, exact, product


class MatrixProduct(NamedTuple):
    """`groups` products of a rows x inner with an inner x columns matrix."""

    groups: Number
    rows: Number
    inner: Number
    columns: Number

    @property
    def multiplies(self) -> Number:
        """Multiply-accumulates of all groups."""
        return product(self)


def buffer_elements(conv: Conv, x: Shape) -> Number:
    """Elements of the column buffer for one sample.

    >>> conv = Conv(128, (3, 3), (1, 1), ((0, 0), (0, 0)), (1, 1), 1, False, None, "zeros", False, "trained")
    >>> buffer_elements(conv, Shape(3, (7, 7)))
    675
    """
    return x.channels * product(conv.kernel) * product(conv.output(x).size)


def needs_copy(conv: Conv, x: Shape) -> bool:
    """Return whether there is anything to copy: a 1x1 convolution of stride 1 without padding takes its input as is."""
    windows = conv.windows(x)
    return any((w.kernel, w.stride, w.before, w.after) != (1, 1, 0, 0) for w in windows)


def matrix_product(conv: Conv, x: Shape) -> MatrixProduct:
    """Return the sizes of the matrices that are multiplied; ShapeError if the layer multiplies no whole matrices."""
    if conv.connections is not None:
        raise ShapeError("a table of connections is not a product of whole matrices", argument="connections")
    require_divisible("input channels", x.channels, conv.groups)
    require_divisible("output channels", conv.out, conv.groups)
    return MatrixProduct(
        groups=conv.groups,
        rows=exact(conv.out, conv.groups),
        inner=exact(x.channels, conv.groups) * product(conv.kernel),
        columns=product(conv.output(x).size),
    )
