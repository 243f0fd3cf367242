"""What is looked for, in which steps, and what is found."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from convcost.algebra.conditions import Condition
from convcost.algebra.law import Law
from convcost.analysis.in_symbols import axis_formula
from convcost.errors import UsageError
from convcost.figures import FIGURES
from convcost.ops.arguments import LARGEST
from convcost.ops.numbers import Number
from convcost.solve.grid import Grid, whole_step
from convcost.solve.limits import Limit
from convcost.solve.search import GivenUp, Point, Search

DEFAULT_STEP = Fraction(1, 20)


@dataclass(frozen=True, slots=True)
class Solution:
    """The largest values within the limits: one, or for two symbols all of which neither can be larger alone.

    Of one symbol it is the smallest value where all limits are from below, and both of them where only some are.
    """

    law: Law
    limits: tuple[Limit, ...]
    steps: Mapping[str, Fraction]
    guessed: tuple[str, ...]
    """Symbols whose steps are none that the network suggests: between their multiples there may be better values."""
    points: tuple[Point, ...]
    next: tuple[Point | None, ...]
    """For each point the next larger value of the last symbol that the network takes; None for the smallest value."""
    smallest: Point | None
    """Where there is no solution, the smallest values that the network takes."""
    outside: Point | None
    """For one symbol: the largest of all smaller values (of a range, of those in it) that is not within the limits."""
    only: tuple[Condition, ...]
    """Where these do not hold was not searched, though the network takes some of the values there."""
    least: Mapping[str, Number]
    """The smallest value that each symbol may have: below 0 where there is none."""
    untried: str | None
    """What was not searched because that would have taken too long; None if all was."""


def solve(
    law: Law,
    symbols: Sequence[str],
    limits: Sequence[Limit],
    steps: Mapping[str, Fraction],
    progress: Callable[[int, int], None] | None = None,
) -> Solution:
    """Return the largest multiples of the steps for which all limits hold.

    Of one symbol it is the smallest multiple where all limits are from below, and the smallest, too, where some are.
    Other variables of the law are at their defaults. `progress` is told how many values of how many are done.
    UsageError if there is no largest value, or if there are too many to try.
    """
    for step in steps.values():
        if step > LARGEST:
            raise UsageError(f"--step {step}: no size is larger than {LARGEST:,}")
    chosen = {symbol: steps.get(symbol) or whole_step(law, symbol) or DEFAULT_STEP for symbol in symbols}
    # Most multiples of a fine step give no whole width: those are not tried.
    tried = {symbol: _common_multiple(step, whole_step(law, symbol) or step) for symbol, step in chosen.items()}
    for of in (limit.of for limit in limits if FIGURES[limit.of].is_per_axis):
        law = axis_formula(law, of).law
    grid, last = Grid(law, tried), symbols[-1]
    search = Search(grid, limits)
    points, next, outside, untried = list[Point](), list[Point | None](), None, None
    try:
        sought = sought_of(limits, symbols)
        if sought != "smallest":
            for point in search.largest_of_all(progress or (lambda done, of: None)):
                points.append(point)
                next.append(search.next(last, point.values))
        if sought == "smallest" or (sought == "range" and points):
            for point in filter(None, [search.smallest_of_all(last)]):
                if point not in points:
                    points.append(point)
                    next.append(None)
        if points and sought in ("largest", "range"):
            start = grid.place(last, points[-1].values[last]) if sought == "range" else None
            outside = search.largest_outside(last, points[0].values, start)
    except GivenUp as reason:
        if not points:
            raise
        untried = reason.untried
    return Solution(
        law=law,
        limits=search.limits,
        steps=chosen,
        guessed=tuple(symbol for symbol in symbols if symbol not in steps and whole_step(law, symbol) is None),
        points=tuple(reversed(points)),
        next=tuple(reversed(next)),
        smallest=None if points else search.smallest(),
        outside=outside,
        only=grid.elsewhere(),
        least={symbol: step * Grid(law, chosen).first(symbol) for symbol, step in chosen.items()},
        untried=untried,
    )


def sought_of(limits: Sequence[Limit], symbols: Collection[str]) -> str:
    """Return what is looked for: the `largest` value of one symbol, the `smallest`, the `range`, or `trade-offs`."""
    if len(symbols) > 1:
        return "trade-offs"
    upper = {limit.upper for limit in limits}
    return "range" if len(upper) > 1 else "largest" if True in upper else "smallest"


def _common_multiple(a: Fraction, b: Fraction) -> Fraction:
    """The least number that is a whole multiple of both."""
    below = math.lcm(a.denominator, b.denominator)
    return Fraction(math.lcm(int(a * below), int(b * below)), below)
