"""Figures at points that a program chose, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from convcost.algebra.lanes import Array
from convcost.errors import UsageError
from convcost.ops.numbers import Number
from convcost.reading.description import Description
from convcost.sweeping.axes import arrays_of, axis_of
from convcost.sweeping.blocks import evaluated, narrowed
from convcost.sweeping.forms import form
from convcost.sweeping.plan import Chosen, Plan
from convcost.sweeping.prepare import prepared

Masked: TypeAlias = np.ma.MaskedArray[Any, np.dtype[Any]]


@dataclass(frozen=True, eq=False)
class Sweep:
    """Figures of a network at many points: `sweep["macs"]` is an array of exact ints, as large as they need.

    It is a masked array, without a value where the network refuses the point.
    """

    figures: Mapping[str, Masked]
    """The arrays by the figures' names, in the shape that the points' arrays make together."""
    refused: Array
    """Where the network refuses the point: an array of bools."""

    def __getitem__(self, figure: str) -> Masked:
        """The array of a figure."""
        return self.figures[figure]

    def __repr__(self) -> str:
        refused = f", {self.refused.sum():,} refused" if self.refused.any() else ""
        return f"<Sweep of {', '.join(self.figures)}: {self.refused.size:,} points{refused}>"


def sweep(
    description: Description,
    points: Mapping[str, object],
    figures: Sequence[str],
    settings: Mapping[str, Number | str],
    variant: str | None,
    dtype: str | None,
) -> Sweep:
    """Return figures of a network at points: `points` has the values of each symbol, arrays that broadcast.

    Raises UsageError for what is no value of a symbol, and SpecError if there is no network at any point.
    """
    arrays, shape = arrays_of(points)
    axes, indices = [], dict[str, Array]()
    for name, array in arrays.items():
        if name in settings:
            raise UsageError(f"`{name}` is set as well", "set it, or give points of it")
        axis, index = axis_of(name, array)
        axes.append(axis)
        indices[name] = np.broadcast_to(index, shape).reshape(-1)
    if not axes or not all(map(len, axes)):
        raise UsageError("there are no points", "for example points={'H': [192, 224, 256]}")
    plan = Plan(
        description,
        tuple(settings.items()),
        variant,
        tuple(axes),
        tuple(figures),
        chosen=Chosen(indices),
        dtype=dtype or description.dtype,
    )
    try:
        found, holds = _all(prepared(plan))
    finally:
        form.cache_clear()  # it would keep the points
    refused = ~holds.reshape(shape)
    return Sweep(
        {of: np.ma.array(array.reshape(shape), mask=refused) for of, array in zip(figures, found, strict=True)}, refused
    )


def _all(plan: Plan) -> tuple[list[Array], Array]:
    """The totals at all points of a plan, in their order, and where they mean something."""
    blocks = [evaluated(plan, number) for number in range(plan.blocks)]
    back = np.argsort(plan.order)

    def joined(arrays: Sequence[Array]) -> Array:
        parts = (np.broadcast_to(array, block.shape) for array, block in zip(arrays, blocks, strict=True))
        return np.concatenate(list(parts))[back]

    *totals, holds = map(joined, zip(*((*block.totals, block.holds) for block in blocks), strict=True))
    return list(map(narrowed, totals)), holds
