"""What is looked for, in which steps, and what is found."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from convcost.algebra.conditions import Condition
from convcost.algebra.domain import lattice
from convcost.algebra.law import Law
from convcost.algebra.polynomial import Polynomial
from convcost.errors import UsageError
from convcost.ops.arguments import LARGEST
from convcost.solve.limits import Limit
from convcost.solve.search import Point, Search

DEFAULT_STEP = Fraction(1, 20)


@dataclass(frozen=True, slots=True)
class Solution:
    """The largest values within the limits: one, or for two symbols all of which neither can be larger alone."""

    law: Law
    limits: tuple[Limit, ...]
    steps: Mapping[str, Fraction]
    guessed: tuple[str, ...]
    """Symbols whose steps are none that the network suggests: between their multiples there may be better values."""
    points: tuple[Point, ...]
    next: tuple[Point | None, ...]
    """For each point the next larger value of the last symbol that the network takes."""
    smallest: Point | None
    """Where there is no solution, the smallest values that the network takes."""
    outside: Point | None
    """For one symbol: the largest of all smaller values that is not within the limits, for totals need not rise."""
    only: tuple[Condition, ...]
    """Where these do not hold was not searched, though the network takes some of the values there."""


def solve(
    law: Law,
    symbols: Sequence[str],
    limits: Sequence[Limit],
    steps: Mapping[str, Fraction],
    progress: Callable[[int, int], None] | None = None,
) -> Solution:
    """Return the largest multiples of the steps for which all limits hold.

    Other variables of the law are at their defaults. `progress` is told how many values of how many are done.
    UsageError if there is no largest value, or if there are too many to try.
    """
    for step in steps.values():
        if step > LARGEST:
            raise UsageError(f"--step {step}: no size is larger than {LARGEST:,}")
    chosen = {symbol: steps.get(symbol) or whole_step(law, symbol) or DEFAULT_STEP for symbol in symbols}
    # Most multiples of a fine step give no whole width: those are not tried.
    tried = {symbol: _common_multiple(step, whole_step(law, symbol) or step) for symbol, step in chosen.items()}
    search = Search(law, limits, tried)
    last = symbols[-1]
    if len(symbols) == 2:
        points = search.front(symbols[0], last, progress or (lambda done, of: None))
    else:
        points = tuple(filter(None, [search.largest(last, {})]))
    return Solution(
        law=law,
        limits=search.limits,
        steps=chosen,
        guessed=tuple(symbol for symbol in symbols if symbol not in steps and whole_step(law, symbol) is None),
        points=points,
        next=tuple(search.next(last, point.values) for point in points),
        smallest=None if points else search.smallest(),
        outside=search.largest_outside(last, points[0].values) if points and len(symbols) == 1 else None,
        only=search.elsewhere(),
    )


def whole_step(law: Law, symbol: str) -> Fraction | None:
    """Return what the symbol has to be a multiple of for all that must be whole; None if there is nothing like that."""
    number = law.all_variables[symbol].number
    if number.is_whole:
        return Fraction(1)
    for whole in lattice([condition.number for condition in law.conditions if condition.kind == "whole"]):
        if isinstance(whole, Polynomial) and whole.terms.keys() == number.terms.keys():
            (c,) = whole.terms.values()
            return 1 / Fraction(c)
    return None


def _common_multiple(a: Fraction, b: Fraction) -> Fraction:
    """The least number that is a whole multiple of both."""
    below = math.lcm(a.denominator, b.denominator)
    return Fraction(math.lcm(int(a * below), int(b * below)), below)
