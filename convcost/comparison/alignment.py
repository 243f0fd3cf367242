"""The layers of two networks beside each other: block beside block, and in two blocks layer beside layer."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import TypeAlias

from convcost.analysis.costs import Analysis, Costs
from convcost.comparison.networks import SAME, Pair, Part, arrow, job_of


@dataclass(eq=False)
class _Node:
    """A layer, or a block with what is in it."""

    name: str
    """The last word of its name."""
    whole: str
    """Its whole name."""
    layers: tuple[Costs, ...]
    inside: tuple[_Node, ...]
    beside: dict[_Node, list[Pair]] = field(default_factory=dict)
    """What it and another block make, kept as it is asked for twice: where names are alike, and where layers are."""

    @cached_property
    def part(self) -> Part:
        return Part(self.whole, self.layers)

    @cached_property
    def everything(self) -> tuple[tuple[Hashable, ...], ...]:
        """What two nodes have in common that compute the same at the same cost, layer by layer."""
        return tuple(
            (cost.layer.kind, cost.layer.output_shapes, cost.of("params"), cost.of("macs")) for cost in self.layers
        )

    @cached_property
    def kinds_and_shapes(self) -> tuple[Hashable, ...]:
        return tuple((cost.layer.kind, cost.layer.output_shapes) for cost in self.layers)

    @cached_property
    def jobs(self) -> tuple[str, ...]:
        return tuple(job_of(cost) for cost in self.layers)


_DEEPEST = 40
"""Blocks further inside are taken for a part of their layers' names."""


_Layer: TypeAlias = tuple[list[str], Costs]
"""A layer and the words of its name."""


def _layers(analysis: Analysis) -> list[_Layer]:
    return [(cost.name.split(".", _DEEPEST), cost) for cost in analysis.layers]


def _nodes(layers: Iterable[_Layer], depth: int = 0) -> tuple[_Node, ...]:
    """Blocks, and layers that are in none, that many words into their names."""

    def name_and_inside(layer: _Layer) -> tuple[str, bool]:
        """The word that a node is called by here, and whether the layer is inside of it."""
        words, _ = layer
        return words[depth], len(words) > depth + 1

    found = []
    for (name, is_block), stretch in groupby(layers, key=name_and_inside):
        within = list(stretch)
        words, first = within[0]
        whole = ".".join(words[: depth + 1]) if is_block else first.name
        inside = _nodes(within, depth + 1) if is_block else ()
        found.append(_Node(name, whole, tuple([cost for _, cost in within]), inside))
    return tuple(found)


def align(left: Analysis, right: Analysis) -> list[Pair]:
    """Return every layer of both, in order: block beside block, and in each pair of blocks layer beside layer.

    Those of one name stand beside each other, else those that are alike; only layers that do one job make a pair. Where
    names count up (`conv_2`), a layer put in shifts those of all that follow: then likeness alone is asked, and taken
    if it leaves less to tell.
    """
    return _level(_nodes(_layers(left)), _nodes(_layers(right)))


_Nodes: TypeAlias = Sequence[_Node]
_Key: TypeAlias = Callable[[_Node], Hashable]

_ALIKE: tuple[_Key, ...] = (
    attrgetter("everything"),
    attrgetter("kinds_and_shapes"),
    attrgetter("jobs"),
    lambda node: (bool(node.inside), frozenset(node.jobs)),
)
_NAMED: tuple[_Key, ...] = (attrgetter("name"), *_ALIKE)
_MOST_WORK = 100_000_000
"""Pairs alike times the shorter length: with more, finding the longest stretches alike may take seconds."""


def _level(left: _Nodes, right: _Nodes) -> list[Pair]:
    named = _aligned(left, right, _NAMED)
    if all(pair.left and pair.right for pair in named):
        return named
    found = min(named, _aligned(left, right, _ALIKE), key=_to_tell)
    if all(len(part.layers) == 1 for pair in found for part in (pair.left, pair.right) if part):
        return found
    # A layer beside a block of its name: layers that follow it may be in the block, too.
    return max(found, _aligned(_opened(left, right), _opened(right, left), _NAMED), key=_same)


def _to_tell(pairs: Iterable[Pair]) -> int:
    return sum(pair.state != SAME for pair in pairs)


def _same(pairs: Iterable[Pair]) -> int:
    return sum(pair.state == SAME for pair in pairs)


def _opened(nodes: _Nodes, others: _Nodes) -> _Nodes:
    """The nodes, with the layers in place of a block where the others have no block of its name."""
    blocks = {node.name for node in others if node.inside}
    return [leaf for node in nodes for leaf in ([node] if node.name in blocks else _leaves([node]))]


