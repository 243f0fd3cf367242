"""Whether a kernel splits into one-dimensional ones, into which, and how much is lost where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from itertools import product
from math import gcd, lcm, prod
from typing import Any

from convcost.algorithms.separability import kernel_size, rank, unfolding_ranks
from convcost.errors import ShapeError, UsageError
from convcost.ops.base import by_x

MOST_AXES = 3

FLOAT_STEP = 2.0**-53
"""The relative error of a number rounded to a double."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The best approximation by one outer product: s times a unit column times a unit row."""

    singular_values: tuple[float, ...]
    column: tuple[float, ...]
    row: tuple[float, ...]

    @property
    def error(self) -> float:
        """What is left, relative to the kernel, in Frobenius norm: sqrt(s_2^2 + ...) / sqrt(s_1^2 + s_2^2 + ...)."""
        squares = [s * s for s in self.singular_values]
        return float((sum(squares[1:]) / sum(squares)) ** 0.5)


@dataclass(frozen=True, slots=True)
class Split:
    """What there is to say about a kernel's separability. `vectors` are exact, one per axis, if it has any."""

    kernel: Sequence[Any]
    size: tuple[int, ...]
    element_sum: Fraction
    ranks: tuple[int, ...]
    """For each axis, the rank of that axis against all others; one number in two dimensions."""
    vectors: tuple[tuple[Fraction, ...], ...] | None
    fit: Fit | None
    """In two dimensions."""
    near: tuple[int, ...] | None = None
    """The ranks of kernels that are these numbers but for the rounding of decimals, per axis as in `ranks`; None where
    that says no more: `ranks` are those of the numbers exactly as they are written."""

    @property
    def separable(self) -> bool:
        """Whether it splits, as exactly as its numbers are written."""
        return set(self.near or self.ranks) == {1}

    @property
    def products(self) -> int:
        """Per output, as it stands."""
        return prod(self.size)

    @property
    def split_products(self) -> int | None:
        """Per output, as a sum of as many outer products as its rank; None in three dimensions unless that is one."""
        if self.separable:
            return sum(self.size)
        return (self.near or self.ranks)[0] * sum(self.size) if len(self.size) == 2 else None


def split(kernel: Sequence[Any]) -> Split:
    """Return how a kernel separates; UsageError if this is not a kernel of two or three axes."""
    try:
        size = kernel_size(kernel)
    except ShapeError as error:
        raise UsageError(f"--weights: {error.message}") from None
    if not 2 <= len(size) <= MOST_AXES or prod(size) > 1024:
        raise UsageError(f"--weights: a kernel has 2 or 3 axes and at most 1024 numbers; this is {by_x(size)}")
    entries = {index: Fraction(_at(kernel, index)) for index in product(*map(range, size))}
    if not any(entries.values()):
        raise UsageError("--weights: all numbers of this kernel are zero")
    ranks = (rank(kernel),) if len(size) == 2 else unfolding_ranks(kernel)
    near = _near(kernel, size)
    return Split(
        kernel=kernel,
        size=size,
        element_sum=sum(entries.values(), Fraction(0)),
        ranks=ranks,
        vectors=_vectors(entries, size) if set(ranks) == {1} else None,
        fit=_fit(kernel) if len(size) == 2 else None,
        near=near if near and near != ranks else None,
    )


def _near(kernel: Sequence[Any], size: tuple[int, ...]) -> tuple[int, ...] | None:
    """Ranks within the decimals, one for each unfolding (one in two dimensions); None without decimals.

    Rounding moves a decimal by half a unit of its last digit, or by a few units of a double's last bit, and moves no
    whole number. The nearest kernel of rank r in Frobenius norm (Eckart & Young 1936) is taken for what was rounded if
    it is within twice that at every entry, as it need not be the very one.
    """
    import numpy as np

    entries = [_at(kernel, index) for index in product(*map(range, size))]
    if not any(isinstance(entry, Decimal) for entry in entries):
        return None
    values = np.array(list(map(float, entries))).reshape(size)
    moved = np.maximum(np.array(list(map(_half_unit, entries))).reshape(size), 4 * FLOAT_STEP * np.abs(values))
    found = []
    for axis in range(len(size) if len(size) > 2 else 1):
        unfolded, off = (np.moveaxis(one, axis, 0).reshape(size[axis], -1) for one in (values, moved))
        left, scales, right = np.linalg.svd(unfolded, full_matrices=False)
        parts = (left[:, :rank] * scales[:rank] @ right[:rank] for rank in range(1, len(scales)))
        within = [bool(np.all(np.abs(unfolded - part) <= 2 * off)) for part in parts]
        found.append([*within, True].index(True) + 1)
    return tuple(found)


def _half_unit(entry: Any) -> float:
    """Half of the last digit's unit; 0 of a number that is written exactly."""
    return float(Decimal(1).scaleb(int(entry.as_tuple().exponent))) / 2 if isinstance(entry, Decimal) else 0.0


def _vectors(entries: dict[tuple[int, ...], Fraction], size: tuple[int, ...]) -> tuple[tuple[Fraction, ...], ...]:
    """The lines through a pivot along each axis, all but the first scaled to the smallest whole numbers."""
    pivot = next(index for index, entry in entries.items() if entry)
    lines = [
        [entries[(*pivot[:axis], n, *pivot[axis + 1 :])] for n in range(length)] for axis, length in enumerate(size)
    ]
    whole = [_smallest_whole(line) for line in lines[1:]]
    # The product must give the pivot's entry at the pivot.
    scale = prod(line[at] for line, at in zip(whole, pivot[1:], strict=True))
    return (tuple(entry / scale for entry in lines[0]), *map(tuple, whole))


def _smallest_whole(line: Sequence[Fraction]) -> list[Fraction]:
    common = lcm(*(entry.denominator for entry in line))
    numbers = [int(entry * common) for entry in line]
    divisor = reduce(gcd, numbers)
    first = next(n for n in numbers if n)
    return [Fraction(n, divisor if first > 0 else -divisor) for n in numbers]


def _fit(kernel: Sequence[Any]) -> Fit:
    import numpy as np

    left, values, right = np.linalg.svd(np.array([[float(entry) for entry in row] for row in kernel]))
    return Fit(tuple(map(float, values)), tuple(map(float, left[:, 0])), tuple(map(float, right[0])))


def _at(kernel: Any, index: tuple[int, ...]) -> Any:
    return reduce(lambda part, n: part[n], index, kernel)
