"""Winograd's minimal filtering F(m x m, 3 x 3) (Lavin & Gray 2016, arXiv:1509.09308).

The output is cut into tiles of m x m; each takes alpha x alpha inputs d, alpha = m + 2, and with a filter g gives

    Y = A^T [(G g G^T) * (B^T d B)] A          * multiplies element by element

so alpha^2 multiplies stand for 9 m^2: 16 for 36, or 36 for 144. Tiles that hang over the edge cost as much as whole
ones. The transforms come on top. B^T d B is alpha products of B^T with a column, then alpha with a row: each costs the
constants of B^T other than 0, 1 and -1 in multiplies, and one less than its entries, row by row, in additions. Nothing
is shared between products, so these are more than the best known programs, whose counts are `PUBLISHED_FLOPS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from convcost.errors import ShapeError
from convcost.ops.base import Shape, by_x
from convcost.ops.conv import Conv
from convcost.ops.numbers import Number, ceil_div, product

Matrix = tuple[tuple[Fraction | int, ...], ...]

_H, _Q, _S, _T, _U = (Fraction(1, n) for n in (2, 4, 6, 12, 24))

DATA: dict[int, Matrix] = {  # B^T
    2: ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, 0, -1)),
    4: (
        (4, 0, -5, 0, 1, 0),
        (0, -4, -4, 1, 1, 0),
        (0, 4, -4, -1, 1, 0),
        (0, -2, -1, 2, 1, 0),
        (0, 2, -1, -2, 1, 0),
        (0, 4, 0, -5, 0, 1),
    ),
}
FILTER: dict[int, Matrix] = {  # G
    2: ((1, 0, 0), (_H, _H, _H), (_H, -_H, _H), (0, 0, 1)),
    4: ((_Q, 0, 0), (-_S, -_S, -_S), (-_S, _S, -_S), (_U, _T, _S), (_U, -_T, _S), (0, 0, 1)),
}
INVERSE: dict[int, Matrix] = {  # A^T
    2: ((1, 1, 1, 0), (0, 1, -1, -1)),
    4: ((1, 1, 1, 1, 1, 0), (0, 1, -1, 2, -2, 0), (0, 1, 1, 4, 4, 0), (0, 1, -1, 8, -8, 1)),
}
PUBLISHED_FLOPS = {2: (32, 28, 24), 4: (156, 72, 100)}
"""Per tile: data, filter and inverse transform with common terms shared (Lavin & Gray, sec. 4)."""


@dataclass(frozen=True, slots=True)
class Winograd:
    """The cost of one convolution by F(m x m, 3 x 3), for one sample."""

    tiles: Number
    elementwise_multiplies: Number
    filter_multiplies: Number
    filter_additions: Number
    data_multiplies: Number
    data_additions: Number
    inverse_multiplies: Number
    inverse_additions: Number
    extra_elements: Number
    """Filters, tiles and products in transformed form."""

    @property
    def multiplies(self) -> Number:
        """All multiplies, the filters' transforms included."""
        return self.filter_multiplies + self.multiplies_precomputed

    @property
    def multiplies_precomputed(self) -> Number:
        """All multiplies where the filters have been transformed beforehand."""
        return self.elementwise_multiplies + self.data_multiplies + self.inverse_multiplies


def winograd(conv: Conv, x: Shape, m: int) -> Winograd:
    """Return the cost of a convolution by F(m x m, 3 x 3); ShapeError if that does not apply."""
    require_winograd(conv, x, m)
    alpha = m + 2
    pairs = conv.channel_pairs(x)
    tiles = product(ceil_div(o, m) for o in conv.output(x).size)
    # How often each matrix meets a vector: on the columns of what it transforms, then on the rows of the result.
    on_filters, on_data, on_outputs = (
        (3 + alpha) * pairs,
        2 * alpha * tiles * x.channels,
        (alpha + m) * tiles * conv.out,
    )
    return Winograd(
        tiles=tiles,
        elementwise_multiplies=alpha**2 * tiles * pairs,
        filter_multiplies=multiplies(FILTER[m]) * on_filters,
        filter_additions=additions(FILTER[m]) * on_filters,
        data_multiplies=multiplies(DATA[m]) * on_data,
        data_additions=additions(DATA[m]) * on_data,
        inverse_multiplies=multiplies(INVERSE[m]) * on_outputs,
        inverse_additions=additions(INVERSE[m]) * on_outputs,
        extra_elements=alpha**2 * (pairs + tiles * (x.channels + conv.out)),
    )


def require_winograd(conv: Conv, x: Shape, m: int) -> None:
    """Refuse what F(m x m, 3 x 3) cannot compute."""
    if m not in DATA:
        raise ShapeError(f"F({m}x{m}, 3x3) is not tabulated; m is 2 or 4")
    if x.rank != 2 or tuple(conv.kernel) != (3, 3):
        raise ShapeError(f"F({m}x{m}, 3x3) computes 3x3 kernels, not {by_x(conv.kernel)}", argument="kernel")
    for name, values in (("stride", conv.stride), ("dilation", conv.dilation)):
        if tuple(values) != (1, 1):
            raise ShapeError(f"F({m}x{m}, 3x3) computes {name} 1, not {by_x(values)}", argument=name)


def multiplies(matrix: Matrix) -> int:
    """Multiplies to apply a constant matrix to a vector: 0, 1 and -1 are free."""
    return sum(entry not in (0, 1, -1) for row in matrix for entry in row)


def additions(matrix: Matrix) -> int:
    """Additions to apply a constant matrix to a vector: zeros are skipped."""
    return sum(sum(entry != 0 for entry in row) - 1 for row in matrix)
