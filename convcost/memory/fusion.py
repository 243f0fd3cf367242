"""Which layers of a network need no tensor of their own when it is run, and none trained: two ways to run it.

`in_place` is what a careful framework can do. `as_converted` is what the converter to TensorFlow Lite does before it
quantises a network; its rules were measured on files that tensorflow 2.21 made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from convcost.network import Layer, Network, Repeat
from convcost.ops.base import Shape
from convcost.ops.numbers import NeedsNumber, ceil_div, minimum

VIEWS = frozenset({"dropout", "flatten", "identity", "reshape"})
"""Operators that hand on the numbers of their input as they are, once training is over."""

IN_PLACE = VIEWS | {
    *("abs", "add", "batch_norm", "celu", "clip", "div", "elu", "exp", "gelu", "hard_sigmoid", "hard_swish"),
    *("hard_tanh", "leaky_relu", "maximum", "minimum", "mish", "mul", "pow", "prelu", "reciprocal", "relu", "relu6"),
    *("round", "scale", "selu", "shift", "sigmoid", "silu", "softplus", "sqrt", "sub", "swish", "tanh"),
    "transcendental",
}
"""Operators of which each number needs one number of an input as large as the output, and can be written over it."""


def in_place(network: Network) -> Network:
    """Return a network in which every layer that can writes over an input, as its last reader.

    Such a layer writes no tensor of its own: who reads its output reads the tensor that it has written over. So is
    normalisation that is folded into the convolution before it. Raises NeedsNumber where what is repeated so often as
    a symbol says hands on what it is given.
    """
    last = _last_readers(network)
    names: dict[str, str] = {}
    """Of what has no tensor of its own, the tensor that holds it."""
    made: dict[str, tuple[Repeat, ...]] = dict.fromkeys(network.inputs, ())
    """Of each tensor, the repeats that it is made in."""
    until = {name: last.get(name, 0) for name in network.inputs}
    """Of each tensor, the last layer that reads it, or what is written over it."""
    layers = []
    for n, layer in enumerate(network.layers):
        inputs = _all(names, layer.inputs)
        over = [
            tensor
            for name, tensor, x in zip(layer.inputs, inputs, layer.input_shapes, strict=True)
            if layer.kind in VIEWS or (layer.kind in IN_PLACE and until[tensor] == n)
            if x.elements == layer.output_shapes[0].elements
            if all(name in repeat.given for repeat in layer.repeats if repeat not in made[tensor])
        ]
        if over:
            names[layer.name] = tensor = max(over, key=lambda tensor: len(made[tensor]))
            until[tensor] = max(until[tensor], last.get(layer.name, n))
        else:
            made |= dict.fromkeys(layer.outputs, layer.repeats)
            until |= {name: last.get(name, n) for name in layer.outputs}
        layers.append(layer._replace(inputs=inputs, output_shapes=() if over else layer.output_shapes))
    return _renamed(network, layers, names, made)


def _last_readers(network: Network) -> dict[str, int]:
    """Of each tensor, the place of the last layer that reads it; what is handed on is read after the last."""
    last = {name: n for n, layer in enumerate(network.layers) for name in layer.inputs}
    for repeat in network.repeats:
        last |= {name: max(last.get(name, 0), repeat.end) for name in repeat.out}
    return last | dict.fromkeys(network.outputs, len(network.layers))


def _renamed(
    network: Network, layers: Iterable[Layer], names: Mapping[str, str], made: Mapping[str, tuple[Repeat, ...]]
) -> Network:
    """Return a network of these layers, whose repeats and outputs know the tensors by their new names."""
    repeats = {one: one._replace(given=_all(names, one.given), out=_all(names, one.out)) for one in network.repeats}
    for old, new in repeats.items():
        if any(old not in made[name] for name in new.out):
            raise NeedsNumber(old.count, f"repeats `{network.layers[old.first].name}`, which hands on what it is given")
    layers = [one._replace(repeats=tuple([repeats[old] for old in one.repeats])) for one in layers]
    return network._replace(layers=tuple(layers), outputs=_all(names, network.outputs))


def _all(names: Mapping[str, str], given: Iterable[str]) -> tuple[str, ...]:
    return tuple([names.get(name, name) for name in given])


_RECTIFIERS = frozenset({"relu", "relu6"})

FUSED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("conv", "depthwise_conv", "linear"), _RECTIFIERS | {"batch_norm"}),
    **dict.fromkeys(("add", "avg_pool", "batch_norm", "div", "max_pool", "mul", "sub"), _RECTIFIERS),
}
"""What the converter makes part of the operator before it, by that operator, if nothing else reads it there."""

ALONE = frozenset(
    {
        *("abs", "adaptive_avg_pool", "adaptive_max_pool", "concat", "conv_transpose", "crop", "elu", "exp"),
        *("global_avg_pool", "global_max_pool", "hard_sigmoid", "hard_swish", "leaky_relu", "maximum", "mean"),
        *("minimum", "pad", "prelu", "relu", "relu6", "sigmoid", "silu", "slice", "softmax", "split", "sqrt"),
        *("scale", "shift", "sum", "tanh", "upsample"),
    }
)
"""Other operators that it makes one operator of, or those that `_operators` says."""


_OF_TWO = frozenset({"add", "div", "maximum", "minimum", "mul", "sub"})
"""Operators that take two inputs there, however many they have here."""

_WINDOWED = frozenset({"avg_pool", "conv", "depthwise_conv", "max_pool"})
"""Operators that may be padded."""


class NotConverted(Exception):
    """There is no rule for these operators."""

    def __init__(self, kinds: Iterable[str]) -> None:
        super().__init__(f"there is no rule for {', '.join(f'`{kind}`' for kind in kinds)}")


def joined(network: Network) -> dict[str, str]:
    """Return, for each layer that the converter makes part of an earlier operator, the tensor that holds its output.

    Raises NeedsNumber for normalisation that is folded in some of the repetitions that it stands for.
    """
    readers = Counter(name for layer in network.layers for name in layer.inputs)
    readers.update(network.outputs)
    tensors: dict[str, str] = {}
    takes: dict[str, frozenset[str]] = {}
    """By tensor, what may still become part of the operator that makes it."""
    for layer in network.layers:
        first = layer.inputs[0]
        if layer.kind in VIEWS or (readers[first] == 1 and layer.kind in takes.get(first, ())):
            tensors[layer.name] = tensors.get(first, first)
            takes[layer.name] = _RECTIFIERS if layer.kind == "batch_norm" else frozenset()
        else:
            takes[layer.name] = FUSED.get(layer.kind, frozenset())
    _require_alike(network, readers, takes)
    return tensors


def _require_alike(network: Network, readers: Mapping[str, int], takes: Mapping[str, frozenset[str]]) -> None:
    """Raise NeedsNumber for normalisation that is folded or not as a number of repetitions says."""
    for repeat in network.repeats:
        for given, out in zip(repeat.given, repeat.out, strict=True):
            differs = ("batch_norm" in takes.get(given, ())) != ("batch_norm" in takes.get(out, ()))
            either = {given, out} if minimum(repeat.count, 1) != 1 else {given}
            for layer in network.layers[repeat.first :] if differs else ():
                if layer.kind == "batch_norm" and layer.inputs[0] in either and readers[layer.inputs[0]] == 1:
                    raise NeedsNumber(repeat.count, f"decides whether `{layer.name}` is folded")


def as_converted(network: Network) -> Network:
    """Return the operators that the converter makes of a network, each named as the first of its layers.

    Raises NotConverted for operators without a rule.
    """
    if unknown := {layer.kind for layer in network.layers} - FUSED.keys() - ALONE - VIEWS:
        raise NotConverted(sorted(unknown))
    tensors = joined(network)
    made = [
        operator
        for layer in network.layers
        if layer.name not in tensors
        for operator in _operators(layer._replace(inputs=_all(tensors, layer.inputs)))
    ]
    return network._replace(layers=tuple(made), outputs=_all(tensors, network.outputs))


def _operators(layer: Layer) -> Iterator[Layer]:
    """The operators that a layer becomes, with their names, inputs and shapes; the last has the layer's name."""
    first, *others = layer.inputs
    x, y = layer.input_shapes[0], layer.output_shapes[0]

    def before(name: str, inputs: tuple[str, ...], shape: Shape) -> Layer:
        return layer._replace(name=f"{layer.name}.{name}", inputs=inputs, output_shapes=(shape,))

    if layer.kind == "silu":
        yield (gate := before("sigmoid", (first,), x))
        yield layer._replace(inputs=(first, gate.name), input_shapes=(x, x))
    elif layer.kind == "batch_norm":
        yield (scaled := before("scale", (first,), x))
        yield layer._replace(inputs=(scaled.name,))
    elif layer.kind in _OF_TWO:
        for n, other in enumerate(others[:-1], 1):
            yield (joined := before(f"{n}", (first, other), y))
            first = joined.name
        yield layer._replace(inputs=(first, *others[-1:]))
    elif shape := _padded(layer):
        yield (padded := before("pad", (first,), shape))
        yield layer._replace(inputs=(padded.name, *others), input_shapes=(shape, *layer.input_shapes[1:]))
    else:
        yield layer


def _padded(layer: Layer) -> Shape | None:
    """The shape of a copy of the input with its padding; None where the operator itself can: none, or `same`."""
    if layer.kind not in _WINDOWED:
        return None
    x, windows = layer.input_shapes[0], layer.reads[0]
    axes: list[Any] = list(zip(windows or (), x.size, layer.output_shapes[0].size, strict=True))
    needed = [(out - 1) * window.stride + window.extent - size for window, size, out in axes]
    is_same = all(
        out == ceil_div(size, window.stride) and window.before == max(more, 0) // 2
        for (window, size, out), more in zip(axes, needed, strict=True)
    )
    mirrored = getattr(layer.operator, "padding_mode", "zeros") != "zeros"
    if max(needed) <= 0 or (is_same and not mirrored):
        return None
    after = [max(window.after, more - window.before) for (window, _, _), more in zip(axes, needed, strict=True)]
    return Shape(x.channels, tuple(size + w.before + more for (w, size, _), more in zip(axes, after, strict=True)))
