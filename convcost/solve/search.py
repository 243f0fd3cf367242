"""The search for values within limits.

The closed form is bounded over whole ranges of values, and ranges with nothing to find are left out at once; what is
left is evaluated value by value, exactly. Solutions have been counted layer by layer as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import process_time
from typing import Any

import numpy as np

from convcost.algebra.domain import is_positive
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.lanes import Array, arange
from convcost.algebra.ranges import Range, bounds, from_ends
from convcost.analysis.recount import recount
from convcost.analysis.whole import Measure
from convcost.errors import UsageError
from convcost.figures import FIGURES
from convcost.ops.arguments import LARGEST, show
from convcost.ops.numbers import Number
from convcost.solve.floors import floor_of, floor_within
from convcost.solve.grid import Grid
from convcost.solve.limits import Limit

CHUNK = 4096
"""Values that are evaluated at once."""

MOST_SECONDS = 4
"""A search that computes longer is given up."""

MOST_REFUSED = 20
"""Values that a network may refuse though the closed form holds for them, before no more are tried."""

MOST_POINTS = 1000
"""Pairs of values that are found before a search is given up."""

COARSER = "choose a larger step: --step NAME=..."


class GivenUp(UsageError):
    """A search that takes too long; `untried` is what was not searched."""

    def __init__(self, untried: str) -> None:
        super().__init__(f"the search was given up after {MOST_SECONDS} seconds: {untried} was not searched", COARSER)
        self.untried = untried


@dataclass(frozen=True, slots=True)
class Point:
    """Values of the symbols, and the totals there."""

    values: Mapping[str, Number]
    totals: Mapping[str, Measure]


class Search:
    """Finds the multiples of a grid for which totals of its law are within limits; it must be done by the deadline."""

    def __init__(self, grid: Grid, limits: Sequence[Limit], deadline: float | None = None) -> None:
        self.deadline = process_time() + MOST_SECONDS if deadline is None else deadline
        self.grid = grid
        self.law = law = grid.law
        self.limits = tuple(limits)
        self.names = list(dict.fromkeys(limit.of for limit in limits))
        self.least = [(c.number, 0) for c in (*law.domain, *law.conditions) if c.kind == ">="]
        """Numbers and how large they have to be."""
        self.starts = {symbol: self.start(symbol) for symbol in grid.steps}
        positive = {symbol for symbol, start in self.starts.items() if start > 0}
        wholes = [c.number for c in law.conditions if c.kind == "whole" and c.number.symbols <= positive]
        # What is whole and positive is at least 1.
        self.least += [(number, 1) for number in wholes if is_positive(number)]
        at = self.at({symbol: grid.range(symbol, start) for symbol, start in self.starts.items()})
        # From the starts on most hold.
        self.least = [(number, least) for number, least in self.least if bounds(at(number))[0] < least]
        self.numbers = {of: floor_of(law, of) for of in self.names}
        self.totals = {of: from_ends(number, at) for of, number in self.numbers.items()}
        self.refused = 0
        self.untried = f"`{next(iter(grid.steps))}`"
        """What of the first symbol has not been searched."""

    def largest_of_all(self, progress: Callable[[int, int], None]) -> Iterator[Point]:
        """Yield the largest value; for two symbols, all pairs of which neither value can be larger alone.

        They come from the largest of the first symbol down.
        """
        first, *others = self.grid.steps
        if others:
            yield from self.front(first, others[0], progress)
        elif point := self.largest(first, {}):
            yield point

    def largest(
        self, symbol: str, others: Mapping[str, Number], start: int | None = None, end: int | None = None
    ) -> Point | None:
        """Return the largest value of one symbol, the others as given, of the multiples from the start to the end."""
        start = self.starts[symbol] if start is None else start
        return self._extreme(symbol, others, start, (self.end(symbol, others, start) if end is None else end) - 1)

    def smallest_of_all(self, symbol: str) -> Point | None:
        """Return the smallest value of one symbol."""
        return self._extreme(symbol, {}, self.starts[symbol], self.last(symbol), smallest=True)

    def _extreme(
        self, symbol: str, others: Mapping[str, Number], start: int, end: int, smallest: bool = False
    ) -> Point | None:
        """The largest of the multiples from the start to the end that are within the limits, or the smallest."""
        ranges = [(start, end)]
        while ranges:
            first, last = ranges.pop()
            self.hurry(symbol, last)
            if first > last or self.excludes({**others, symbol: self.grid.range(symbol, first, last)}):
                continue
            if last - first >= CHUNK:
                middle = (first + last) // 2
                halves = [(first, middle), (middle + 1, last)]
                ranges += halves[::-1] if smallest else halves
                continue
            candidates = self.candidates(symbol, first, last, others)
            for value in reversed(candidates) if smallest else candidates:
                self.hurry(symbol, self.grid.place(symbol, value))
                point = self.recounted({**others, symbol: value})
                self.refused += point is None
                if self.refused > MOST_REFUSED:
                    raise UsageError(f"the network refuses `{symbol}` where its closed form holds: {value}", COARSER)
                if point and all(limit.allows(point.totals[limit.of]) for limit in self.limits):
                    return point
        return None

    def largest_outside(self, symbol: str, values: Mapping[str, Number], start: int | None = None) -> Point | None:
        """Return the largest smaller value that breaks a limit, of the multiples from the start."""
        end = self.grid.place(symbol, values[symbol])
        exact = (limit for limit in self.limits if FIGURES[limit.of].has_law)
        searches = (Search(self.grid, [limit.opposite], self.deadline) for limit in exact)
        found = [point for search in searches if (point := search.largest(symbol, {}, start, end))]
        return max(found, key=lambda point: point.values[symbol], default=None)

    def front(self, first: str, second: str, progress: Callable[[int, int], None]) -> Iterator[Point]:
        """Yield the pairs of which neither value can be larger alone, from the largest of the first symbol down."""
        start, better, found = self.starts[first], self.starts[second], 0
        end = self.end(first, {second: self.grid.range(second, better)}, start)
        blocks = [(start, end - 1)]
        while blocks:
            low, high = blocks.pop()
            self.hurry(first, high)
            if self.excludes({first: self.grid.range(first, low, high), second: self.grid.range(second, better)}):
                pass
            elif low < high:
                middle = (low + high) // 2
                blocks += [(low, middle), (middle + 1, high)]
                continue
            elif point := self.largest(second, {first: self.grid.value(first, low)}, better):
                yield point
                better = self.grid.place(second, point.values[second]) + 1
                found += 1
                if found > MOST_POINTS:
                    raise UsageError(f"more than {MOST_POINTS:,} pairs of values are largest", COARSER)
            progress(end - low, end - start)

    def next(self, symbol: str, values: Mapping[str, Number]) -> Point | None:
        """Return the next larger value that the law holds for, the others as given; not looked for without end."""
        first = self.grid.place(symbol, values[symbol]) + 1
        others = {name: value for name, value in values.items() if name != symbol}
        totals, holds = self.evaluated(symbol, first, first + CHUNK, others)
        for n in holds.nonzero()[0].tolist()[:MOST_REFUSED]:
            found = {**others, symbol: self.grid.value(symbol, first + n)}
            if not self.law.takes(found):  # a guard that the law can't answer
                continue
            if not all(FIGURES[of].has_law for of in self.names):
                return self.recounted(found)
            return Point(found, {of: int(np.broadcast_to(total, len(holds))[n]) for of, total in totals.items()})
        return None

    def smallest(self) -> Point | None:
        """Return the smallest value of the last symbol that the network takes, with the smallest of the other."""
        *others, last = self.grid.steps
        values = {symbol: self.grid.value(symbol, self.starts[symbol]) for symbol in others}
        return self.next(last, {**values, last: self.grid.value(last, self.starts[last] - 1)})

    def start(self, symbol: str) -> int:
        """Return a multiple before which the network takes none."""
        box = {other: self.grid.range(other, self.grid.first(other)) for other in self.grid.steps}
        first = n = self.grid.first(symbol)
        refused = first - 1

        def is_refused(last: int) -> bool:
            return self.is_refused(self.at({**box, symbol: self.grid.range(symbol, first, last)}))

        while n * self.grid.steps[symbol] <= LARGEST and is_refused(n):
            refused, n = n, 2 * n - first + 1
        while n - refused > 1:
            middle = (refused + n) // 2
            if is_refused(middle):
                refused = middle
            else:
                n = middle
        return n

    def end(self, symbol: str, others: Mapping[str, Number], start: int) -> int:
        """Return a multiple, not before the start, from which on no value is within the limits."""
        last = self.last(symbol)
        for excludes, most in ((self.excludes, math.inf), (self.excludes_by_size, last)):
            n = start
            while n <= last:
                self.hurry()
                if excludes({**others, symbol: self.grid.range(symbol, n, most)}):
                    return n
                n = 2 * n - start + 1
        texts = " and ".join(f"`{limit.text}`" for limit in self.limits)
        smallest = {name: value.low if isinstance(value, Range) else value for name, value in others.items()}
        if self.candidates(symbol, max(start, last - CHUNK), last, smallest):
            problem = f"`{symbol}` has no largest value: {texts} may hold however large it is"
        else:
            problem = (
                f"whether `{symbol}` has a largest value was not decided: bounds of the formula do not show {texts}"
            )
        raise UsageError(problem, "limit a total that grows with it")

    def last(self, symbol: str) -> int:
        """Return the largest multiple that is tried."""
        return int(LARGEST / self.grid.steps[symbol])

    def excludes(self, box: Mapping[str, Number]) -> bool:
        """Return whether some limit, or some condition of the law, holds nowhere in these ranges of the symbols."""
        at = self.at(box)
        return self._excludes(at, lambda of: at(self.totals[of]))

    def excludes_by_size(self, box: Mapping[str, Number]) -> bool:
        """Return what `excludes` does, from bounds of each size of the network, in the distances from the box's starts.

        That is slower, and sharper.
        """
        at = self.at({symbol: self.grid.distance(symbol, value) for symbol, value in box.items()})
        return self._excludes(at, lambda of: floor_within(self.law, of, at))

    def _excludes(self, at: Evaluation, total: Callable[[str], Number]) -> bool:
        try:
            return self.is_refused(at) or any(limit.excludes(bounds(total(limit.of))) for limit in self.limits)
        except ZeroDivisionError:
            return True  # the network refuses to divide by zero

    def is_refused(self, at: Evaluation) -> bool:
        """Return whether some condition of the law holds nowhere there."""
        return any(bounds(at(number))[1] < least for number, least in self.least)

    def hurry(self, symbol: str | None = None, last: int = 0) -> None:
        """Raise GivenUp once the search has taken too long; of the symbol, all after the last multiple is done."""
        if symbol == next(iter(self.grid.steps)):
            self.untried = f"`{symbol}` up to {show(self.grid.value(symbol, last))}"
        if process_time() > self.deadline:
            raise GivenUp(self.untried)

    def at(self, box: Mapping[str, Number]) -> Evaluation:
        """Return what evaluates numbers of the law in these ranges, symbols without one at their defaults."""
        return Evaluation({**self.law.defaults, **box})

    def candidates(self, symbol: str, first: int, last: int, others: Mapping[str, Number]) -> list[Number]:
        """Return the multiples for which the closed form is within the limits, the largest first."""
        totals, within = self.evaluated(symbol, first, last, others)
        for limit in self.limits:
            within = within & limit.allows(totals[limit.of])
        return [self.grid.value(symbol, first + n) for n in reversed(within.nonzero()[0].tolist())]

    def evaluated(
        self, symbol: str, first: int, last: int, others: Mapping[str, Number]
    ) -> tuple[dict[str, Array], Array]:
        """Return the totals at all multiples from the first to the last, and at which the law holds."""
        above, below = self.grid.steps[symbol].as_integer_ratio()
        column = arange(first, last) * above / below
        columns: dict[str, Any] = {symbol: column, **{name: [value] for name, value in others.items()}}
        totals, holds = self.law.evaluate_numbers(self.numbers, columns)
        return totals, np.broadcast_to(holds, last - first + 1)

    def recounted(self, values: Mapping[str, Number]) -> Point | None:
        """Return the totals at these values, counted layer by layer; None if the network refuses them."""
        totals = recount(self.law, self.names, values)
        return None if totals is None else Point(values, totals)
