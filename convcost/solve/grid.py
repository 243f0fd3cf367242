"""The values that a search tries: multiples of a step for each symbol."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from convcost.algebra.conditions import Condition
from convcost.algebra.domain import assumptions, lattice
from convcost.algebra.intervals import Bound
from convcost.algebra.lanes import Lanes, lanes
from convcost.algebra.law import Law
from convcost.algebra.polynomial import Polynomial, make
from convcost.algebra.probes import not_needed
from convcost.algebra.ranges import Range
from convcost.ops.arguments import LARGEST
from convcost.ops.numbers import Number

TRIED = 1024
"""Small values, and as many of every magnitude, with which the network is read outside of what the law holds for."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Multiples of the steps, as values of symbols of a law."""

    law: Law
    steps: Mapping[str, Fraction]

    def value(self, symbol: str, n: int) -> Number:
        """Return a multiple of a symbol's step."""
        value = n * self.steps[symbol]
        return value.numerator if value.denominator == 1 else value

    def place(self, symbol: str, value: Number) -> int:
        """Return which multiple of its step a symbol's value is."""
        return int(value / self.steps[symbol])

    def range(self, symbol: str, first: int, last: float = math.inf) -> Range:
        """From one multiple to another."""
        return Range(self.value(symbol, first), last if last == math.inf else self.value(symbol, int(last)))

    def first(self, symbol: str) -> int:
        """Return the smallest multiple that a symbol may be: those with a default below 0 may be anything.

        What need not be whole is a factor, as a width multiplier is: none is 0.
        """
        least = self.law.all_variables[symbol].number.interval[0]
        counts = (whole_step(self.law, symbol) or Fraction(1, 2)).denominator == 1
        first = math.ceil((-LARGEST if least == -math.inf else least) / self.steps[symbol])
        return first if counts or first else 1

    def distance(self, symbol: str, value: Number) -> Number:
        """Return the value as its distance from where its range starts, which is a symbol; a number as it is."""
        if not isinstance(value, Range):
            return value
        whole = self.law.all_variables[symbol].number.is_whole
        length: Bound = value.high if value.high == math.inf else value.high - value.low
        return value.low + make("symbol", symbol, whole=whole, interval=(0, length))

    def elsewhere(self) -> tuple[Condition, ...]:
        """Conditions of the law that the network does not ask for: where they do not hold, nothing is searched.

        Not those that go without saying, as that a layer is repeated at least once.
        """
        rng, columns = np.random.default_rng(0), dict[str, Lanes]()
        for symbol, step in self.steps.items():
            first = max(self.first(symbol), -TRIED)
            far = np.exp(rng.uniform(0, math.log(float(min(LARGEST / step, Fraction(2**62)))), TRIED)).astype(np.int64)
            # The first column rises, for small values are read sooner.
            multiples = np.sort(np.concatenate([np.arange(first, first + 2 * TRIED), far]))
            above, below = step.as_integer_ratio()
            columns[symbol] = lanes(rng.permutation(multiples) if columns else multiples) * above / below
        found = not_needed(self.law, self.law.conditions, columns)
        return tuple(condition for condition in found if assumptions([condition]))


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
