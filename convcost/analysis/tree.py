"""Layers as a tree of blocks, as their dotted names tell, and as much of it as there is room for."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Hashable, Iterable, Sequence
from heapq import heappop, heappush
from itertools import groupby, takewhile
from math import inf
from typing import NamedTuple

from convcost.analysis.costs import Analysis, Costs


class Node(NamedTuple):
    """A layer, or a block of neighbouring layers; equal neighbours are one node, and what is inside is the first's."""

    name: str
    """The last part of its name; of a block that holds nothing but another one, both parts."""
    places: range
    """Where its layers stand, those of all copies."""
    copies: int
    inside: tuple[Node, ...]
    """Nothing if it is a layer."""
    structure: int
    """The same number for nodes that are alike in all but their names."""


class Branch(NamedTuple):
    """A node as it is drawn: one inside a node of several copies stands for what is there in each."""

    node: Node
    runs: tuple[range, ...]
    """The places of all layers that it stands for."""
    level: int
    """How many nodes it is drawn in."""


def tree_of(layers: Iterable[tuple[Sequence[str], Hashable]], folded: bool = True) -> tuple[Node, ...]:
    """Return the outermost nodes of layers, each given by the parts of its name and what it is, in their order.

    With `folded`, neighbours that differ in nothing but the numbers in their names are one node: `0`, `1` and `2` are
    `0-2`. A block that holds nothing but numbered copies of one thing is that thing under the block's name.
    """
    grower = _Grower(folded)
    names: list[str] = []
    grown: list[list[Node]] = [[]]

    def close(depth: int) -> None:
        while len(names) > depth:
            nodes = grown.pop()
            grown[-1].append(grower.block(names.pop(), nodes))

    for place, ((*blocks, name), what) in enumerate(layers):
        same = sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(names, blocks, strict=False)))
        close(same)
        for block in blocks[same:]:
            names.append(block)
            grown.append([])
        grown[-1].append(grower.leaf(name, place, what))
    close(0)
    return grower.joined(grown[0])


class _Grower:
    def __init__(self, folded: bool) -> None:
        self.folded = folded
        self._structures: dict[Hashable, int] = {}

    def leaf(self, name: str, place: int, what: Hashable) -> Node:
        return Node(name, range(place, place + 1), 1, (), self._structure(what))

    def block(self, name: str, nodes: Sequence[Node]) -> Node:
        inside = self.joined(nodes)
        if len(inside) == 1:
            (only,) = inside
            return only._replace(name=name if re.fullmatch(r"\d+(-\d+)?", only.name) else f"{name}.{only.name}")
        places = range(inside[0].places.start, inside[-1].places.stop)
        return Node(name, places, 1, inside, self._structure(tuple((x.name, x.copies, x.structure) for x in inside)))

    def joined(self, nodes: Sequence[Node]) -> tuple[Node, ...]:
        if not self.folded:
            return tuple(nodes)
        return tuple(
            _as_one(list(alike)) for _, alike in groupby(nodes, key=lambda node: (node.structure, _stem(node)))
        )

    def _structure(self, what: Hashable) -> int:
        return self._structures.setdefault(what, len(self._structures))


def _stem(node: Node) -> str:
    return re.sub(r"_?\d+", "", node.name)


def _as_one(nodes: Sequence[Node]) -> Node:
    first, last = nodes[0], nodes[-1]
    if first is last:
        return first
    return first._replace(
        name=_named(first.name, last.name),
        places=range(first.places.start, last.places.stop),
        copies=sum(node.copies for node in nodes),
    )


def _named(first: str, last: str) -> str:
    """One name for all from the first to the last.

    >>> _named("0", "2"), _named("block_3", "block_5"), _named("block", "block_3")
    ('0-2', 'block_3-5', 'block')
    """
    both = re.split(r"(\d+)", first), re.split(r"(\d+)", last)
    if len(both[0]) != len(both[1]):
        return first
    return "".join(a if a == b else f"{a}-{b}" for a, b in zip(*both, strict=True))


def branches(
    nodes: Iterable[Node], weight: Callable[[Branch], float], most: float = inf, depth: float = inf
) -> list[Branch]:
    """Return what is drawn of a tree, each block above what is inside: no more than `most`, and so many levels.

    Blocks are opened level by level, on each the one of the greatest weight first, as long as there is room, and down
    to the level on which there is no room for all. Those of a weight below 0 stay closed. The outermost nodes are
    always there.
    """
    drawn: list[Branch] = []
    waiting: list[tuple[int, float, int, Branch]] = []

    def draw(inner: Iterable[Branch]) -> None:
        for branch in inner:
            drawn.append(branch)
            if branch.node.inside and branch.level + 1 < depth and (heavy := weight(branch)) >= 0:
                heappush(waiting, (branch.level, -heavy, branch.node.places.start, branch))

    draw(Branch(node, (node.places,), 0) for node in nodes)
    deepest = inf
    while waiting:
        *_, branch = heappop(waiting)
        if branch.level > deepest:
            break
        if len(drawn) + len(branch.node.inside) <= most:
            draw(_opened(branch))
        else:
            deepest = branch.level
    return sorted(drawn, key=lambda branch: (branch.node.places.start, branch.level))


def _opened(branch: Branch) -> Iterable[Branch]:
    node, runs, level = branch
    starts = [start for run in runs for start in run[:: len(run) // node.copies]]
    for inner in node.inside:
        first, end = (place - node.places.start for place in (inner.places.start, inner.places.stop))
        yield Branch(inner, tuple(range(start + first, start + end) for start in starts), level + 1)


def tree_rows(analysis: Analysis, most: float = inf, depth: float = inf, folded: bool = True) -> list[Costs]:
    """Return the rows of blocks, each above what is inside: no more than `most`, and so many levels.

    The costliest blocks are opened first: see `branches`. With `folded`, equal neighbours are one row, the sum of
    theirs. The rows of one level add up to the row that they are in, the outermost to the network.
    """
    network = analysis.network
    layers = ((layer.name.split("."), kind) for layer, kind in zip(network.layers, network.alike.places, strict=True))

    def row(branch: Branch) -> Costs:
        node = branch.node
        return analysis.costs_of(branch.runs, node.name, not node.inside, branch.level, node.copies)

    return list(map(row, branches(tree_of(layers, folded), lambda branch: row(branch).macs, most, depth)))


def with_blocks(layers: Iterable[str]) -> frozenset[str]:
    """Return the names of layers, and of all blocks that they are in.

    >>> sorted(with_blocks(["stem", "stage.0.conv"]))
    ['stage', 'stage.0', 'stage.0.conv', 'stem']
    """
    names = frozenset(layers)
    return names.union(*({name[:n] for n in _dots(name)} for name in names))


def outermost_not_in(name: str, known: Container[str]) -> str:
    """Return the largest block around a layer that has no known name; the layer itself if all have.

    >>> outermost_not_in("stage.1.conv", frozenset({"stage", "stage.0"}))
    'stage.1'
    """
    return next((name[:n] for n in _dots(name) if name[:n] not in known), name)


def _dots(name: str) -> list[int]:
    return [n for n, char in enumerate(name) if char == "."]
