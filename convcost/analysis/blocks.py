"""Blocks as layers' names tell of them: the dotted names before a layer's own."""

from __future__ import annotations

from collections.abc import Iterable


def with_blocks(layers: Iterable[str]) -> frozenset[str]:
    """Return the names of layers, and of all blocks that they are in.

    >>> sorted(with_blocks(["stem", "stage.0.conv"]))
    ['stage', 'stage.0', 'stage.0.conv', 'stem']
    """
    names = frozenset(layers)
    return names.union(*({name[:n] for n in _dots(name)} for name in names))


def outermost_not_in(name: str, known: frozenset[str]) -> str:
    """Return the largest block around a layer that has no known name; the layer itself if all have.

    >>> outermost_not_in("stage.1.conv", frozenset({"stage", "stage.0"}))
    'stage.1'
    """
    return next((name[:n] for n in _dots(name) if name[:n] not in known), name)


def _dots(name: str) -> list[int]:
    return [n for n, char in enumerate(name) if char == "."]
