"""Peak activation memory by liveness: which tensors are held while each layer runs, in the given order.

A layer's inputs and outputs are held while it runs; a tensor is released after the last layer that reads it; the
network's outputs are held to the end. Every layer writes tensors of its own: nothing is done in place, nothing is a
view. Parameters are not counted.
"""

from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

from convcost.network import Network


class Peak(NamedTuple):
    """The most elements held at once, while which layer runs, and the tensors held then (name, elements)."""

    elements: int
    layer: str | None
    tensors: tuple[tuple[str, int], ...]


def most_held(network: Network) -> Peak:
    """Return the peak over all layers, in elements of one sample; the first layer that reaches it is named."""
    layers = list(enumerate(network.layers, 1))  # at 0 there are the inputs alone
    written = [(0, *tensor) for tensor in network.inputs.items()]
    written += [(n, *tensor) for n, layer in layers for tensor in zip(layer.outputs, layer.output_shapes, strict=True)]
    last_use = {name: n for n, layer in layers for name in (*layer.outputs, *layer.inputs)}
    last_use |= dict.fromkeys(network.outputs, len(layers))
    tensors = [(name, shape.elements, n, last_use.get(name, len(layers))) for n, name, shape in written]
    changes: list[int] = [0] * (len(layers) + 2)
    for _, elements, first, last in tensors:
        changes[first] += elements
        changes[last + 1] -= elements
    sums = list(accumulate(changes))
    most = max(sums)
    at = sums.index(most)
    held = tuple((name, elements) for name, elements, first, last in tensors if first <= at <= last)
    return Peak(most, network.layers[at - 1].name if at else None, held)
