"""In which row each node stands: below all that it comes from, and no lower than it must."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def ranks(nodes: Iterable[T], links: Iterable[tuple[T, T]]) -> dict[T, int]:
    """Return the row of each node, from 0; ValueError if there is a circle.

    What comes from nothing stands just above what it goes to.

    >>> ranks("abcd", [("a", "b"), ("b", "c"), ("d", "c")])
    {'a': 0, 'b': 1, 'c': 2, 'd': 1}
    """
    order = [*nodes]
    after: dict[T, list[T]] = {node: [] for node in order}
    for source, target in links:
        after[source].append(target)
    found = dict.fromkeys(order, 0)
    entered = _counted(order, after)
    for node in _topological(order, after, dict(entered)):
        for target in after[node]:
            found[target] = max(found[target], found[node] + 1)
    for node in order:
        if not entered[node] and after[node]:
            found[node] = min(found[target] for target in after[node]) - 1
    return found


def heights(found: Mapping[T, int], links: Iterable[tuple[T, T]]) -> dict[T, int]:
    """Return how many rows the longest way from each node on passes."""
    below = dict.fromkeys(found, 0)
    for source, target in sorted(links, key=lambda link: -found[link[0]]):
        below[source] = max(below[source], below[target] + 1)
    return below


def _counted(order: list[T], after: Mapping[T, list[T]]) -> dict[T, int]:
    entered = dict.fromkeys(order, 0)
    for targets in after.values():
        for target in targets:
            entered[target] += 1
    return entered


def _topological(order: list[T], after: Mapping[T, list[T]], entered: dict[T, int]) -> list[T]:
    ready = [node for node in order if not entered[node]]
    for node in ready:
        for target in after[node]:
            entered[target] -= 1
            if not entered[target]:
                ready.append(target)
    if len(ready) < len(order):
        raise ValueError("the nodes form a circle")
    return ready
