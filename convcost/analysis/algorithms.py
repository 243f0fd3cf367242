"""A network's convolutions by each algorithm, and by the one that multiplies least."""

from __future__ import annotations

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


def layer_algorithms(network: Network) -> list[LayerAlgorithms]:
    """Every layer that is a convolution, depthwise ones included. Transposed and deformable ones are not."""
    result = []
    for layer in network.layers:
        conv = as_convolution(layer.operator, layer.input_shapes[0])
        if conv is not None:
            found = estimates(conv, layer.input_shapes[0])
            by_name = {estimate.algorithm.name: estimate for estimate in found}
            result.append(
                LayerAlgorithms(
                    layer, by_name, details(conv, layer.input_shapes[0]), least(found), least(found, precomputed=True)
                )
            )
    return result
