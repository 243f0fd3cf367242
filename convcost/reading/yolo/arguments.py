"""The arguments of a row, by their places -> those of the block or operator that its module is, by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from convcost.language.parts import Report, is_empty
from convcost.language.tree import Node, ScalarNode, SequenceNode
from convcost.reading.yolo.modules import Module
from convcost.reading.yolo.words import at, shown, wrong


class Constants(NamedTuple):
    """What the file says outside of its rows, as rows need it."""

    symbols: Mapping[str, Node]
    keypoints: Node | None
    bins: Node | None
    twice: Node | None


def arguments(
    word: ScalarNode, module: Module, args: SequenceNode, constants: Constants, report: Report
) -> dict[str, Node]:
    """Return what a row gives its module, by name; what is left out, or None, is not in it. Wrong, and reported."""
    names, given = module.arguments, args.items
    takes = f"{word.text} takes [{', '.join(names)}]"
    if len(given) < module.needed:
        raise wrong(report, args, f"`{word.text}` needs `{names[len(given)]}`", takes)
    if len(given) > len(names):
        raise wrong(report, given[len(names)], f"this is one argument too many for `{word.text}`", takes)
    found: dict[str, Node] = {}
    for n, (name, node) in enumerate(zip(names, given, strict=False)):
        if is_empty(node) or (isinstance(node, ScalarNode) and node.text == "None"):
            if n < module.needed and name != "size":
                raise wrong(report, node, f"`{word.text}` needs `{name}`", takes)
            continue
        try:
            found.update(_READERS[name](name, node, constants))
        except Refused as refused:
            raise wrong(report, refused.node, f"`{name}` of `{word.text}` is {refused}", takes) from None
    return found


class Refused(Exception):
    """An argument is of another kind: what it is, and what stands there."""

    def __init__(self, node: Node, message: str) -> None:
        super().__init__(message)
        self.node = node


_Values: TypeAlias = Iterator[tuple[str, Node]]


def _channels(name: str, node: Node, constants: Constants) -> _Values:
    """A number of channels, as it is before the file's scale."""
    text = _whole_number(node, "a whole number from 1 up", constants)
    if "max_channels" in constants.symbols:
        text = f"min({text}, max_channels)"
    if "width_multiple" in constants.symbols:
        text += "*width_multiple"
    yield name, at(node, f"ceil({text}/8)*8")


def _count(name: str, node: Node, constants: Constants) -> _Values:
    yield name, at(node, _whole_number(node, "a whole number from 1 up", constants))


def _side(name: str, node: Node, constants: Constants) -> _Values:
    yield name, at(node, _whole_number(node, "a whole number from 0 up", least=0))


def _whole_number(node: Node, wanted: str, constants: Constants | None = None, least: int = 1) -> str:
    """The text of a whole number; given the constants, `nc` is one, too."""
    if isinstance(node, ScalarNode):
        if re.fullmatch(r"\d{1,18}", node.text) and int(node.text) >= least:
            return str(int(node.text))
        if node.text == "nc" and constants and "nc" not in constants.symbols:
            raise Refused(node, "`nc`, and the file has none: add `nc: 80`")
        if node.text == "nc" and constants:
            return "nc"
    raise Refused(node, f"{wanted}, not {shown(node)}")


def _factor(name: str, node: Node, constants: Constants) -> _Values:
    if not is_factor(node):
        raise Refused(node, f"a number above 0, not {shown(node)}")
    yield name, node


def is_factor(node: Node) -> bool:
    """Return whether a node is a number above 0, written as a decimal."""
    text = node.text if isinstance(node, ScalarNode) else ""
    return re.fullmatch(r"\d{1,18}(\.\d{1,18})?", text) is not None and any(digit in text for digit in "123456789")


def _flag(name: str, node: Node, constants: Constants) -> _Values:
    yield name, at(node, "true" if _is_true(node) else "false")


def _is_true(node: Node) -> bool:
    text = node.text.lower() if isinstance(node, ScalarNode) else ""
    if text not in ("true", "false"):
        raise Refused(node, f"True or False, not {shown(node)}")
    return text == "true"


