"""What training keeps of each layer until its backward pass has run: every storage once, however many layers read it.

A tensor of which a layer hands on a part, or another shape, is kept as a whole. What depends on no parameter is not
kept. Parameters and running statistics are held anyway, and are not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

from convcost.memory.pytorch_eager import RULES
from convcost.memory.rule import Rule
from convcost.network import Layer, Network, Repeat
from convcost.ops.numbers import NeedsNumber, Number, maximum, minimum

FLOAT = 4
"""Bytes of a number."""


def kept_for_backward(
    network: Network, batch: Number = 1, frozen: Collection[str] = (), checkpoints: Sequence[range] = ()
) -> list[Number]:
    """Return the bytes that each layer is the first to keep, in order, for a batch of float32.

    The layers named in `frozen` are not trained. Of the runs of layers in `checkpoints`, each computed again in the
    backward pass, the inputs are kept alone.
    Raises NeedsNumber for a symbolic number of repetitions of which some keep other tensors than others.
    """
    return Walk(network, batch, frozen, checkpoints).through(0, len(network.layers), 0)


@dataclass(slots=True, eq=False)
class Storage:
    """Memory that a tensor takes, and those that are views of it."""

    elements: Number
    kept: Number = 0
    """1 if it is kept; where that depends on a symbol, a number that is 1 or 0."""
    by: str = ""
    """The layer that is the first to keep it."""

    def keep(self, share: Number, by: str) -> Number:
        """Keep it for a layer where `share` is 1; return the numbers that were not kept already."""
        new = share * (1 - self.kept)
        if new != 0:
            self.by = self.by or by
        self.kept = self.kept + new
        return new * self.elements


def rule_of(layer: Layer) -> Rule:
    """Return what a framework keeps of a layer: nothing of what is not counted."""
    return RULES[layer.kind] if layer.operator.is_counted else Rule()


class Tensor(NamedTuple):
    """A tensor where it is made."""

    storage: Storage
    trained: Number
    """1 if it depends on a parameter, else 0."""
    channels_last: bool = False
    """Whether the channels of each position stand side by side in memory."""

    @property
    def state(self) -> tuple[Number, Number]:
        """What may differ from one repetition to the next."""
        return self.storage.kept, self.trained


class Walk:
    """The tensors of a network, as a framework makes them in training, layer after layer."""

    def __init__(
        self, network: Network, batch: Number, frozen: Collection[str] = (), checkpoints: Sequence[range] = ()
    ) -> None:
        self.layers, self.batch, self.frozen = network.layers, batch, frozen
        self.blocks = {block.start: block for block in checkpoints}
        self.again: list[Number] = [0] * len(network.layers)
        """What each layer keeps while the block that it is in, a checkpointed one, is computed again."""
        self.tensors = {name: Tensor(Storage(shape.elements), 0) for name, shape in network.inputs.items()}
        self.readers = Counter(name for layer in network.layers for name in layer.inputs)
        self.readers.update(network.outputs)

    def trains(self, layer: Layer) -> bool:
        """Return whether a layer has parameters, its own or another layer's, that are not frozen."""
        return layer.is_trained and (layer.shares or layer.name) not in self.frozen

    def through(self, first: int, end: int, depth: int) -> list[Number]:
        """Return what the layers from first to end keep inside so many repeats, once each of these."""
        found: list[Number] = []
        while (n := first + len(found)) < end:
            if n in self.blocks:
                found += self.checkpointed(self.blocks.pop(n))
                continue
            inner = self.layers[n].repeats[::-1][depth:]
            found += self.repeated(inner[0], depth + 1) if inner else [self.layer(self.layers[n])]
        return found

    def checkpointed(self, block: range) -> list[Number]:
        """Return what the layers of a block keep that is computed again: the first of them what the block reads."""
        layers = self.layers[block.start : block.stop]
        made = dict.fromkeys(name for layer in layers for name in layer.outputs)
        given = [self.tensors[name] for layer in layers for name in layer.inputs if name not in made]
        trained = reduce(maximum, [one.trained for one in given], int(any(map(self.trains, layers))))
        kept = sum(one.storage.keep(trained, layers[0].name) for one in given)
        self.again[block.start : block.stop] = self.through(block.start, block.stop, 0)
        fresh = {one.storage: one.storage for one in given}
        for name in made:  # what is made again is not what the layers after the block have read
            one = self.tensors[name]
            storage = fresh.setdefault(one.storage, Storage(one.storage.elements))
            self.tensors[name] = one._replace(storage=storage)
        return [self.batch * FLOAT * kept, *[0] * (len(layers) - 1)]

    def layer(self, layer: Layer) -> Number:
        """Return the bytes that a layer is the first to keep."""
        rule = rule_of(layer)
        inputs = [self.tensors[name] for name in layer.inputs]
        trained = 1 if self.trains(layer) else reduce(maximum, [one.trained for one in inputs])
        is_view = rule.is_view or (rule.is_reshaped and not inputs[0].channels_last)
        last = inputs[0].channels_last if rule.channels_last is None else rule.channels_last
        for name, shape in zip(layer.outputs, layer.output_shapes, strict=True):
            self.tensors[name] = Tensor(inputs[0].storage if is_view else Storage(shape.elements), trained, last)
        copied = not inputs[0].channels_last if rule.of_tokens else rule.is_copied(layer)
        stored = self._tensors(layer, rule, inputs, copied)
        numbers = sum(one.keep(trained * share, layer.name) for one, share in stored)
        numbers += trained * (rule.numbers(layer) + copied * rule.copy(layer))
        return self.batch * (FLOAT * numbers + trained * rule.bytes(layer)) + trained * rule.once(layer)

    def _tensors(
        self, layer: Layer, rule: Rule, inputs: list[Tensor], copied: Number
    ) -> Iterator[tuple[Storage, Number]]:
        """The storages that a layer keeps, each with 1, or with 0 where it does not."""
        output = self.tensors[layer.outputs[0]].storage
        if (rule.inputs and (not rule.for_weights or self.trains(layer))) or rule.of_tokens:
            yield from ((one.storage, 1 - copied) for one in inputs)
        if rule.factors:
            held = int(self.trains(layer))
            for n, one in enumerate(inputs):
                yield one.storage, reduce(maximum, [held, *(other.trained for other in inputs[:n] + inputs[n + 1 :])])
        if rule.overwrites:
            over = (1 - inputs[0].storage.kept) * (self.readers[layer.inputs[0]] == 1)
            yield from ((output, over), (inputs[0].storage, 1 - over))
        if rule.output:
            yield output, 1

    def repeated(self, repeat: Repeat, depth: int) -> list[Number]:
        """Return what the layers of a repeat keep in all: the first time, what they read may be kept already."""
        layers, run = self.layers[repeat.first : repeat.end], (repeat.first, repeat.end, depth)
        some, given = minimum(repeat.count, 1), [self.tensors[name] for name in repeat.given]
        if some != 1 and any(name in layer.inputs for layer in self.layers[repeat.end :] for name in repeat.given):
            raise NeedsNumber(repeat.count, f"repeats `{layers[0].name}`, whose input is read again after it")
        before = {one.storage: one.storage.kept for one in self.tensors.values()}
        first = self.through(*run)
        out = [self.tensors[name] for name in repeat.out]
        for name, one in zip(repeat.given, out, strict=True):
            self.tensors[name] = one._replace(storage=Storage(_given(layers, name), one.storage.kept))
        later = self.through(*run)
        if [one.state for one in out] != [self.tensors[name].state for name in repeat.out]:
            raise NeedsNumber(repeat.count, f"repeats `{layers[0].name}`, which does not keep the same each time")
        for storage, kept in before.items():
            storage.kept = kept + some * (storage.kept - kept)
        for name, shape, old, new in zip(repeat.out, repeat.shapes, given, out, strict=True):
            kept, trained = (
                a + some * (b - a) for a, b in zip((before[old.storage], old.trained), new.state, strict=True)
            )
            self.tensors[name] = Tensor(Storage(shape.elements, kept), trained, new.channels_last)
        self.tensors.update(zip(repeat.given, given, strict=True))
        return [
            repeat.total(after, layer.name) - some * repeat.first_of(after - before)
            for layer, before, after in zip(layers, first, later, strict=True)
        ]


def _given(layers: Sequence[Layer], name: str) -> Number:
    """The elements of what any repetition is given in the place of a tensor."""
    shapes = (layer.input_shapes[layer.inputs.index(name)] for layer in layers if name in layer.inputs)
    return next((shape.elements for shape in shapes), 0)
