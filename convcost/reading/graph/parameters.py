"""Whose the parameters of a graph are: which layers share them, and how many its outputs depend on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from typing import Any

from convcost.building.build import Layers
from convcost.ops.numbers import Number, differ
from convcost.reading.graph.graph import Constant, Graph


class Parameters:
    """The parameters of the layers so far."""

    def __init__(self, graph: Graph, layers: Layers) -> None:
        self.graph = graph
        self.layers = layers
        self.uneven = _uneven(graph)
        """The kernels that nodes read with different biases, of which each is then a layer of its own."""
        self.lists: defaultdict[str, set[str]] = defaultdict(set)
        """The layers that have a bias, a scale or the like as parameters of their own, by its tensor."""
        self._owners: dict[tuple[str, tuple[str, ...], tuple[Any, ...]], str] = {}
        """The layer that has some weights, by their tensors."""
        self._held: set[str] = set()
        """The parameters that some layer has as weights, or has a table of."""
        self._tables: dict[str, Number] = {}
        """How many parameters each table has that no layer before it counts."""
        self._kernels: dict[str, tuple[str, int]] = {}
        """Which layer's kernel a tensor came through last, and through how many layers with other weights since."""

    def given(self, weights: Sequence[Constant]) -> None:
        """Let the last layer use the weights of one before it, if they are the same tensors.

        Where equal tensors are written once, the same kernel tells that weights are shared; a bias, a scale or a slope
        belongs to each layer that reads it, unless what they read came through one and the same kernel.
        """
        layer = self.layers.all[-1]
        kernel, others = self._kernels.get(layer.inputs[0], ("", 0))
        if weights:
            has_kernel = any(len(one.dims or ()) > 1 for one in weights)
            known_by = () if has_kernel or self.graph.distinct else (kernel, others)
            key = layer.kind, tuple(one.key for one in weights), known_by
            owner = self._owners.setdefault(key, layer.name)
            self._held.update(name for one in weights for name, _ in one.parameters)
            if owner != layer.name:
                self.layers.share(-1, owner)
            else:
                for one in weights:
                    if one.trained and len(one.dims or ()) == 1:
                        self.lists[one.key].add(layer.name)
            kernel, others = (owner, 0) if has_kernel else (kernel, others + 1)
        self._kernels.update(dict.fromkeys(layer.outputs, (kernel, others)))

    def are_held(self, kind: str, constant: Constant) -> bool:
        """Return whether a parameter is in a layer of another kind, which then counts it.

        Where equal tensors are written once, a list of numbers may be several parameters.
        """
        written = self.graph.constants.get(constant.key)
        is_one = self.graph.distinct or (written is not None and len(written.dims or ()) > 1)
        return is_one and constant.key in self._held and (kind, (constant.key,), ()) not in self._owners

    def counted(self, table: Constant) -> Number:
        """Return how many of the parameters that a table is worked out from no layer of another one counts."""
        found = sum(n for name, n in table.parameters if not (self.graph.distinct and name in self._held))
        return self._tables.setdefault(table.key, found)

    def forget(self, left: Container[str]) -> None:
        """Forget the layers that are not among these."""
        self._owners = {key: name for key, name in self._owners.items() if name in left}
        there = {one for _, tensors, _ in self._owners for one in tensors}
        self._held = {name for one in there for name in one.split(" ")}
        self._tables = {key: count for key, count in self._tables.items() if key in there}

    def read(self) -> frozenset[tuple[str, Number]]:
        """Return the parameters that maps are computed with, and how many numbers each has.

        What no output depends on is computed as well: a graph from PyTorch has it, as a last residual that is not read.
        """
        needed = {one.name for one in self.graph.inputs}
        for node in self.graph.nodes:
            if not needed.isdisjoint(node.inputs):
                needed.update(node.outputs)
        needed.update(self.graph.outputs)
        for node in reversed(self.graph.nodes):
            if not needed.isdisjoint(node.outputs):
                needed.update(node.inputs)
        constants = self.graph.constants
        return frozenset().union(*(constants[name].parameters for name in needed & constants.keys()))

    def unlike(self) -> tuple[Number, Number] | None:
        """Return how many parameters nodes read, and how many layers hold, where that is not the same; each once.

        None too where one name may be several parameters.
        """
        if not self.graph.distinct:
            return None
        wanted = sum((count for _, count in self.read()), 0)
        held = sum((layer.params.total for layer in self.layers.all), 0)
        return (wanted, held) if differ(held, wanted) else None


def _uneven(graph: Graph) -> frozenset[str]:
    biases: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for node in graph.nodes:
        if node.op in ("Conv", "ConvTranspose", "Gemm", "MatMul") and len(node.inputs) > 1:
            biases[node.inputs[1]].append(node.inputs[2:] if node.op != "MatMul" else (node.outputs[0],))
    return frozenset(kernel for kernel, others in biases.items() if len(set(others)) > 1)