def _aligned(left: _Nodes, right: _Nodes, keys: Sequence[_Key]) -> list[Pair]:
    """Nodes with the same first key beside each other; what is between them, by the next key."""
    if not left or not right:
        return [*_alone(left, True), *_alone(right, False)]
    if not keys:
        return _rebuilt(left, right) or [*_alone(left, True), *_alone(right, False)]
    pairs: list[Pair] = []
    key, *others = keys
    for same, (i, j), (k, n) in _matches(list(map(key, left)), list(map(key, right))):
        if same:
            pairs += (pair for both in zip(left[i:j], right[k:n], strict=True) for pair in _both(*both))
        else:
            pairs += _aligned(left[i:j], right[k:n], others)
    return pairs


def _both(left: _Node, right: _Node) -> list[Pair]:
    """Two nodes beside each other, if they do one job; two blocks, with what is in them."""
    name = arrow(left.name, right.name)
    if left.inside and right.inside:
        if right not in left.beside:
            inner = _level(left.inside, right.inside)
            left.beside[right] = [Pair(pair.left, pair.right, (name, *pair.path)) for pair in inner]
        return left.beside[right]
    if left.part.can_become(right.part):
        return [Pair(left.part, right.part, (name,))]
    return [*_alone([left], True), *_alone([right], False)]


def _alone(nodes: _Nodes, is_left: bool) -> Iterator[Pair]:
    """The layers of one network only."""
    for node in nodes:
        for inner in _alone(node.inside, is_left):
            yield inner._replace(path=(node.name, *inner.path))
        if not node.inside:
            yield Pair(node.part, None, (node.name,)) if is_left else Pair(None, node.part, (node.name,))


def _rebuilt(left: _Nodes, right: _Nodes) -> list[Pair]:
    """The layers side by side if all have their pair, or most are the same, only in other blocks; else nothing."""
    if not any(node.inside for node in (*left, *right)):
        return []
    pairs = _aligned(_leaves(left), _leaves(right), _ALIKE)
    most = 2 * _same(pairs) > min(sum(len(node.layers) for node in side) for side in (left, right))
    return pairs if most or all(pair.left and pair.right for pair in pairs) else []


def _leaves(nodes: _Nodes, lead: str = "") -> list[_Node]:
    """The layers, as if they were in no blocks."""
    return [
        leaf
        for node in nodes
        for leaf in (
            _leaves(node.inside, f"{lead}{node.name}.")
            if node.inside
            else [_Node(lead + node.name, node.whole, node.layers, ())]
        )
    ]


def _matches(
    left: Sequence[Hashable], right: Sequence[Hashable]
) -> Iterator[tuple[bool, tuple[int, int], tuple[int, int]]]:
    """Stretches of both, in order, and whether they are equal."""
    if left == right:
        yield True, (0, len(left)), (0, len(right))
        return
    ours, theirs = Counter(left), Counter(right)
    alike = sum(count * theirs[key] for key, count in ours.items())
    if alike * min(len(left), len(right)) > _MOST_WORK:
        blocks: Iterable[tuple[int, int, int]] = _walked(left, right)
    else:
        blocks = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
    i = k = 0
    for j, n, size in blocks:
        if i < j or k < n:
            yield False, (i, j), (k, n)
        if size:
            yield True, (j, j + size), (n, n + size)
        i, k = j + size, n + size


def _walked(left: Sequence[Hashable], right: Sequence[Hashable]) -> Iterator[tuple[int, int, int]]:
    """Equal stretches as SequenceMatcher's, the empty one at the end, but found in one walk along both.

    Where they part, it goes on to the nearest place where one takes up the other again, or both are equal again.
    """
    ours, theirs = _places(left), _places(right)
    i = k = 0
    while i < len(left) and k < len(right):
        size = 0
        while i + size < len(left) and k + size < len(right) and left[i + size] == right[k + size]:
            size += 1
        if size:
            yield i, k, size
            i, k = i + size, k + size
            continue
        added, removed = _next(theirs, left[i], k) - k, _next(ours, right[k], i) - i
        near = min(added, removed, len(left) - i, len(right) - k)
        changed = next((n for n in range(1, near) if left[i + n] == right[k + n]), near)
        if changed < near or near < min(added, removed):
            i, k = i + changed, k + changed
        elif added <= removed:
            k += added
        else:
            i += removed
    yield len(left), len(right), 0


def _places(keys: Sequence[Hashable]) -> dict[Hashable, list[int]]:
    places: dict[Hashable, list[int]] = {}
    for n, key in enumerate(keys):
        places.setdefault(key, []).append(n)
    return places


def _next(places: dict[Hashable, list[int]], key: Hashable, start: int) -> int:
    """The first place of a key from a start on; far away if there is none."""
    found = places.get(key, [])
    n = bisect_left(found, start)
    return found[n] if n < len(found) else sys.maxsize
