"""Budgets from outside, `--fail-if 'macs > 5e9'`: for files that can't state what they expect, such as ONNX models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from convcost.analysis.costs import Analysis
from convcost.checks.findings import Finding
from convcost.checks.phrases import amount_of
from convcost.errors import Span
from convcost.expectation import COMPARISONS


class Budget(NamedTuple):
    """A condition that a figure must not meet."""

    text: str
    """As it was written."""
    figure: str
    comparison: str
    limit: Fraction


def over_budget(analysis: Analysis, budgets: Sequence[Budget], top: Span) -> Iterator[Finding]:
    """Yield a finding for each budget that a network does not keep, at the top of its file."""
    for budget in budgets:
        found = analysis.of(budget.figure)
        if COMPARISONS[budget.comparison](found, budget.limit):
            has = amount_of(budget.figure, found, analysis.at.dtype)
            message = f"`{analysis.network.name}` has {has}, which --fail-if '{budget.text}' forbids"
            yield Finding("E107", "error", message, top)
