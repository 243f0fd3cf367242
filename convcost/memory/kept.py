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

from convcost.memory.pytorch_eager import IN_16_BITS, RULES
from convcost.memory.rule import Rule
from convcost.memory.settings import PRECISIONS
from convcost.network import Layer, Network, Repeat
from convcost.ops.base import Shape
from convcost.ops.numbers import NeedsNumber, Number, maximum, minimum


def kept_for_backward(
    network: Network,
    batch: Number = 1,
    frozen: Collection[str] = (),
    checkpoints: Sequence[range] = (),
    precision: str = "fp32",
) -> list[Number]:
    """Return the bytes that each layer is the first to keep, in order, for a batch.

    The layers named in `frozen` are not trained. Of the runs of layers in `checkpoints`, each computed again in the
    backward pass, the inputs are kept alone.
    Raises NeedsNumber for a symbolic number of repetitions of which some keep other tensors than others.
    """
    return Walk(network, batch, frozen, checkpoints, precision).through(0, len(network.layers), 0)


@dataclass(slots=True, eq=False)
class Storage:
    """Memory that a tensor takes, and those that are views of it."""

    bytes: Number
    """Those of one sample."""
    kept: Number = 0
    """1 if it is kept; where that depends on a symbol, a number that is 1 or 0."""
    by: str = ""
    """The layer that is the first to keep it."""

    def keep(self, share: Number, by: str) -> Number:
        """Keep it for a layer where `share` is 1; return the bytes of a sample that were not kept already."""
        new = share * (1 - self.kept)
        if new != 0:
            self.by = self.by or by
        self.kept = self.kept + new
        return new * self.bytes


FLOAT = 4
"""Bytes of a float32."""


class Widths(NamedTuple):
    """The bytes of the numbers that a layer reads, makes beside its outputs, and writes."""

    reads: int
    runs: int
    writes: int


def rule_of(layer: Layer, bits: int = 32) -> Rule:
    """Return what a framework keeps of a layer that runs with so many bits: nothing of what is not counted."""
    if not layer.operator.is_counted:
        return Rule()
    return IN_16_BITS.get(layer.kind, RULES[layer.kind]) if bits == 16 else RULES[layer.kind]


class Tensor(NamedTuple):
    """A tensor where it is made."""

    storage: Storage
    trained: Number
    """1 if it depends on a parameter, else 0."""
    width: int
    """The bytes of each of its numbers."""
    channels_last: bool = False
    """Whether the channels of each position stand side by side in memory."""

    @property
    def state(self) -> tuple[Number, Number, int]:
        """What may differ from one repetition to the next."""
        return self.storage.kept, self.trained, self.width