def _c3k(name: str, node: Node, constants: Constants) -> _Values:
    """Whether C3k is inside: as the row says, or as the scale does."""
    if _is_true(node):
        yield name, at(node, "true")
    elif name in constants.symbols:
        yield name, at(node, f"{name} == 1")


def _areas(name: str, node: Node, constants: Constants) -> _Values:
    """In how many parts attention sees the positions; -1 where there is no attention."""
    if not (isinstance(node, ScalarNode) and node.text == "-1"):
        yield from _count(name, node, constants)
    if "residual" in constants.symbols:
        yield "residual", at(node, "residual == 1")


def _act(name: str, node: Node, constants: Constants) -> _Values:
    if not _is_true(node):
        yield name, at(node, "identity")


def _mode(name: str, node: Node, constants: Constants) -> _Values:
    yield name, node


def _axis(name: str, node: Node, constants: Constants) -> _Values:
    if not (isinstance(node, ScalarNode) and node.text == "1"):
        raise Refused(node, f"1, the channels, not {shown(node)}")
    yield from ()


def _pools(name: str, node: Node, constants: Constants) -> _Values:
    if not (isinstance(node, ScalarNode) and node.text == "3"):
        raise Refused(node, f"3, the poolings one behind the other, not {shown(node)}")
    yield from ()


def _kernels(name: str, node: Node, constants: Constants) -> _Values:
    """The three windows of SPP."""
    for part, item in zip(("first", "second", "third"), _items(node, 3), strict=True):
        yield from _count(part, item, constants)


def _sides(name: str, node: Node, constants: Constants) -> _Values:
    """Zeros on the left, on the right, above and below."""
    sides = [at(item, _whole_number(item, "four whole numbers", least=0)) for item in _items(node, 4)]
    yield "padding", SequenceNode([SequenceNode([*sides[n : n + 2]], node.span) for n in (2, 0)], node.span)


def _keypoints(name: str, node: Node, constants: Constants) -> _Values:
    """In how many numbers all key points are told: how many there are, times the numbers of one."""
    given = constants.keypoints if isinstance(node, ScalarNode) and node.text == "kpt_shape" else node
    if given is None:
        raise Refused(node, "`kpt_shape`, and the file has none: add `kpt_shape: [17, 3]`")
    points, dimensions = (_whole_number(item, "two whole numbers") for item in _items(given, 2))
    yield "numbers", at(node, f"{points}*{dimensions}")
    yield "points", at(node, points)


def _maps(name: str, node: Node, constants: Constants) -> _Values:
    """The channels of maps that lie one behind the other."""
    yield "out", at(node, " + ".join(channels_of_maps(node)))


def channels_of_maps(node: Node) -> list[str]:
    """Return the channels of each of several maps, which no scale of the file changes; Refused if they are none."""
    if not (isinstance(node, SequenceNode) and node.items):
        raise Refused(node, f"a list of numbers of channels, not {shown(node)}")
    return [_whole_number(item, "whole numbers from 1 up") for item in node.items]


def _items(node: Node, count: int) -> list[Node]:
    if not isinstance(node, SequenceNode):
        raise Refused(node, f"a list of {count} numbers, not {shown(node)}")
    if len(node.items) != count:
        raise Refused(node, f"a list of {count} numbers, not of {len(node.items)}")
    return node.items


_READERS: Mapping[str, Callable[[str, Node, Constants], _Values]] = {
    **dict.fromkeys(("angles", "classes", "dilation", "groups", "kernel", "masks", "size", "stride"), _count),
    **dict.fromkeys(("hidden", "n", "step"), _count),
    **dict.fromkeys(("out", "width"), _channels),
    **dict.fromkeys(("expand", "scale"), _factor),
    **dict.fromkeys(("attend", "attention", "large", "shortcut"), _flag),
    "act": _act,
    "areas": _areas,
    "axis": _axis,
    "c3k": _c3k,
    "kernels": _kernels,
    "keypoints": _keypoints,
    "maps": _maps,
    "mode": _mode,
    "padding": _side,
    "pools": _pools,
    "sides": _sides,
}
"""By the name of an argument, what reads it: it yields what the block or operator is given."""
