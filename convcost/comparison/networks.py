"""Two networks layer by layer: which layers are the same, which differ, and what that costs."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from operator import attrgetter
from typing import TypeAlias

from convcost.analysis.costs import Analysis, Costs
from convcost.ops.base import Shape
from convcost.ops.numbers import Number

SAME, CHANGED, ONLY_LEFT, ONLY_RIGHT = "same", "changed", "removed", "added"


@dataclass(frozen=True, slots=True)
class Part:
    """One layer, or the layers of a block where the other network has one layer of the block's name."""

    name: str
    layers: tuple[Costs, ...]

    @property
    def kind(self) -> str:
        return " + ".join(cost.layer.kind for cost in self.layers)

    @property
    def output_shapes(self) -> tuple[Shape, ...]:
        return self.layers[-1].layer.output_shapes

    @property
    def params(self) -> Number:
        return sum(cost.params for cost in self.layers)

    @property
    def macs(self) -> Number:
        return sum(cost.macs for cost in self.layers)


@dataclass(frozen=True, slots=True)
class Pair:
    """What stands at one place in either network."""

    left: Part | None
    right: Part | None

    @property
    def name(self) -> str:
        """The name; if the networks have two for it, `old -> new`."""
        return self.both(lambda part: part.name)

    def both(self, text: Callable[[Part], str]) -> str:
        """Return a text about it; if it is not the same of either side, `old -> new`."""
        return " -> ".join(dict.fromkeys(text(part) for part in (self.left, self.right) if part))

    @property
    def state(self) -> str:
        """Whether both are there, and compute the same at the same cost."""
        if self.left is None:
            return ONLY_RIGHT
        if self.right is None:
            return ONLY_LEFT
        both = ((part.kind, part.output_shapes, part.params, part.macs) for part in (self.left, self.right))
        return SAME if len(set(both)) == 1 else CHANGED

    @property
    def params(self) -> tuple[Number, Number]:
        return self.left.params if self.left else 0, self.right.params if self.right else 0

    @property
    def macs(self) -> tuple[Number, Number]:
        return self.left.macs if self.left else 0, self.right.macs if self.right else 0


def align(left: Analysis, right: Analysis) -> list[Pair]:
    """Return every layer of both, in order: those of one name beside each other, else those of one operator and shape.

    Between two such, layers stand side by side if there are as many on either side. Where names count up (`conv_2`), a
    layer put in shifts those of all that follow: then structure alone is asked, and taken if it leaves less to tell.
    """
    named = _aligned(_parts(left, right), _parts(right, left), (_NAME, *_STRUCTURE))
    ours, theirs = ([Part(cost.layer.name, (cost,)) for cost in analysis.layers] for analysis in (left, right))
    if all(pair.left and pair.right for pair in named):
        return named
    both = named, _aligned(ours, theirs, _STRUCTURE)
    return min(both, key=lambda pairs: sum(pair.state != SAME for pair in pairs))


def _parts(analysis: Analysis, other: Analysis) -> list[Part]:
    theirs = {cost.layer.name for cost in other.layers}

    def place(cost: Costs) -> str:
        words = cost.layer.name.split(".")
        shorter = (".".join(words[:n]) for n in range(len(words), 0, -1))
        return next((name for name in shorter if name in theirs), cost.layer.name)

    return [Part(name, tuple(costs)) for name, costs in groupby(analysis.layers, key=place)]


_Key: TypeAlias = Callable[[Part], Hashable]

_NAME: _Key = attrgetter("name")
_STRUCTURE: tuple[_Key, ...] = (
    attrgetter("kind", "output_shapes", "params", "macs"),
    attrgetter("kind", "output_shapes"),
)
_MOST_WORK = 100_000_000
"""Pairs alike times the shorter length: with more, finding the longest stretches alike may take seconds."""


def _aligned(left: Sequence[Part], right: Sequence[Part], keys: Sequence[_Key]) -> list[Pair]:
    """Parts with the same first key beside each other; what is between them, by the next key."""
    if not keys or not left or not right:
        if len(left) == len(right):
            return list(map(Pair, left, right))
        return [*(Pair(part, None) for part in left), *(Pair(None, part) for part in right)]
    pairs: list[Pair] = []
    key, *others = keys
    for same, (i, j), (k, n) in _matches(list(map(key, left)), list(map(key, right))):
        pairs += map(Pair, left[i:j], right[k:n]) if same else _aligned(left[i:j], right[k:n], others)
    return pairs


def _matches(
    left: Sequence[Hashable], right: Sequence[Hashable]
) -> Iterator[tuple[bool, tuple[int, int], tuple[int, int]]]:
    """Stretches of both, in order, and whether they are equal."""
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


@dataclass(frozen=True, slots=True)
class Difference:
    """All pairs of one state together."""

    state: str
    layers: int
    params: tuple[Number, Number]
    macs: tuple[Number, Number]


def differences(pairs: Sequence[Pair]) -> list[Difference]:
    """Return what is the same, changed, removed and added, with what it costs before and after."""
    found = []
    for state in (SAME, CHANGED, ONLY_LEFT, ONLY_RIGHT):
        chosen = [pair for pair in pairs if pair.state == state]
        if chosen:
            params, macs = (
                (sum(before for before, _ in both), sum(after for _, after in both))
                for both in ([pair.params for pair in chosen], [pair.macs for pair in chosen])
            )
            found.append(Difference(state, len(chosen), params, macs))
    return found


def moved_shapes(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the pairs whose output shapes differ."""
    return [pair for pair in pairs if pair.left and pair.right and pair.left.output_shapes != pair.right.output_shapes]
