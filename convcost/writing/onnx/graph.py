"""A graph of ONNX while it is made: its nodes, its weights and its fixed numbers, and how everything is called."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import count
from math import prod
from typing import Any, NamedTuple

from convcost.reading.graph.graph import PART


class Weight(NamedTuple):
    """A tensor that the network holds; its numbers come when it is written."""

    name: str
    dims: tuple[int, ...]
    spread: float | None = None
    """The standard deviation of what is drawn for it; without, it is all zeros or, where it `scales`, ones."""
    scales: bool = False
    values: tuple[float, ...] = ()
    """What it has whatever is drawn: these over and over."""

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return prod(self.dims)


class Fixed(NamedTuple):
    """A tensor whose numbers stand in a node: all but those are the network's weights."""

    dims: tuple[int, ...]
    values: tuple[float, ...]
    dtype: str = ""
    """The type of its numbers, if it is not the network's."""


@dataclass
class Node:
    """One application of an operator of ONNX."""

    op: str
    name: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any]


class Graph:
    """The nodes so far, in order, and what they read."""

    def __init__(self, inputs: Collection[str]) -> None:
        """The names of `inputs` are taken."""
        self.nodes: list[Node] = []
        self.weights: dict[tuple[str, str], Weight] = {}
        """By the layer that has it and what it is there."""
        self.fixed: dict[tuple[Any, ...], str] = {}
        """Lists of sizes, axes and the like, each once."""
        self.places: set[str] = set()
        """The tensors of whole numbers that say where maxima were."""
        self._tensors = {"", *inputs}
        self._nodes: set[str] = {""}

    def node(self, op: str, wish: str, inputs: Sequence[str], outputs: int, attributes: dict[str, Any]) -> list[str]:
        """Add a node and return what it makes; its name is the one that is wished, or one like it."""
        made = [self.tensor(f"{wish}:{n}") for n in range(outputs)]
        self.nodes.append(Node(op, _free(wish, self._nodes), [*inputs], made, attributes))
        return [*made]

    def called(self, made: Sequence[str], names: Sequence[str]) -> list[str]:
        """Give what the last nodes have made these names, or ones like them, and return those."""
        new = {old: self.tensor(name) for old, name in zip(made, names, strict=True)}
        for node in self.nodes[-_MOST_NODES:]:
            node.inputs = [new.get(name, name) for name in node.inputs]
            node.outputs = [new.get(name, name) for name in node.outputs]
        self.places = {new.get(name, name) for name in self.places}
        return [new[name] for name in made]

    def tensor(self, wish: str) -> str:
        """Return a name for a tensor that no other has: the one that is wished, or one like it."""
        return _free(wish, self._tensors)

    def weight(self, owner: str, part: str, dims: Sequence[int], *numbers: Any) -> str:
        """Return the name of a tensor that a layer holds, which others may share; `numbers` say what it has."""
        if (owner, part) not in self.weights:
            self.weights[owner, part] = Weight(self.tensor(f"{owner}.{part}"), tuple(dims), *numbers)
        return self.weights[owner, part].name

    def numbers(self, values: Sequence[Any], dims: tuple[int, ...], dtype: str) -> str:
        """Return the name of numbers that say what a node does: one tensor for all that want the same."""
        key = (*values, dims, dtype)
        if key not in self.fixed:
            name = f"{dtype}_{'_'.join(map(str, values[:_MOST_IN_A_NAME]))}"
            made = self.node("Constant", f"numbers{PART}{name}", [], 1, {"value": Fixed(dims, tuple(values), dtype)})
            (self.fixed[key],) = self.called(made, [name])
        return self.fixed[key]


def _free(wish: str, taken: set[str]) -> str:
    """The name, or with a number behind it; from then on it is taken."""
    found = next(name for n in count(1) if (name := wish if n == 1 else f"{wish}_{n}") not in taken)
    taken.add(found)
    return found


_MOST_NODES = 64
"""The most nodes that say one layer."""
_MOST_IN_A_NAME = 12
