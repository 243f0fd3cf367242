"""A network's inputs: {channels: ..., size: [...]}."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from convcost.errors import ShapeError, did_you_mean
from convcost.language.parts import Spec
from convcost.language.scope import Scope, Unknown
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode
from convcost.ops.arguments import Count
from convcost.ops.base import Shape
from convcost.ops.numbers import Number

Sizes: TypeAlias = Callable[[str, int, int], Number | None]
"""The size to take for an axis of an input, (its name, the axis, of how many), where a plain number is written.

None leaves what is written.
"""


def shape_of_input(name: str, node: MappingNode, scope: Scope, sizes: Sizes | None) -> Shape | None:
    """Return an input's shape, with `sizes` in place of plain numbers; None, and reported, if it is none."""
    entries = node.entries
    for key, _ in entries.values():
        if key.text not in ("channels", "size"):
            help = did_you_mean(key.text, ("channels", "size")) or "an input is {channels: ..., size: [...]}"
            scope.report(key.span, f"an input has `channels` and `size`, no `{key.text}`", help)
    missing = [key for key in ("channels", "size") if key not in entries]
    if missing:
        scope.report(node.span, f"an input needs `{missing[0]}`", "for example {channels: 3, size: [224, 224]}")
        return None
    size_node = entries["size"][1]
    if not isinstance(size_node, SequenceNode):
        scope.report(size_node.span, "`size` is a list with one number per spatial axis", "for example [224, 224]")
        return None
    if len(size_node.items) > 3:
        scope.report(size_node.span, f"{len(size_node.items)} spatial axes; there are at most 3")
        return None
    numbers: list[Number] = []
    for what, item in [("channels", entries["channels"][1]), *(("size", item) for item in size_node.items)]:
        try:
            numbers.append(Count().read(scope.value(item), 0))
        except ShapeError as error:
            scope.report(item.span, f"`{what}` {error.message}", error.help)
        except Unknown:
            pass
    if len(numbers) != 1 + len(size_node.items):
        return None
    channels, *size = numbers
    if sizes is not None:
        for axis, item in enumerate(size_node.items):
            chosen = sizes(name, axis, len(size)) if is_plain(item) else None
            size[axis] = size[axis] if chosen is None else chosen
    return Shape(channels, tuple(size))


def written_sizes(spec: Spec) -> list[list[Node]]:
    """Return the inputs' sizes as they are written, one entry per spatial axis; without those that are no lists."""
    sizes = (shape.entries["size"][1] for shape in spec.inputs.values() if "size" in shape.entries)
    return [size.items for size in sizes if isinstance(size, SequenceNode)]


def is_plain(size: Node) -> bool:
    """Return whether a size is a number, no expression."""
    return isinstance(size, ScalarNode) and size.text.isascii() and size.text.isdigit() and len(size.text) <= 40
