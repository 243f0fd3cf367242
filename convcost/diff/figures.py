"""The figures of a network's total that two versions are compared by, each under the name it has in `expect:`."""

from __future__ import annotations

from collections.abc import Iterable

from convcost.analysis.costs import Analysis, LayerCost
from convcost.expectation import COUNTS, MEMORY

SUMS = (*COUNTS, "training_macs")
"""Those that are sums over the layers."""

FIGURES = (*SUMS, *MEMORY, "layers")
"""All of them."""


def sums_of(layers: Iterable[LayerCost]) -> dict[str, int]:
    """The figures of some layers together, for one sample."""
    found = [cost.sums for cost in layers]
    return {figure: sum(sums[figure] for sums in found) for figure in SUMS}


def figures_of(analysis: Analysis, bytes_per_element: int) -> dict[str, int]:
    """All figures of a network: counts for one sample; `weight_memory` and `peak_memory` in bytes."""
    found = analysis.sums
    found["weight_memory"] = analysis.params.total * bytes_per_element
    found["peak_memory"] = analysis.peak.elements * bytes_per_element
    found["layers"] = len(analysis.layers)
    return {figure: found[figure] for figure in FIGURES}
