"""Values for which a law does not hold: whether the network refuses them, or is another one there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

import numpy as np

from convcost.algebra.conditions import Condition
from convcost.algebra.lanes import Lanes
from convcost.algebra.law import Law
from convcost.algebra.masks import mask, undisturbed
from convcost.ops.numbers import Number, plain

MOST = 8
"""Points that are read, to see whether the network refuses them."""


def not_needed(law: Law, conditions: Iterable[Condition], columns: Mapping[str, Lanes]) -> Iterator[Condition]:
    """Conditions without which the network takes some of the values: the law is that of one branch of a guard."""
    for condition, n in _broken(law, conditions, columns)[:MOST]:
        if law.takes(value_at(columns, n)):
            yield condition


def value_at(columns: Mapping[str, Lanes], n: int) -> dict[str, Number]:
    """Return the n-th values of some columns."""
    return {name: plain(Fraction(int(column.above[n]), int(column.below))) for name, column in columns.items()}


def _broken(law: Law, conditions: Iterable[Condition], columns: Mapping[str, Lanes]) -> list[tuple[Condition, int]]:
    """Points for which a condition does not hold, and few others: one for each, by number."""
    at, size = law.at(columns), len(next(iter(columns.values())).above)
    with undisturbed():
        broken = {c: np.broadcast_to(~mask([c], at), size) for c in conditions}
    count = sum(array.astype(int) for array in broken.values())
    found: dict[int, Condition] = {}
    for condition, array in broken.items():
        n = int(np.where(array, count, len(broken) + 1).argmin())
        if array[n]:
            found.setdefault(n, condition)
    return [(condition, n) for n, condition in found.items()]
