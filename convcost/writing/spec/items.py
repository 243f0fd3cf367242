"""The entries of a spec to be: layers that stand next to each other, under one word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from math import inf
from typing import TypeAlias

from convcost.analysis.arguments import unwritten, written
from convcost.network import Layer, Network
from convcost.ops.base import Shape
from convcost.ops.windows import SAME_POSITION

Arguments: TypeAlias = Mapping[str, str]
"""Arguments by name, as a spec has them."""


@dataclass(frozen=True)
class Item:
    """An entry: an operator, a block of the library or of the spec's own, for layers that follow each other."""

    kind: str
    first: int
    """The place of its first layer in the network."""
    end: int
    """The place after its last layer."""
    reads: tuple[str, ...]
    """The tensors that it is given; of branches, the one from which the paths start."""
    makes: tuple[str, ...]
    """The tensors that it hands on."""
    args: Arguments = field(default_factory=dict)
    """All its arguments, those with a default included if that is a plain value."""
    defaults: Arguments = field(default_factory=dict)
    paths: tuple[Path, ...] = ()
    """The branches that are written in place."""
    repeat: int = 1
    share: str = ""
    """The layer whose weights it uses."""
    is_activation: bool = False
    """Whether it may be an argument of a block: an operator number by number that holds none."""

    @property
    def said(self) -> Arguments:
        """The arguments that are not their defaults."""
        return {name: text for name, text in self.args.items() if self.defaults.get(name) != text}

    def with_lists(self, lists: Iterable[Sequence[Item]]) -> Item:
        """Return it with other entries in its paths."""
        return replace(self, paths=tuple(Path(tuple(items)) for items in lists))


@dataclass(frozen=True)
class Path:
    """A branch: its entries; without any it is what the branches are given."""

    items: tuple[Item, ...]


@dataclass(frozen=True)
class Block:
    """A block of the spec's own: one line of `args`, and entries that may use them."""

    args: Mapping[str, str | None]
    """Its arguments with their defaults; None for one that must be given."""
    items: tuple[Item, ...]
    reads: tuple[str, ...]
    """The tensors that its entries call its input."""
    makes: tuple[str, ...]
    """The tensors that it hands on."""
    outputs: tuple[str, ...] = ()
    """What these are called outside, where there are several."""
    stem: str = ""
    """What the modules that it stands for are called, if they have a name in common."""


class Plan:
    """A network whose layers are being gathered into entries: who makes each tensor, and who reads it."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.layers = network.layers
        self.shapes: dict[str, Shape] = dict(network.tensors())
        self.made_at = {name: n for n, layer in enumerate(self.layers) for name in layer.outputs}
        self.read_at: dict[str, list[float]] = {}
        for n, layer in enumerate(self.layers):
            for name in layer.inputs:
                self.read_at.setdefault(name, []).append(n)
        for name in network.outputs:
            self.read_at.setdefault(name, []).append(inf)
        owners = {layer.shares for layer in self.layers}
        self.bound = [bool(layer.shares) or layer.name in owners for layer in self.layers]
        """Whether a layer has to keep its name, for weights are shared."""
        # Drafts ask for the same layers again and again.
        self.handed_on = cache(self._handed_on)
        self.given_to = cache(self._given_to)

    def _handed_on(self, first: int, end: int) -> tuple[str, ...]:
        """Return the tensors made by layers that others read, or nobody."""
        made = (name for layer in self.layers[first:end] for name in layer.outputs)
        return tuple(name for name in made if not self.stays_in(name, first, end))

    def stays_in(self, name: str, first: int, end: int) -> bool:
        """Return whether a tensor is read by these layers, and no others."""
        readers = self.read_at.get(name)  # in their order
        return readers is not None and first <= readers[0] and readers[-1] < end

    def _given_to(self, first: int, end: int) -> tuple[str, ...]:
        """Return the tensors from elsewhere that layers read, in the order in which they do."""
        read = (name for layer in self.layers[first:end] for name in layer.inputs)
        return tuple(dict.fromkeys(name for name in read if not first <= self.made_at.get(name, -1) < end))


def item_of(layer: Layer, place: int) -> Item:
    """Return the entry that is one layer."""
    said = written(layer)
    usual = {name: text for name in layer.operator.arguments if (text := unwritten(layer, name))}
    texts = {name: said.get(name, usual.get(name)) for name in layer.operator.arguments}
    return Item(
        layer.kind,
        place,
        place + 1,
        layer.inputs,
        layer.outputs,
        {name: text for name, text in texts.items() if text is not None},
        usual,
        share=layer.shares or "",
        is_activation=is_activation(layer) and not said,
    )


def is_activation(layer: Layer) -> bool:
    """Return whether a layer changes number by number, and holds none."""
    alike = layer.input_shapes == layer.output_shapes and not any(layer.held)
    return alike and any(layer.work) and all(axis == SAME_POSITION for read in layer.reads for axis in _axes(read))


def _axes(read: object) -> Iterable[object]:
    return read if isinstance(read, tuple) else (read,)
