"""A tensor's axes cut in parts and put together anew, as a reshape wants them: no number is moved."""

from __future__ import annotations

from typing import Any

from convcost.ops.numbers import exact
from convcost.reading.graph.views import (
    MOST_AXES,
    Axis,
    Batch,
    Factor,
    Refusal,
    View,
    extent,
    is_one,
    multiplied,
    same,
    text,
    view,
)


def reshaped(x: View, sizes: tuple[Any, ...]) -> View | None:
    """Return the tensor with axes of these sizes; None if that would cut its axes where their parts don't meet.

    Refusal if the numbers would not be as many.
    """
    if len(sizes) > MOST_AXES:
        raise Refusal(f"makes a tensor of more than {MOST_AXES} axes")
    left = [factor for axis in x.axes for factor in axis]
    axes: list[Axis] = []
    wanted = list(sizes)
    while wanted:
        if is_one(wanted[0]):
            axes.append(())
            del wanted[0]
            continue
        run = _run(left, wanted)
        if run is None:
            if alike_in_all(left, wanted):
                return None
            raise Refusal(f"makes {text(sizes)} of {text(x.sizes)}")
        factors, count = left[: run[0]], run[1]
        cut = _cut(factors, wanted[:count])
        if cut is None:
            return None
        axes += cut
        del left[: run[0]], wanted[:count]
    if left:
        raise Refusal(f"makes {text(sizes)} of {text(x.sizes)}")
    return view(x.tensor, axes)


def alike_in_all(factors: list[Factor], sizes: list[Any]) -> bool:
    """Return whether factors and sizes make the same number."""
    try:
        return same(extent(tuple(factors)), multiplied(sizes))
    except ValueError:
        return False


def _run(factors: list[Factor], sizes: list[Any]) -> tuple[int, int] | None:
    """Return how many factors make as much as how many sizes: the fewest."""
    for total in range(2, len(factors) + len(sizes) + 1):
        for count in range(max(1, total - len(sizes)), min(len(factors), total - 1) + 1):
            if alike_in_all(factors[:count], sizes[: total - count]):
                return count, total - count
    return None


def _cut(factors: list[Factor], sizes: list[Any]) -> list[Axis] | None:
    """Return axes of these sizes, of which factors are cut in parts; None if the parts don't meet."""
    if len(sizes) == 1:
        return [tuple(factors)]
    axes: list[Axis] = []
    rest = list(factors)
    for size in sizes:
        axis: list[Factor] = []
        missing = size
        while not is_one(missing):
            if not rest:
                return None
            factor = rest.pop(0)
            share = _shared(factor.size, missing)
            if share is None:
                return None
            part, more, missing = share
            if is_one(more):
                axis.append(factor)
            else:
                axis.append(Factor(factor.axis, (*factor.place, 0), part))
                rest.insert(0, Factor(factor.axis, (*factor.place, 1), more))
        axes.append(tuple(axis))
    return axes


def _shared(size: Any, missing: Any) -> tuple[Any, Any, Any] | None:
    """Return the part of a factor that is taken, what is left of it, and what is missing then; None if none fits."""
    if same(size, missing):
        return size, 1, 1
    if isinstance(size, Batch):
        return (size, 1, missing.times) if isinstance(missing, Batch) else None
    if isinstance(missing, Batch):
        try:
            return size, 1, missing // size
        except ValueError:
            return None
    if isinstance(size, int) and isinstance(missing, int):
        if size % missing == 0:
            return missing, size // missing, 1
        return (size, 1, missing // size) if missing % size == 0 else None
    # The places where symbols are cut were found to make as much in all: exact division is right or not at all.
    return (missing, exact(size, missing), 1) if isinstance(missing, int) else None
