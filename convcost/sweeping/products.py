"""Totals as sums of products, whose factors depend on one axis each and are worked out along that axis beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from math import lcm, prod

import numpy as np

from convcost.algebra.anatomy import symbols_of
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.lanes import Array, Lanes
from convcost.algebra.masks import undisturbed
from convcost.algebra.terms import terms_of
from convcost.ops.numbers import Number

EXACT = 2**53
"""Below it floats are exact for whole numbers, and so are sums of them in any order."""


@dataclass(frozen=True)
class Products:
    """A total: the sum, over all rows, of the products of what the axes have there."""

    tables: Mapping[str, Array]
    """For each axis on which the total depends, the fastest last: [rows, values], whole numbers as floats."""
    below: int
    """What the sum is divided by."""
    everywhere: Array | None = None
    """The total at all combinations of the axes' values, one after the other, where that was worked out."""

    def spread(self, most: int) -> Products:
        """Return the same total, worked out everywhere if there are at most so many combinations.

        For points at random: to look a total up takes half as long as to look up all its factors and multiply them.
        """
        sides = [table.shape[1] for table in self.tables.values()]
        if prod(sides) > most:
            return self
        everywhere = self.at(dict(zip(self.tables, np.ogrid[tuple(map(slice, sides))], strict=True)))
        return replace(self, everywhere=everywhere.reshape(-1))

    def at(self, indices: Mapping[str, Array]) -> Array:
        """Return the total at points, by the indices of their values on the axes: arrays that broadcast to them."""
        if self.everywhere is not None:
            place: Array = np.asarray(0)
            for axis, table in self.tables.items():
                place = place * table.shape[1] + indices[axis]
            return self.everywhere.take(place, mode="clip")
        # All indices are on their axis; to clip them is faster than to ask whether they are.
        picked = ((table, indices[axis]) for axis, table in self.tables.items())
        *others, last = taken = [table.take(index, axis=1, mode="clip") for table, index in picked]
        if others and others[-1].shape[-1] == 1 and last[0].size == last.shape[-1]:
            # On a grid it is a product of two matrices.
            total = np.tensordot(reduce(np.multiply, others)[..., 0], last.reshape(len(last), -1), (0, 0))
        else:
            total = np.einsum(f"{','.join('k...' for _ in taken)}->...", *taken)
        whole: Array = total.astype(np.int64)
        return whole if self.below == 1 else whole // self.below


def products_of(total: Number, names: Sequence[str], values: Mapping[str, Lanes]) -> Products | None:
    """Return a total as a sum of products, by the names of the axes and the values of those that are short.

    None if a factor depends on several axes or on a long one, or if floats are not exact.
    """
    axes = [name for name in names if name in symbols_of(total)]
    products = _products(total, axes)
    apart = all(len(symbols_of(factor)) < 2 for product in products for factor in product)
    if not axes or not apart or not values.keys() >= set(axes):
        return None
    tables: dict[str, Array] = {}
    most, below = [1] * len(products), 1
    for axis in axes:
        # Plain numbers go with the first axis.
        rows = [prod(n for n in product if (symbols_of(n) or {axes[0]}) == {axis}) for product in products]
        found = _table(rows, axis, values[axis])
        if found is None:
            return None
        table, divisor = found
        most = [a * b for a, b in zip(most, abs(table).max(axis=1).tolist(), strict=True)]
        tables[axis], below = table.astype(np.float64), below * divisor
    return Products(tables, below) if sum(most) < EXACT else None


def _products(number: Number, names: Sequence[str]) -> list[tuple[Number, ...]]:
    """A number as a sum of as few products as are found, in which each factor depends on one symbol if it can."""
    if len(symbols_of(number)) < 2:
        return [(number,)]
    name, terms = min(((name, terms_of(number, [name], None)) for name in names), key=lambda split: len(split[1]))
    others = [other for other in names if other != name]
    return [(term.extent, *rest) for term in terms for rest in _products(term.coefficient, others)]


def _table(rows: Sequence[Number], axis: str, values: Lanes) -> tuple[Array, int] | None:
    """Numbers at all values of an axis, [rows, values], and their denominator; None if they have several."""
    at = Evaluation({axis: values})
    with undisturbed():
        numbers = [at(row) + 0 * values for row in rows]
    belows = [number.below for number in numbers if isinstance(number.below, int)]
    if len(belows) < len(numbers):
        return None
    below = lcm(*belows)
    scaled = [
        n.above if k == below else n.above.astype(object) * (below // k) for n, k in zip(numbers, belows, strict=True)
    ]
    return np.array(scaled), below
