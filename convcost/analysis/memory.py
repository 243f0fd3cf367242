"""Peak activation memory by liveness: which tensors are held while each layer runs, in the given order.

A layer's inputs and outputs are held while it runs; a tensor is released after the last layer that reads it; the
network's outputs are held to the end. Every layer writes tensors of its own: nothing is done in place, nothing is a
view. Parameters are not counted.
"""

from __future__ import annotations

from typing import NamedTuple

from convcost.network import Network
from convcost.ops.numbers import Number


class Peak(NamedTuple):
    """The most elements held at once, while which layer runs, and the tensors held then (name, elements)."""

    elements: int
    layer: str | None
    tensors: tuple[tuple[str, int], ...]


def most_held(network: Network) -> Peak:
    """Return the peak over all layers, in elements of one sample; the first layer that reaches it is named."""
    size: dict[str, Number] = {name: shape.elements for name, shape in network.tensors()}
    last_use: dict[str, int] = {}
    for index, layer in enumerate(network.layers):
        for name in layer.outputs:
            last_use[name] = index
        for name in layer.inputs:
            last_use[name] = index
    for name in network.outputs:
        last_use[name] = len(network.layers)

    live = dict.fromkeys(network.inputs)
    held = sum(size[name] for name in live)
    best, best_index = held, -1
    releases: dict[int, list[str]] = {}
    for name, index in last_use.items():
        releases.setdefault(index, []).append(name)
    for index, layer in enumerate(network.layers):
        held += sum([size[name] for name in layer.outputs])
        if held > best:
            best, best_index = held, index
        held -= sum([size[name] for name in releases.get(index, ())])
    if best_index < 0:
        return Peak(best, None, tuple((name, size[name]) for name in live))
    tensors = [name for name in network.inputs if last_use.get(name, len(network.layers)) >= best_index]
    for layer in network.layers[: best_index + 1]:
        tensors += [name for name in layer.outputs if last_use[name] >= best_index]
    return Peak(best, network.layers[best_index].name, tuple((name, size[name]) for name in tensors))
