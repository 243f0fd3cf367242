"""What a network takes on a microcontroller: an arena for its activations, and flash for the numbers that it holds.

Quantised to int8, and run by TensorFlow Lite Micro. Of its arena it is the head, in which tensors are laid. The tail,
where the interpreter keeps what it knows of them and kernels what they need between calls, is not counted, nor are the
operators and names of the file in flash.
"""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.

from collections.abc import Callable, Mapping
from typing import NamedTuple

from convcost.liveness import lifetimes
from convcost.memory.fusion import as_converted, joined
from convcost.memory.planner import Buffer, arena_of, greedy_by_size
from convcost.network import Layer, Network
from convcost.ops.numbers import Number, ceil_div

ALIGNMENT = 16
"""Tensors take multiples of so many bytes."""

LONG = 4
"""Bytes of an int32 and of a float32: of a bias, and of a scale."""


SCRATCH: Mapping[str, Callable[[Layer], tuple[int, ...]]] = {
    "conv_transpose": lambda layer: (LONG * layer.output_shapes[0].elements,),
    "global_avg_pool": lambda layer: (LONG * layer.output_shapes[0].elements, 4 * LONG, 2 * LONG),
}
"""Bytes that the kernels of int8 have beside the tensors while they run: sums in int32, places and axes."""


def buffers(converted: Network, bytes: int = 1) -> list[Buffer]:
    """Return the tensors of a network as it was converted, with so many bytes for each number, and what kernels need.

    The last may be two, of one name, of which none outlives its operator.
    """
    tensors = [(one.name, one.elements * bytes, one.first, one.last) for one in lifetimes(converted)]
    scratch = [
        (f"{layer.name}.scratch", size, n, n)
        for n, layer in enumerate(converted.layers, 1)
        for size in (SCRATCH[layer.kind](layer) if bytes == 1 and layer.kind in SCRATCH else ())
    ]
    return [Buffer(name, ceil_div(size, ALIGNMENT) * ALIGNMENT, *held) for name, size, *held in tensors + scratch]


def laid_in(network: Network, batch: int = 1) -> int:
    """Return the bytes that the tensors of a batch are laid in; NotConverted for operators without a rule."""
    return arena_of(greedy_by_size(buffers(as_converted(network), batch)))


class Constants(NamedTuple):
    """The bytes of the numbers that are held in flash."""

    weights: Number
    biases: Number
    scales: Number
    """Of int8: what an output channel's weights are multiplied by."""

    @property
    def total(self) -> Number:
        """All of them."""
        return self.weights + self.biases + self.scales


def flash(network: Network, bytes: int = 1) -> list[Constants]:
    """Return the numbers in flash that each layer adds, of so many bytes each, in all its repetitions.

    With int8 a bias is an int32, and every output channel of a convolution or a linear layer has a scale.
    """
    tensors = joined(network)
    makers = {layer.name: layer for layer in network.layers}
    long, scale = (LONG, LONG) if bytes == 1 else (bytes, 0)

    def of(layer: Layer) -> Constants:
        held, channels = layer.params, layer.output_shapes[0].channels
        if layer.shares:
            return Constants(0, 0, 0)
        if layer.kind in _SCALED:
            biases = channels if layer.kind in _BIASED else held.biases
            return Constants(held.weights * bytes, biases * long, channels * scale)
        if layer.kind == "batch_norm":
            into = makers.get(tensors.get(layer.name, ""))
            if into is None:
                return Constants(2 * channels * bytes, 0, 0)
            return Constants(0, channels * long if into.kind not in _BIASED and into.held.biases == 0 else 0, 0)
        return Constants((held.weights + held.norm + held.statistics) * bytes, held.biases * long, 0)

    return [Constants(*map(layer.in_all, of(layer))) for layer in network.layers]


_BIASED = frozenset({"conv", "depthwise_conv"})
"""What has a bias for every output channel there, whether it has one here or not."""

_SCALED = _BIASED | {"conv_transpose", "linear"}
"""What has a scale for every output channel."""
