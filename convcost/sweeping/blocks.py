"""A block of points, evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np

from convcost.algebra.lanes import LIMIT, Array, Lanes, array_of
from convcost.algebra.masks import mask, undisturbed
from convcost.analysis.recount import recount
from convcost.errors import UsageError
from convcost.figures import FIGURES
from convcost.ops.numbers import Number
from convcost.sweeping.axes import divided
from convcost.sweeping.forms import Form, form
from convcost.sweeping.plan import Plan, kinds
from convcost.sweeping.products import Products

MOST_COUNTED = 10_000
"""Points of a network with guards that only numbers can answer: each is counted."""


@dataclass(frozen=True)
class Block:
    """Points with the totals there. Arrays broadcast to `shape`; the last axis is the fastest."""

    plan: Plan
    first: int
    """The number of the first point."""
    shape: tuple[int, ...]
    above: tuple[Array, ...]
    """The numerators of the axes' values."""
    totals: tuple[Array, ...]
    holds: Array
    """Where the network takes the values; elsewhere a total means nothing."""

    @cached_property
    def chosen(self) -> Array | None:
        """The indices of the points that the network takes; None if it takes all."""
        return None if self.holds.all() else np.flatnonzero(np.broadcast_to(self.holds, self.shape))

    @property
    def size(self) -> int:
        """The number of points."""
        return prod(self.shape)

    @property
    def rows(self) -> int:
        """The number of points that the network takes."""
        return self.size * int(self.holds.sum()) // self.holds.size

    def at(self, array: Array, points: Array) -> Array:
        """Return the values of an array at points, by their indices."""
        if array.shape == self.shape:
            return array.reshape(-1)[points]
        return np.broadcast_to(array, self.shape)[np.unravel_index(points, self.shape)]

    def taken(self, array: Array) -> Array:
        """Return an array's values at the points that the network takes, one after the other."""
        flat = np.broadcast_to(array, self.shape).reshape(-1)
        return flat if self.chosen is None else flat[self.chosen]

    def column(self, name: str) -> Array:
        """Return a total's values, or the numerators of an axis."""
        names = self.plan.names
        return self.above[names.index(name)] if name in names else self.totals[self.plan.totals.index(name)]


def values_at(block: Block, point: tuple[int, ...]) -> dict[str, Number]:
    """Return the values of the symbols at a point of a block, by its index."""
    above = (int(np.broadcast_to(array, block.shape)[point]) for array in block.above)
    return {axis.name: divided(n, axis.below) for axis, n in zip(block.plan.axes, above, strict=True)}


def evaluated(plan: Plan, number: int) -> Block:
    """Return the block with this number."""
    first, indices = plan.first_of(number), plan.indices(number)
    return _of_one_form(plan, first, indices) if plan.is_grid else _drawn(plan, first, indices)


def _drawn(plan: Plan, first: int, indices: tuple[Array, ...]) -> Block:
    """The block of points of no grid, those with the same values of the fixed axes together: they share a form."""
    if plan.fixed == 0:
        return _of_one_form(plan, first, indices)
    kind = kinds(indices[: plan.fixed])
    order = np.argsort(kind, kind="stable")
    places = np.split(order, np.flatnonzero(np.diff(kind[order])) + 1)
    blocks = [_of_one_form(plan, first, tuple(picked[place] for picked in indices)) for place in places]

    def joined(arrays: Sequence[Array]) -> Array:
        together = np.concatenate([np.broadcast_to(a, block.shape) for a, block in zip(arrays, blocks, strict=True)])
        back = np.empty_like(together)
        back[order] = together
        return back

    columns = zip(*((*block.above, *block.totals, block.holds) for block in blocks), strict=True)
    *arrays, holds = map(joined, columns)
    axes = len(plan.axes)
    return Block(plan, first, order.shape, tuple(arrays[:axes]), tuple(arrays[axes:]), holds)


def _of_one_form(plan: Plan, first: int, indices: tuple[Array, ...]) -> Block:
    """The block of points that have the same values of the fixed axes."""
    columns = [axis.pick(picked) for axis, picked in zip(plan.axes, indices, strict=True)]
    shape = np.broadcast_shapes(*(picked.shape for picked in indices))
    fixed = [axis.value(int(picked.flat[0])) for axis, picked in zip(plan.axes[: plan.fixed], indices, strict=False)]
    nothing = tuple(np.asarray(0) for _ in plan.totals)
    block = Block(plan, first, shape, tuple(c.above for c in columns), nothing, np.asarray(False))
    at = form(plan, *fixed)
    if at is None:
        return block
    values = dict(zip(plan.free, columns[plan.fixed :], strict=True))
    totals, holds = totals_at(at, values, dict(zip(plan.free, indices[plan.fixed :], strict=True)))
    block = replace(block, totals=totals, holds=holds)
    if at.law.unanswered or None in at.totals:
        return _counted(block, at, np.ones(shape, dtype=bool))
    with undisturbed():
        other = holds & ~mask(at.where, at.law.at(values)) if at.where else np.asarray(False)
    return _counted(block, at, np.broadcast_to(other, shape)) if other.any() else block


def totals_at(at: Form, values: Mapping[str, Lanes], indices: Mapping[str, Array]) -> tuple[tuple[Array, ...], Array]:
    """Return the totals, and where they mean something, at values of the free axes, which have these indices there."""
    evaluation = at.law.at(values)
    with undisturbed():
        totals = (
            n.at(indices) if isinstance(n, Products) else array_of(evaluation(0 if n is None else n)) for n in at.totals
        )
        return tuple(totals), mask(at.conditions, evaluation)


def _counted(block: Block, at: Form, places: Array) -> Block:
    """The block with the points at these places counted: what has no formula there, and guards that need numbers."""
    plan = block.plan
    if plan.points > MOST_COUNTED:
        help = f"choose larger steps: at most {MOST_COUNTED:,} points can be counted"
        without = [of for of, n in zip(plan.totals, at.totals, strict=True) if n is None or not FIGURES[of].has_law]
        reason = at.law.unanswered[0] if at.law.unanswered else f"`{without[0]}` has no formula for all points"
        raise UsageError(f"no closed form holds for sure: {reason}", help)
    holds = np.broadcast_to(block.holds, block.shape).copy()
    totals = [np.broadcast_to(total, block.shape).astype(object) for total in block.totals]
    for place in zip(*np.nonzero(places), strict=True):
        point = tuple(map(int, place))
        values = values_at(block, point)
        found = recount(at.law, plan.totals, {name: values[name] for name in plan.free})
        holds[point] = found is not None
        for array, of in zip(totals, plan.totals, strict=True):
            array[point] = found[of] if found else 0
    return replace(block, totals=tuple(map(narrowed, totals)), holds=holds)


def narrowed(array: Array) -> Array:
    """Return an array of ints, in 64 bits where they fit."""
    fits = array.dtype != object or max(map(abs, array.flat), default=0) < LIMIT
    return array.astype(np.int64, copy=False) if fits else array
