"""The memory of a training step: what is held at every moment of it.

The backward pass takes the layers from the last to the first. Each needs the gradients of its outputs, and makes those
of its inputs and of its parameters; then what it was the first to keep is free. A tensor that several layers read gets
a gradient from each, and they are added up. Parameters, running statistics, the state of the optimizer, inputs, outputs
and targets are held all the time. The loss is the cross entropy of each output, with a class for each of its positions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from typing import NamedTuple

from convcost.memory.kept import Storage, Walk, rule_of
from convcost.memory.settings import OPTIMIZERS
from convcost.network import Layer, Network
from convcost.ops.numbers import NeedsNumber, Number, maximum, product

CLASS = 8
"""Bytes of a target: which class it is."""


class Moment(NamedTuple):
    """What is held at one moment of a training step beside what is held all the time, in bytes."""

    place: int
    """Of the layer that runs, forward or backward: its place in the network."""
    kept: Number
    """What is still kept of the forward pass."""
    gradients: Number
    """Gradients of parameters, made so far."""
    transient: Number
    """Gradients of activations, and what is made on the way to them; in the forward pass activations themselves."""
    is_forward: bool = False
    """Whether it is in the forward pass, the layer's own."""

    @property
    def total(self) -> Number:
        """All of it."""
        return self.kept + self.gradients + self.transient


class Step(NamedTuple):
    """A training step: what is held all the time, in bytes, and the moments of its backward pass."""

    parameters: Number
    statistics: Number
    optimizer: Number
    data: Number
    """Inputs, outputs and targets."""
    moments: list[Moment]

    @property
    def always(self) -> Number:
        """What is held all the time."""
        return self.parameters + self.statistics + self.optimizer + self.data


def training_memory(
    network: Network, batch: Number = 1, optimizer: str = "momentum", precision: str = "fp32"
) -> list[Number]:
    """Return the most bytes that are held while the backward pass of each layer runs, in order, for a batch.

    Raises NeedsNumber for a symbolic number of repetitions.
    """
    if not network.layers:
        return []
    step = training_step(network, batch, optimizer, precision=precision)
    most: list[Number] = [0] * len(network.layers)
    for one in step.moments:
        most[one.place] = maximum(most[one.place], one.total)
    return [step.always + number for number in most]


def training_step(
    network: Network,
    batch: Number = 1,
    optimizer: str = "momentum",
    frozen: Collection[str] = (),
    checkpoints: Sequence[range] = (),
    precision: str = "fp32",
) -> Step:
    """Return what a training step holds with a batch; the layers named in `frozen` are not trained.

    Of the runs of layers in `checkpoints` the inputs are kept alone, and each is computed again at its backward pass.
    Raises NeedsNumber for a symbolic number of repetitions.
    """
    if network.repeats:
        raise NeedsNumber(network.repeats[0].count, "repeats layers, each of which is trained at another time")
    walk = Walk(network, batch, frozen, checkpoints, precision)
    layers, shapes, width = network.layers, dict(network.tensors()), walk.width
    kept = dict(zip([one.name for one in layers], walk.through(0, len(layers), 0), strict=True))
    data = sum(batch * CLASS * product(shapes[name].size) for name in network.outputs)
    for storage in {walk.tensors[name].storage for name in (*network.inputs, *network.outputs)}:
        data += batch * storage.bytes
        if storage.by:  # it is held anyway
            kept[storage.by] -= batch * storage.bytes * storage.kept
    parameters = width * sum(one.params.total for one in layers)
    trained = [one for one in layers if walk.trains(one)]
    gradients = width * sum(one.params.total for one in trained)
    statistics = width * sum(one.params.statistics for one in layers)
    moments = list(_Backward(network, walk, list(kept.values()), batch, checkpoints).moments())
    if frozen or checkpoints:  # where all is kept, the backward pass begins with more than the forward pass has held
        moments += _forward(network, walk, list(kept.values()), batch)
    state = OPTIMIZERS[optimizer]
    if state == 2:  # a root and a quotient of it are made beside the largest parameter
        largest = reduce(maximum, (number for layer in trained for number in layer.params[:3]), 0)
        moments.append(Moment(0, 0, gradients, 2 * width * largest))
    return Step(parameters, statistics, state * gradients, data, moments)