class Walk:
    """The tensors of a network, as a framework makes them in training, layer after layer."""

    def __init__(
        self,
        network: Network,
        batch: Number,
        frozen: Collection[str] = (),
        checkpoints: Sequence[range] = (),
        precision: str = "fp32",
    ) -> None:
        self.layers, self.batch, self.frozen = network.layers, batch, frozen
        self.width, self.cast = PRECISIONS[precision]
        self.blocks = {block.start: block for block in checkpoints}
        self.again: list[Number] = [0] * len(network.layers)
        """What each layer keeps while the block that it is in, a checkpointed one, is computed again."""
        self.tensors = {
            name: Tensor(Storage(shape.elements * self.width), 0, self.width) for name, shape in network.inputs.items()
        }
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
            storage = fresh.setdefault(one.storage, Storage(one.storage.bytes))
            self.tensors[name] = one._replace(storage=storage)
        return [self.batch * kept, *[0] * (len(layers) - 1)]

    def layer(self, layer: Layer) -> Number:
        """Return the bytes that a layer is the first to keep."""
        rule = rule_of(layer, 8 * self.cast)
        widths = self.widths(layer, rule)
        inputs = [self.read(one, shape, widths.reads) for one, shape in self.given(layer)]
        trained = 1 if self.trains(layer) else reduce(maximum, [one.trained for one in inputs])
        is_view = rule.is_view or (rule.is_reshaped and not inputs[0].channels_last)
        last = inputs[0].channels_last if rule.channels_last is None else rule.channels_last
        for name, shape in zip(layer.outputs, layer.output_shapes, strict=True):
            storage = inputs[0].storage if is_view else Storage(shape.elements * widths.writes)
            self.tensors[name] = Tensor(storage, trained, widths.writes, last)
        copied = rule.is_copied(layer)
        if rule.of_tokens:
            copied = not inputs[0].channels_last or inputs[0].storage is not self.tensors[layer.inputs[0]].storage
        stored = self._tensors(layer, rule, inputs, copied)
        bytes = sum(one.keep(trained * share, layer.name) for one, share in stored)
        bytes += trained * widths.runs * (rule.numbers(layer) + copied * rule.copy(layer))
        bytes += trained * (self.width * rule.own(layer) + rule.bytes(layer))
        once = widths.runs * rule.once(layer) + self.weights_cast(layer, rule, inputs)
        return self.batch * bytes + trained * (once + rule.bytes_once(layer))

    def given(self, layer: Layer) -> Iterator[tuple[Tensor, Shape]]:
        """Yield the tensors that a layer is given, with their shapes."""
        return zip([self.tensors[name] for name in layer.inputs], layer.input_shapes, strict=True)

    def widths(self, layer: Layer, rule: Rule) -> Widths:
        """Return the bytes of the numbers that a layer reads, makes and writes; 0 where it reads what it is given."""
        given = max(self.tensors[name].width for name in layer.inputs)
        by = {"cast": self.cast, "own": self.width, "float": FLOAT, "wide": max(given, self.width), "": given}
        types = rule.types(layer)
        return Widths(by[types.reads] if types.reads else 0, by[types.runs], by[types.writes])

    def read(self, one: Tensor, shape: Shape, width: int) -> Tensor:
        """Return the tensor that a layer reads of one that it is given: a copy where it is cast."""
        width = width or one.width
        return one if width == one.width else one._replace(storage=Storage(shape.elements * width), width=width)

    def weights_cast(self, layer: Layer, rule: Rule, inputs: Sequence[Tensor]) -> Number:
        """Return the bytes of the weights as autocast casts them, once for layers that share them."""
        if rule.types(layer).runs != "cast" or self.width == self.cast:
            return 0
        needed = reduce(maximum, [one.trained for one in inputs]) if rule.for_weights else 1
        return needed * self.cast * rule.weights(layer)

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
            self.tensors[name] = one._replace(storage=Storage(_given(layers, name) * one.width, one.storage.kept))
        later = self.through(*run)
        if [one.state for one in out] != [self.tensors[name].state for name in repeat.out]:
            raise NeedsNumber(repeat.count, f"repeats `{layers[0].name}`, which does not keep the same each time")
        for storage, kept in before.items():
            storage.kept = kept + some * (storage.kept - kept)
        for name, shape, old, new in zip(repeat.out, repeat.shapes, given, out, strict=True):
            was = before[old.storage], old.trained
            kept, trained = (a + some * (b - a) for a, b in zip(was, new.state, strict=False))
            storage = Storage(shape.elements * new.width, kept)
            self.tensors[name] = Tensor(storage, trained, new.width, new.channels_last)
        self.tensors.update(zip(repeat.given, given, strict=True))
        return [
            repeat.total(after, layer.name) - some * repeat.first_of(after - before)
            for layer, before, after in zip(layers, first, later, strict=True)
        ]


def _given(layers: Sequence[Layer], name: str) -> Number:
    """The elements of what any repetition is given in the place of a tensor."""
    shapes = (layer.input_shapes[layer.inputs.index(name)] for layer in layers if name in layer.inputs)
    return next((shape.elements for shape in shapes), 0)
