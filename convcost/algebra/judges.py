"""Who answers where guards compare numbers that are symbols, and hears what is divided by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from convcost.ops.numbers import Number


class Judge(Protocol):
    """Says what a comparison of polynomials gives."""

    def at_least_zero(self, number: Number) -> bool:
        """Return whether a number is 0 or more."""

    def is_zero(self, number: Number) -> bool:
        """Return whether a number is 0."""

    def divides(self, number: Number) -> None:
        """Take note that something is divided by a number."""


_judges: list[Judge] = []


@contextmanager
def judged_by(judge: Judge) -> Iterator[None]:
    """Comparisons of polynomials are put to the judge; without one they are refused."""
    _judges.append(judge)
    try:
        yield
    finally:
        _judges.pop()


def judge() -> Judge:
    """Whoever answers now."""
    if not _judges:
        raise TypeError("symbols can't be compared")
    return _judges[-1]


def divided_by(number: Number) -> None:
    """Tell whoever answers now, if anyone does, of a division: nothing holds where the number is zero."""
    for judge in _judges[-1:]:
        judge.divides(number)
