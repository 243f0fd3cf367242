"""What totals may be, and the steps that values are tried in: as a user writes them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convcost.algebra.intervals import Interval
from convcost.algebra.law import require_formula
from convcost.errors import UsageError, did_you_mean
from convcost.figures import FIGURES
from convcost.language.amounts import amount
from convcost.language.syntax import ExpressionError
from convcost.solve.floors import has_floor


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of a total: at most `bound`, or at least."""

    text: str
    of: str
    bound: int
    upper: bool = True

    def allows(self, total: Any) -> Any:
        """Return whether a total is within the limit; for an array, where."""
        return total <= self.bound if self.upper else total >= self.bound

    def excludes(self, bounds: Interval) -> bool:
        """Return whether nothing between two bounds is within the limit."""
        low, high = bounds
        return low > self.bound if self.upper else high < self.bound

    @property
    def opposite(self) -> Limit:
        """The limit that allows what this one does not."""
        return Limit(self.text, self.of, self.bound + (1 if self.upper else -1), not self.upper)


_LIMIT = re.compile(r"\s*([^\W\d]\w*)\s*(<=|>=|<|>)\s*(.*?)\s*", re.ASCII | re.DOTALL)
_STEP = re.compile(r"\s*(.*?)\s*(?:/\s*(\d{1,18})\s*)?", re.ASCII | re.DOTALL)


def limit(text: str) -> Limit:
    """Return a limit as written: `macs <= 300e6`, `params < 3.5 M`.

    >>> limit("params < 3.5M")
    Limit(text='params < 3.5M', of='params', bound=3499999, upper=True)
    """
    found = _LIMIT.fullmatch(text)
    if not found:
        raise UsageError(f"`{text}` is not a limit", "for example 'macs <= 300e6' or 'params <= 3.5 M'")
    of, relation, number = found.groups()
    if of not in FIGURES:
        raise UsageError(f"no figure `{of}`", did_you_mean(of, FIGURES) or f"there are {', '.join(FIGURES)}")
    if not has_floor(of):
        require_formula(of)
    try:
        value, _, _ = amount(number, of)
    except ExpressionError as error:
        raise UsageError(f"`{text}` is not a limit: {error.message}", error.help) from None
    bounds = {
        "<=": math.floor(value),
        "<": math.ceil(value) - 1,
        ">=": math.ceil(value),
        ">": math.floor(value) + 1,
    }
    return Limit(text.strip(), of, bounds[relation], relation[0] == "<")


def step(text: str) -> Fraction:
    """Return a step as written: `32`, `0.05`, `1/32`; UsageError if it is not above 0.

    >>> step("0.05"), step("1/32")
    (Fraction(1, 20), Fraction(1, 32))
    """
    found = _STEP.fullmatch(text)
    assert found is not None  # every part of the pattern may be empty
    below = int(found[2] or 1)
    help: str | None = "for example 0.05, 1/32, or alpha=0.05"
    try:
        value = amount(found[1], "step")[0] / below if below else Fraction(0)
    except ExpressionError as error:
        value, help = Fraction(0), error.help or help
    if not value:
        raise UsageError(f"--step {text}: a step is a number above 0", help)
    return value
