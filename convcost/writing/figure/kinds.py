"""Which blocks of a figure are opened: one of each kind, as far as there is room."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from convcost.analysis.tree import Node
from convcost.network import Network
from convcost.writing.diagram import layers_of


class Kinds:
    """Blocks by the operators in them: the first of a kind weighs more, and is opened first.

    Of a series of numbered blocks of one kind, the first is drawn, and all others as one that stays closed.
    """

    def __init__(self, network: Network, units: Sequence[range]) -> None:
        self._network, self._units = network, units
        self._rest = set[range]()
        self._first: dict[frozenset[str], range] = {}

    def weight(self, places: range) -> float:
        """Return how early a block is opened, by the places of its layers; below 0 if never."""
        if places in self._rest:
            return -1
        layers = self._network.layers[places.start : places.stop]
        first = self._first.setdefault(frozenset(layer.kind for layer in layers), places) == places
        return len(places) + first * len(self._network.layers)

    def grouped(self, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        """Return blocks, series in them drawn as two."""
        found = list[Node]()
        for (_, numbered), series in groupby(nodes, key=self._kind):
            first, *rest = (node._replace(inside=self.grouped(node.inside)) for node in series)
            found.append(first)
            found += [self._as_rest(rest)] if numbered and len(rest) > 1 else rest
        return (*found,)

    def _kind(self, node: Node) -> tuple[list[str], bool]:
        layers = layers_of(node.places, self._units)
        kinds = [layer.kind for layer in self._network.layers[layers.start : layers.stop]]
        return kinds, bool(node.inside and node.name.isdecimal())

    def _as_rest(self, nodes: Sequence[Node]) -> Node:
        first, last = nodes[0], nodes[-1]
        places = range(first.places.start, last.places.stop)
        self._rest.add(layers_of(places, self._units))
        return Node(f"{first.name}-{last.name}", places, 1, (*nodes,), -1)
