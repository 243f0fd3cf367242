"""Peak activation memory: the layer while which most is held, and the tensors that are held then."""

from __future__ import annotations

from typing import NamedTuple

from convcost.liveness import held, lifetimes
from convcost.network import Network


class Peak(NamedTuple):
    """The most elements held at once, while which layer runs, and the tensors held then (name, elements)."""

    elements: int
    layer: str | None
    tensors: tuple[tuple[str, int], ...]


def most_held(network: Network) -> Peak:
    """Return the peak over all layers, in elements of one sample; the first layer that reaches it is named."""
    tensors = lifetimes(network)
    sums = held(network, tensors)
    most = max(sums)
    at = sums.index(most) + 1 if network.layers else 0
    then = tuple((name, elements) for name, elements, first, last in tensors if first <= at <= last)
    return Peak(most, network.layers[at - 1].name if at else None, then)
