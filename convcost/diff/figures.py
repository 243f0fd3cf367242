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
    found = dict.fromkeys(SUMS, 0)
    for cost in layers:
        found["params"] += cost.params.total
        found["useful_macs"] += cost.useful_work.macs
        found["training_macs"] += cost.training_macs
        found["elements"] += cost.elements
        for kind, count in cost.work.items():
            found[kind] += count
    return found


def figures_of(analysis: Analysis, bytes_per_element: int) -> dict[str, int]:
    """All figures of a network: counts for one sample; `weight_memory` and `peak_memory` in bytes."""
    found = {
        "params": analysis.params.total,
        "useful_macs": analysis.useful_work.macs,
        "training_macs": analysis.training_macs,
        "elements": analysis.elements,
        "weight_memory": analysis.params.total * bytes_per_element,
        "peak_memory": analysis.peak.elements * bytes_per_element,
        "layers": len(analysis.layers),
        **dict(analysis.work.items()),
    }
    return {figure: found[figure] for figure in FIGURES}
