"""The search for values within limits.

The closed form is bounded over whole ranges of values, and ranges with nothing to find are left out at once; what is
left is evaluated value by value, exactly. Solutions have been counted layer by layer as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np

from convcost.algebra.conditions import Condition
from convcost.algebra.domain import is_positive
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.intervals import Bound
from convcost.algebra.lanes import Array, Lanes, arange, lanes
from convcost.algebra.law import Law
from convcost.algebra.polynomial import make
from convcost.algebra.probes import not_needed
from convcost.algebra.ranges import Range, bounds, from_ends
from convcost.analysis.recount import recount
from convcost.analysis.whole import Measure
from convcost.errors import UsageError
from convcost.figures import FIGURES
from convcost.ops.arguments import LARGEST
from convcost.ops.numbers import Number
from convcost.solve.floors import floor_of
from convcost.solve.limits import Limit

CHUNK = 4096
"""Values that are evaluated at once."""

MOST_SECONDS = 30
"""A search that takes longer is given up."""

MOST_REFUSED = 100
"""Values that a network may refuse, one after another, before the next that it takes is no longer looked for."""

MOST_POINTS = 1000
"""Pairs of values that are found before a search is given up."""

TRIED = 1024
"""Small values, and as many of every magnitude, with which the network is read outside of what the law holds for."""

MOST_REFUSED = 20
"""Values that the closed form holds for and the network refuses all the same, before a search is given up."""

COARSER = "choose a larger step: --step NAME=..."


@dataclass(frozen=True, slots=True)
class Point:
    """Values of the symbols, and the totals there."""

    values: Mapping[str, Number]
    totals: Mapping[str, Measure]


class Search:
    """Finds multiples of the steps for which totals of a law are within limits."""

    def __init__(self, law: Law, limits: Sequence[Limit], steps: Mapping[str, Fraction]) -> None:
        self.law = law
        self.limits = tuple(limits)
        self.steps = steps
        self.names = list(dict.fromkeys(limit.of for limit in limits))
        self.least = [(c.number, 0) for c in (*law.domain, *law.conditions) if c.kind == ">="]
        """Numbers and how large they have to be."""
        self.starts = {symbol: self.start(symbol) for symbol in steps}
        positive = {symbol for symbol, start in self.starts.items() if start > 0}
        wholes = [c.number for c in law.conditions if c.kind == "whole" and c.number.symbols <= positive]
        # What is whole and positive is at least 1.
        self.least += [(number, 1) for number in wholes if is_positive(number)]
        at = self.at({symbol: self.range(symbol, start) for symbol, start in self.starts.items()})
        # From the starts on most hold.
        self.least = [(number, least) for number, least in self.least if bounds(at(number))[0] < least]
        self.numbers = {of: floor_of(law, of) for of in self.names}
        self.totals = {of: from_ends(number, at) for of, number in self.numbers.items()}
        self.refused = 0
        self.deadline = monotonic() + MOST_SECONDS

    def largest(
        self, symbol: str, others: Mapping[str, Number], start: int | None = None, end: int | None = None
    ) -> Point | None:
        """Return the largest value of one symbol, the others as given, of the multiples from the start to the end."""
        start = self.starts[symbol] if start is None else start
        ranges = [(start, (self.end(symbol, others, start) if end is None else end) - 1)]
        while ranges:
            first, last = ranges.pop()
            if first > last or self.excludes({**others, symbol: self.range(symbol, first, last)}):
                continue
            if last - first >= CHUNK:
                middle = (first + last) // 2
                ranges += [(first, middle), (middle + 1, last)]
                continue
            for value in self.candidates(symbol, first, last, others):
                point = self.recounted({**others, symbol: value})
                self.refused += point is None
                if self.refused > MOST_REFUSED:
                    raise UsageError(f"the network refuses `{symbol}` where its closed form holds: {value}", COARSER)
                if point and all(limit.allows(point.totals[limit.of]) for limit in self.limits):
                    return point
        return None

    def largest_outside(self, symbol: str, values: Mapping[str, Number]) -> Point | None:
        """Return the largest smaller value that breaks a limit."""
        end = int(values[symbol] / self.steps[symbol])
        exact = (limit for limit in self.limits if FIGURES[limit.of].is_sum)
        searches = (Search(self.law, [limit.opposite], self.steps) for limit in exact)
        found = [point for search in searches if (point := search.largest(symbol, {}, end=end))]
        return max(found, key=lambda point: point.values[symbol], default=None)

    def front(self, first: str, second: str, progress: Callable[[int, int], None]) -> tuple[Point, ...]:
        """Return the pairs of which neither value can be larger alone, from the smallest of the first symbol on."""
        start, better = self.starts[first], self.starts[second]
        end = self.end(first, {second: self.range(second, better)}, start)
        found: list[Point] = []
        blocks = [(start, end - 1)]
        while blocks:
            low, high = blocks.pop()
            if self.excludes({first: self.range(first, low, high), second: self.range(second, better)}):
                pass
            elif low < high:
                middle = (low + high) // 2
                blocks += [(low, middle), (middle + 1, high)]
                continue
            elif point := self.largest(second, {first: self.value(first, low)}, better):
                found.append(point)
                better = int(point.values[second] / self.steps[second]) + 1
                if len(found) > MOST_POINTS:
                    raise UsageError(f"more than {MOST_POINTS:,} pairs of values are largest", COARSER)
            progress(end - low, end - start)
        return tuple(reversed(found))

    def next(self, symbol: str, values: Mapping[str, Number]) -> Point | None:
        """Return the next larger value that the law holds for, the others as given; not looked for without end."""
        first = int(values[symbol] / self.steps[symbol]) + 1
        others = {name: value for name, value in values.items() if name != symbol}
        totals, holds = self.evaluated(symbol, first, first + CHUNK, others)
        for n in holds.nonzero()[0].tolist()[:MOST_REFUSED]:
            found = {**others, symbol: self.value(symbol, first + n)}
            if not self.law.takes(found):  # a guard that the law can't answer
                continue
            if not all(FIGURES[of].is_sum for of in self.names):
                return self.recounted(found)
            return Point(found, {of: int(np.broadcast_to(total, len(holds))[n]) for of, total in totals.items()})
        return None

    def smallest(self) -> Point | None:
        """Return the smallest value of the last symbol that the network takes, with the smallest of the other."""
        *others, last = self.steps
        values = {symbol: self.value(symbol, self.starts[symbol]) for symbol in others}
        return self.next(last, {**values, last: self.value(last, self.starts[last] - 1)})

    def value(self, symbol: str, n: int) -> Number:
        """Return a multiple of a symbol's step."""
        value = n * self.steps[symbol]
        return value.numerator if value.denominator == 1 else value

    def range(self, symbol: str, first: int, last: float = math.inf) -> Range:
        """From one multiple to another."""
        return Range(self.value(symbol, first), last if last == math.inf else self.value(symbol, int(last)))

    def elsewhere(self) -> tuple[Condition, ...]:
        """Conditions of the law that the network does not ask for: where they do not hold, nothing was searched."""
        rng, columns = np.random.default_rng(0), dict[str, Lanes]()
        for symbol, step in self.steps.items():
            first = max(self.first(symbol), -TRIED)
            far = np.exp(rng.uniform(0, math.log(float(min(LARGEST / step, Fraction(2**62)))), TRIED)).astype(np.int64)
            # The first column rises, for small values are read sooner.
            multiples = np.sort(np.concatenate([np.arange(first, first + 2 * TRIED), far]))
            above, below = step.as_integer_ratio()
            columns[symbol] = lanes(rng.permutation(multiples) if columns else multiples) * above / below
        return tuple(not_needed(self.law, self.law.conditions, columns))

    def first(self, symbol: str) -> int:
        """Return the smallest multiple that a symbol may be: those with a default below 0 may be anything."""
        least = self.law.all_variables[symbol].number.interval[0]
        return math.ceil((-LARGEST if least == -math.inf else least) / self.steps[symbol])

    def start(self, symbol: str) -> int:
        """Return a multiple before which the network takes none."""
        box = {other: self.range(other, self.first(other)) for other in self.steps}
        first = n = self.first(symbol)
        refused = first - 1

        def is_refused(last: int) -> bool:
            return self.is_refused(self.at({**box, symbol: self.range(symbol, first, last)}))

        while n * self.steps[symbol] <= LARGEST and is_refused(n):
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
        for excludes in (self.excludes, self.excludes_by_form):
            n = start
            while n * self.steps[symbol] <= LARGEST:
                if excludes({**others, symbol: self.range(symbol, n)}):
                    return n
                n = 2 * n - start + 1
        texts = " and ".join(f"`{limit.text}`" for limit in self.limits)
        raise UsageError(
            f"`{symbol}` has no largest value: {texts} may hold however large it is",
            "limit a total that grows with it",
        )

    def excludes(self, box: Mapping[str, Number]) -> bool:
        """Return whether some limit, or some condition of the law, holds nowhere in these ranges of the symbols."""
        self.hurry()
        at = self.at(box)
        try:
            return self.is_refused(at) or any(limit.excludes(bounds(self.total(limit.of, at))) for limit in self.limits)
        except ZeroDivisionError:
            return True  # the network refuses to divide by zero

    def hurry(self) -> None:
        """Raise UsageError once the search has taken too long."""
        if monotonic() > self.deadline:
            raise UsageError(
                f"the search was given up after {MOST_SECONDS} seconds: not all values were tried", COARSER
            )

    def at(self, box: Mapping[str, Number]) -> Evaluation:
        """Return what evaluates numbers of the law in these ranges, symbols without one at their defaults."""
        return Evaluation({**self.law.defaults, **box})

    def is_refused(self, at: Evaluation) -> bool:
        """Return whether some condition of the law holds nowhere there."""
        return any(bounds(at(number))[1] < least for number, least in self.least)

    def excludes_by_form(self, box: Mapping[str, Number]) -> bool:
        """Return what `excludes` does, from the totals' form in the distances from where the ranges start.

        That is slower, and sharper.
        """
        return self.excludes({symbol: self._from_start(symbol, value) for symbol, value in box.items()})

    def _from_start(self, symbol: str, value: Number) -> Number:
        if not isinstance(value, Range):
            return value
        whole = self.law.all_variables[symbol].number.is_whole
        length: Bound = value.high if value.high == math.inf else value.high - value.low
        return value.low + make("symbol", symbol, whole=whole, interval=(0, length))

    def total(self, of: str, at: Evaluation) -> Number:
        """Return a total there."""
        return at(self.totals[of])

    def candidates(self, symbol: str, first: int, last: int, others: Mapping[str, Number]) -> list[Number]:
        """Return the multiples for which the closed form is within the limits, the largest first."""
        totals, within = self.evaluated(symbol, first, last, others)
        for limit in self.limits:
            within = within & limit.allows(totals[limit.of])
        return [self.value(symbol, first + n) for n in reversed(within.nonzero()[0].tolist())]

    def evaluated(
        self, symbol: str, first: int, last: int, others: Mapping[str, Number]
    ) -> tuple[dict[str, Array], Array]:
        """Return the totals at all multiples from the first to the last, and at which the law holds."""
        above, below = self.steps[symbol].as_integer_ratio()
        column = arange(first, last) * above / below
        columns: dict[str, Any] = {symbol: column, **{name: [value] for name, value in others.items()}}
        totals, holds = self.law.evaluate_numbers(self.numbers, columns)
        return totals, np.broadcast_to(holds, last - first + 1)

    def recounted(self, values: Mapping[str, Number]) -> Point | None:
        """Return the totals at these values, counted layer by layer; None if the network refuses them."""
        self.hurry()
        totals = recount(self.law, self.names, values)
        return None if totals is None else Point(values, totals)
