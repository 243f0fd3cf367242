"""Multiply-accumulates of one training step: forward, and backward where gradients are needed.

The gradient with respect to a layer's input is needed where the input depends on a parameter: not in the first layer.
No gradient reaches a layer of which no output of the network is made: it is computed forward alone.
"""

from __future__ import annotations

from convcost.network import Network
from convcost.ops.numbers import Number


def training_macs(network: Network) -> list[Number]:
    """Forward and backward multiply-accumulates of every layer, for one sample."""
    trained: set[str] = set()
    """Tensors that depend on a parameter."""
    reached = set(network.outputs)
    """Tensors that the network's outputs are made of."""
    for layer in reversed(network.layers):
        if not reached.isdisjoint(layer.outputs):
            reached.update(layer.inputs)
    result = []
    for layer in network.layers:
        needs_input = any(name in trained for name in layer.inputs)
        if reached.isdisjoint(layer.outputs):
            result.append(layer.work.macs)
        else:
            result.append(layer.operator.training_macs(needs_input, *layer.input_shapes))
        if needs_input or layer.held.total:
            trained.update(layer.outputs)
    return result
