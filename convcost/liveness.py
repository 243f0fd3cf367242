"""Which tensors are held while each layer runs, in the given order, and how many elements they have.

A layer's inputs and outputs are held while it runs; a tensor is released after the last layer that reads it; the
network's outputs are held to the end. Every layer writes tensors of its own: nothing is done in place, nothing is a
view. Parameters are not counted.
"""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.

from collections.abc import Sequence
from functools import reduce
from itertools import accumulate
from typing import NamedTuple

from convcost.network import Layer, Network, Repeat
from convcost.ops.numbers import NeedsNumber, Number, maximum, minimum


class Lifetime(NamedTuple):
    """A tensor, and the first and the last of the layers that it is held for; at 0 there are the inputs alone."""

    name: str
    elements: Number
    first: int
    last: int


def lifetimes(network: Network) -> list[Lifetime]:
    """Return all tensors of a network; those of layers that are repeated with their sizes in any repetition."""
    end = len(network.layers)
    sizes = [[shape.elements for shape in layer.output_shapes] for layer in network.alike.layers]
    last_use = {name: n for n, layer in enumerate(network.layers, 1) for name in layer.inputs}
    last_use |= dict.fromkeys(network.outputs, end)
    given = [Lifetime(name, shape.elements, 0, last_use.get(name, end)) for name, shape in network.inputs.items()]
    written = [
        Lifetime(name, elements, n, last_use.get(name, n))
        for n, (layer, place) in enumerate(zip(network.layers, network.alike.places, strict=True), 1)
        for name, elements in zip(layer.outputs, sizes[place], strict=True)
    ]
    return given + written


def held(network: Network, tensors: Sequence[Lifetime] | None = None) -> list[Number]:
    """Return how many elements are held while each layer runs, for one sample, in order; with none, the inputs.

    `tensors` are its lifetimes, where they are known already.
    A layer that is repeated has the most that is held in any of its repetitions, and 0 where there are none. Raises
    NeedsNumber for a symbolic number of repetitions of which that can't be told.
    """
    changes: list[Number] = [0] * (len(network.layers) + 2)

    def hold(elements: Number, first: int, last: int) -> None:
        if first <= last:
            changes[first] += elements
            changes[last + 1] -= elements

    tensors = tensors or lifetimes(network)
    for tensor in tensors:
        hold(tensor.elements, tensor.first, tensor.last)
    if network.repeats:
        last = {tensor.name: tensor.last for tensor in tensors}
        elements = {tensor.name: tensor.elements for tensor in tensors}
        for repeat in network.repeats:
            for given, out, shape in zip(repeat.given, repeat.out, repeat.shapes, strict=True):
                if last[given] > repeat.end:
                    more, until = _beside(network, repeat, given, elements[given])
                    hold(more, repeat.first + 1, until)
                elif repeat.counter is not None:
                    moved = _given(network, repeat, given)
                    hold(moved - repeat.first_of(moved), repeat.first + 1, last[given])
                hold(shape.elements - elements[out], repeat.end + 1, last[out])  # it is what the last one makes
                elements[out] = shape.elements
    inputs, *found = accumulate(changes[:-1])
    if network.repeats:
        found = [_in_all(number, layer) for number, layer in zip(found, network.layers, strict=True)]
    if not found or network.layers[0].repeats:
        found[:1] = [reduce(maximum, found[:1], inputs)]
    return found


def _given(network: Network, repeat: Repeat, name: str) -> Number:
    """Return the elements of what any repetition is given in the place of a tensor."""
    for layer in network.layers[repeat.first : repeat.end]:
        if name in layer.inputs:
            number: Number = layer.input_shapes[layer.inputs.index(name)].elements
            for inner in layer.repeats[: layer.repeats.index(repeat)]:
                number = inner.first_of(number)
            return number
    return 0


def _beside(network: Network, repeat: Repeat, given: str, elements: Number) -> tuple[Number, int]:
    """(elements, last) of what further repetitions are given, where what the first one is given is read again after it.

    Without a repetition this would be what is handed on: NeedsNumber where there may be none.
    """
    if repeat.counter is not None or minimum(repeat.count, 1) != 1:
        name = network.layers[repeat.first].name
        raise NeedsNumber(repeat.count, f"repeats `{name}`, whose input is read again after it")
    reads = [n for n in range(repeat.first, repeat.end) if given in network.layers[n].inputs]
    return elements * minimum(repeat.count - 1, 1), max(reads, default=-1) + 1


def _in_all(number: Number, layer: Layer) -> Number:
    for repeat in layer.repeats:
        number = repeat.most(number, layer.name) * minimum(repeat.count, 1)
    return number
