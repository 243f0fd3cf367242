"""The figures that two versions are compared by."""

from __future__ import annotations

from collections.abc import Iterable

from convcost.analysis.costs import Analysis, Costs
from convcost.analysis.whole import Measure
from convcost.figures import FIGURES


def sums() -> list[str]:
    """Return the names of those that add up over layers."""
    return [name for name, figure in FIGURES.items() if figure.is_number and figure.of_parts and figure.per is None]


def totals() -> list[str]:
    """Return the names of those that are one number for a whole network."""
    return [name for name, figure in FIGURES.items() if figure.is_number]


def sums_of(layers: Iterable[Costs]) -> dict[str, int]:
    """Return the sums of some layers together."""
    costs = list(layers)
    return {name: sum(cost.of(name) for cost in costs) for name in sums()}


def totals_of(analysis: Analysis) -> dict[str, Measure]:
    """Return every number of a network, for the batch and the data type of its setting."""
    return {name: analysis.of(name) for name in totals()}
