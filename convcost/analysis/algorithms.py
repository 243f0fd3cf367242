"""A network's convolutions by each algorithm, and by the one that multiplies least."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from convcost.algorithms.table import Choice, Cost, Details, Estimate, as_convolution, details, estimates, least
from convcost.network import Layer, Network


@dataclass(frozen=True, slots=True)
class LayerAlgorithms:
    """One convolution of a network and what each algorithm takes for it."""

    layer: Layer
    estimates: Mapping[str, Estimate]
    details: Details
    least: Choice
    least_precomputed: Choice
    """The one that multiplies least where kernels have been transformed beforehand."""

    def cost(self, algorithm: str) -> Cost | None:
        """None if the algorithm does not apply."""
        return self.estimates[algorithm].cost


@dataclass(frozen=True, slots=True)
class NetworkAlgorithms:
    """A network's convolutions, depthwise ones included, and what else multiplies and is accumulated."""

    name: str
    layers: tuple[LayerAlgorithms, ...]
    others: Mapping[str, int]
    """How many layers there are of each operator with MACs that is none: transposed, deformable, linear."""


def network_algorithms(network: Network) -> NetworkAlgorithms:
    """Return every convolution by every algorithm."""
    layers: list[LayerAlgorithms] = []
    others: Counter[str] = Counter()
    for layer in network.layers:
        x = layer.input_shapes[0]
        conv = as_convolution(layer.operator, x)
        if conv is None:
            others[layer.kind] += bool(layer.work.macs)
            continue
        found = estimates(conv, x)
        by_name = {estimate.algorithm.name: estimate for estimate in found}
        layers.append(LayerAlgorithms(layer, by_name, details(conv, x), least(found), least(found, precomputed=True)))
    return NetworkAlgorithms(network.name, tuple(layers), +others)
