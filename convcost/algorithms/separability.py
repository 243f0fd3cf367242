"""Which kernels split into one-dimensional passes, and what that saves.

A two-dimensional kernel is a column times a row exactly if its rank is 1; of rank R it is a sum of R such products and
costs R*(kh + kw) products per output instead of kh*kw. In more dimensions every unfolding (one axis against all others)
must have rank 1: slices of rank 1 do not suffice (Kolda & Bader 2009, sec. 2.4). Ranks are exact: elimination
over fractions, without rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from convcost.errors import ShapeError

Kernel = Sequence[Any]
"""Numbers, in lists as deep as the kernel has axes."""


def kernel_size(kernel: Kernel) -> tuple[int, ...]:
    """Return the kernel's extent along each axis; ShapeError if its lists are ragged or empty.

    >>> kernel_size([[1, 2, 1], [0, 0, 0]])
    (2, 3)
    """
    if not isinstance(kernel, Sequence) or isinstance(kernel, str):
        return ()
    inner = {kernel_size(part) for part in kernel}
    if len(inner) != 1:
        raise ShapeError("a kernel is a full grid of numbers: its rows have different lengths, or none")
    return (len(kernel), *inner.pop())


def rank(matrix: Sequence[Sequence[Any]]) -> int:
    """Return the rank of a matrix of exact numbers, by Gaussian elimination.

    >>> rank([[1, 2], [2, 4]])
    1
    """
    rows = [[Fraction(number) for number in row] for row in matrix]
    found = 0
    for column in range(len(rows[0])):
        pivot = next((n for n in range(found, len(rows)) if rows[n][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for row in rows[found + 1 :]:
            factor = row[column] / rows[found][column]
            row[:] = [a - factor * b for a, b in zip(row, rows[found], strict=True)]
        found += 1
    return found


def unfolding_ranks(kernel: Kernel) -> tuple[int, ...]:
    """For each axis, the rank of the kernel laid out as a matrix of that axis against all others."""
    size = kernel_size(kernel)
    return tuple(rank(_unfold(kernel, size, axis)) for axis in range(len(size)))


def _unfold(kernel: Kernel, size: tuple[int, ...], axis: int) -> list[list[Any]]:
    others = [range(n) for position, n in enumerate(size) if position != axis]
    return [[_at(kernel, (*at[:axis], n, *at[axis:])) for at in product(*others)] for n in range(size[axis])]


def _at(kernel: Any, index: tuple[int, ...]) -> Any:
    for n in index:
        kernel = kernel[n]
    return kernel
