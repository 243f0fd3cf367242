"""Layers as an accelerator runs them: normalisation in the weights before it, an activation with what it is applied to.

Batch normalisation behind a convolution or a linear layer scales its weights and shifts what it computes: nothing is
left of it but a bias. It stays where anything else reads between the two, or where another layer uses the weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from convcost.network import Layer, Network
from convcost.ops.numbers import Number

_SCALED = frozenset({"conv", "conv_transpose", "depthwise_conv", "linear"})
PASSED = frozenset({"dropout", "identity"})
ACTIVATIONS = frozenset(
    {
        *("celu", "clip", "elu", "gelu", "hard_sigmoid", "hard_swish", "hard_tanh", "leaky_relu", "mish", "prelu"),
        *("relu", "relu6", "selu", "sigmoid", "silu", "softplus", "swish", "tanh"),
    }
)


class Folded(NamedTuple):
    """A layer that multiplies or holds numbers, with what is folded into it."""

    layer: Layer
    norm: Layer | None = None
    activation: Layer | None = None

    @property
    def held(self) -> Number:
        """Numbers that it reads besides its inputs: weights, biases, fixed ones, slopes of the activation."""
        operator = self.layer.operator
        if self.layer.kind == "batch_norm":
            return 2 * self.layer.input_shapes[0].channels
        plain: dict[str, Any] = {"weight_norm": False} if "weight_norm" in operator.arguments else {}
        if self.norm:
            plain["bias"] = True
        own = operator.with_arguments(**plain).params(*self.layer.input_shapes)
        return own.total + own.statistics + (self.activation.held.total if self.activation else 0)

    @property
    def output(self) -> Layer:
        """The last of its layers, which writes what it hands on."""
        return self.activation or self.norm or self.layer


def folded(network: Network) -> list[Folded]:
    """Return the layers that multiply-accumulate, and those that hold numbers and are folded into none of these.

    >>> from convcost.reading.load import load
    >>> rows = folded(load("resnet50"))
    >>> len(rows), sum(row.held for row in rows)
    (54, 25530472)
    """
    follower = _follower(network)
    used_again = {name for layer in network.layers if layer.shares for name in (layer.name, layer.shares)}
    found: list[Folded] = []
    gone: set[str] = set()
    for layer in network.layers:
        if layer.name in gone or not (layer.work.macs or layer.held.total or layer.held.statistics):
            continue
        norm = follower(layer) if layer.kind in _SCALED else None
        if norm and (norm.kind != "batch_norm" or used_again & {layer.name, norm.name}):
            norm = None
        activation = follower(norm or layer)
        if activation and (activation.kind not in ACTIVATIONS or activation.name in used_again):
            activation = None
        found.append(Folded(layer, norm, activation))
        gone |= {one.name for one in (norm, activation) if one}
    return found


def _follower(network: Network) -> Callable[[Layer], Layer | None]:
    """Return what tells which layer is the only reader of another one's only output; None if there is no such."""
    readers: dict[str, list[Layer | None]] = {name: [None] for name in network.outputs}
    for layer in network.layers:
        for name in layer.inputs:
            readers.setdefault(name, []).append(layer)

    def follower(layer: Layer) -> Layer | None:
        while len(only := readers.get(layer.name, [])) == 1 and only[0] and only[0].kind in PASSED:
            layer = only[0]
        return only[0] if len(only) == 1 else None

    return follower
