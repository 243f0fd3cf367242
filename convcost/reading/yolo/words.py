"""Words of a file as nodes that stand for others, and what is said of those that are wrong."""

from __future__ import annotations

from collections.abc import Mapping

from convcost.language.parts import Report, describe
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode


class Wrong(Exception):
    """Something is not what it must be; it has been reported."""


def at(place: Node, text: str) -> ScalarNode:
    """Return a word that stands for what is written at a node's place."""
    return ScalarNode(text, False, place.span)


def mapping(place: Node, entries: Mapping[str, Node]) -> MappingNode:
    """Return a mapping that stands at a node's place, as all of its keys do."""
    return MappingNode({key: (at(place, key), node) for key, node in entries.items()}, place.span)


def wrong(report: Report, node: Node, message: str, help: str | None = None) -> Wrong:
    """Report what is wrong with a node; return what to raise."""
    report(node.span, message, help)
    return Wrong()


def shown(node: Node) -> str:
    """Return a word as it is written, or what stands there instead of one."""
    if isinstance(node, SequenceNode) and not node.items:
        return "an empty list"
    return f"`{node.text}`" if isinstance(node, ScalarNode) and node.text else describe(node)