def _forward(network: Network, walk: Walk, kept: Sequence[Number], batch: Number) -> Iterable[Moment]:
    """Yield what is held while each layer runs forward: what is kept so far, and what a layer reads later."""
    place = {layer.name: n for n, layer in enumerate(network.layers)}
    held = {walk.tensors[name].storage for name in (*network.inputs, *network.outputs)}
    spans: dict[Storage, range] = {}
    for n, layer in enumerate(network.layers):
        for name in (*layer.outputs, *layer.inputs):
            storage = walk.tensors[name].storage
            spans[storage] = range(spans[storage].start if storage in spans else n, n + 1)
    changes: list[Number] = [0] * (len(network.layers) + 1)
    for storage, span in spans.items():
        stop = min(span.stop, place[storage.by]) if storage.by else span.stop
        if storage not in held and stop > span.start:
            changes[span.start] += batch * storage.bytes
            changes[stop] -= batch * storage.bytes
    for n, (so_far, live) in enumerate(zip(accumulate(kept), accumulate(changes), strict=False)):
        yield Moment(n, so_far, 0, live, is_forward=True)


@dataclass(slots=True, eq=False)
class _Gradient:
    """The gradient of a tensor, or of several that are passed on together."""

    bytes: Number
    holders: int = 0


class _Backward:
    def __init__(
        self, network: Network, walk: Walk, kept: Sequence[Number], batch: Number, checkpoints: Sequence[range]
    ) -> None:
        self.network, self.walk, self.kept, self.batch = network, walk, kept, batch
        self.bytes = {name: batch * walk.tensors[name].width * shape.elements for name, shape in network.tensors()}
        self.gradients: dict[str, _Gradient] = {}
        self.again = {block.stop - 1: sum(walk.again[block.start : block.stop]) for block in checkpoints}
        """What is kept again when a layer's backward pass begins, the last of a block."""
        self.live: Number = 0
        """Bytes of the gradients of activations."""

    def moments(self) -> Iterable[Moment]:
        """Yield every moment, from the loss to the first layer."""
        layers, kept, made = self.network.layers, sum(self.kept), 0
        logarithms = sum(self.bytes[name] for name in self.network.outputs)
        for name in reversed(self.network.outputs):
            one = self.new(self.bytes[name])
            one.holders = 1
            for most in (self.live + one.bytes, *self.pass_on([(name, one)])):
                yield Moment(len(layers) - 1, kept + logarithms, 0, most)
            logarithms -= one.bytes
        for n, layer in reversed(list(enumerate(layers))):
            kept += self.again.get(n, 0)
            freed = self.kept[n] + self.walk.again[n]
            given = [self.gradients.pop(name) for name in layer.outputs if name in self.gradients]
            if given:
                made += self.walk.width * layer.params.total * self.walk.trains(layer)
                to = self.of_inputs(layer, given)
                for _, one in to:
                    one.holders += 1
                yield Moment(n, kept, made, self.live + self.beside(layer))
                self.drop(given)
                for most in self.pass_on(to):
                    yield Moment(n, kept - freed, made, most)
            kept -= freed

    def of_inputs(self, layer: Layer, given: list[_Gradient]) -> list[tuple[str, _Gradient]]:
        """Return the gradients of a layer's inputs that depend on parameters, each with the name of the input."""
        passes = rule_of(layer).passes_gradient
        needs = [(name, self.walk.tensors[name].trained) for name in layer.inputs]
        return [(name, given[0] if passes else self.new(need * self.bytes[name])) for name, need in needs if need != 0]

    def beside(self, layer: Layer) -> Number:
        """Return the bytes that a layer makes beside these gradients, for a while."""
        trained = reduce(maximum, (self.walk.tensors[name].trained for name in layer.inputs))
        return self.batch * self.walk.tensors[layer.outputs[0]].width * trained * rule_of(layer).beside(layer)

    def new(self, bytes: Number) -> _Gradient:
        self.live += bytes
        return _Gradient(bytes)

    def pass_on(self, to: list[tuple[str, _Gradient]]) -> Iterable[Number]:
        """Hand each gradient to the tensor of a name; yield what is held while it is added to one that is there."""
        for name, one in to:
            if name in self.gradients:
                both = [one, self.gradients[name]]
                one = self.new(self.bytes[name])
                one.holders = 1
                yield self.live
                self.drop(both)
            self.gradients[name] = one

    def drop(self, gradients: Iterable[_Gradient]) -> None:
        for one in gradients:
            one.holders -= 1
            if not one.holders:
                self.live -= one.bytes
