"""One row of a YOLO file, `[from, repeats, module, args]` -> an entry of a list of layers, its words at their places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from convcost.errors import Span, did_you_mean
from convcost.language.parts import NO_TEXT, Report, describe
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode
from convcost.reading.yolo.modules import HEADS, MODULES, Module

ROW = "[from, repeats, module, args]"
NUMBER = r"\d{1,18}(\.\d{1,18})?"


class Wrong(Exception):
    """Something in a row is not what it must be; it has been reported."""


class Row(NamedTuple):
    """A row taken apart."""

    number: int
    sources: list[ScalarNode]
    repeats: ScalarNode
    word: ScalarNode
    module: Module
    args: SequenceNode

    @property
    def name(self) -> str:
        """The name of its entry, `4_C2f`."""
        return f"{self.number}_{self.word.text.rpartition('.')[2]}"


class Constants(NamedTuple):
    """What the file says outside of its rows, as rows need it."""

    symbols: Mapping[str, object]
    keypoints: Node | None
    bins: str | None
    forced: bool
    """Whether a symbol `c3k` may turn every C3k2 to its deeper form."""


def taken_apart(node: Node, number: int, report: Report) -> Row:
    """Return a row; Wrong, and reported, if it is none or its module is not known."""
    if not isinstance(node, SequenceNode):
        raise _wrong(report, node, f"a row is a list, not {describe(node)}", f"a row is {ROW}")
    if len(node.items) != 4:
        message = f"a row has four parts, {ROW}; this has {len(node.items)}"
        raise _wrong(report, node, message, "for example [-1, 1, Conv, [64, 3, 2]]")
    source, repeats, word, args = node.items
    if not isinstance(word, ScalarNode):
        raise _wrong(report, word, f"the third part of a row is a module's name, not {describe(word)}")
    module = MODULES.get(word.text)
    if module is None:
        help = did_you_mean(word.text, MODULES) or f"there are {', '.join(MODULES)}"
        raise _wrong(report, word, f"no module `{word.text}` is known here", help)
    if not (isinstance(repeats, ScalarNode) and re.fullmatch(r"[1-9]\d{0,17}", repeats.text)):
        raise _wrong(report, repeats, "the second part of a row is how often the module stands there: 1, 2, ...")
    if not isinstance(args, SequenceNode):
        raise _wrong(report, args, f"the fourth part of a row is a list of arguments, not {describe(args)}")
    return Row(number, _sources(source, number, module, report), repeats, word, module, args)


def _sources(node: Node, number: int, module: Module, report: Report) -> list[ScalarNode]:
    """The rows that a row reads, each by its number counted from the first."""
    found = []
    items = node.items if isinstance(node, SequenceNode) else [node]
    for item in items:
        if not (isinstance(item, ScalarNode) and re.fullmatch(r"-?\d{1,9}", item.text)):
            raise _wrong(report, item, "`from` is the number of a row above, or a list of them", _COUNTED)
        place = int(item.text) if item.text[0] != "-" else number + int(item.text)
        if not 0 <= place < number and not (place == -1 and number == 0):
            rows = f"rows 0 to {number - 1}" if number else "none: it reads the input, -1"
            raise _wrong(report, item, f"row {number} can't read from {item.text}: above it are {rows}", _COUNTED)
        found.append(ScalarNode(str(place), False, item.span))
    if module.maps is not None and len(found) != module.maps:
        raise _wrong(report, node, f"this module reads one map, not {len(found)}", "`Concat` makes one of several")
    return found


_COUNTED = "rows are counted from 0, through backbone and head; -1 is the row before"


def entry(row: Row, rows: Mapping[int, Row], constants: Constants, report: Report) -> MappingNode:
    """Return the entry that a row stands for; Wrong, and reported, if its arguments are not those of its module."""
    module, word = row.module, row.word
    body = dict(_arguments(row, constants, report))
    repeats = at(row.repeats.span, _repeats(row.repeats.text))
    if module.repeats_inside:
        body["n"] = repeats
    if word.text in HEADS and constants.bins:
        body["bins"] = at(word.span, constants.bins)
    names = [at(item.span, _name(int(item.text), rows), True) for item in row.sources]
    parts: dict[str, Node] = {module.kind: mapping(body, row.args.span), "name": at(word.span, row.name, True)}
    if word.text in ("Concat", *HEADS) or row.sources[0].text != str(row.number - 1):
        parts["from"] = SequenceNode([*names], word.span)
    if not module.repeats_inside and row.repeats.text != "1":
        parts["repeat"] = repeats
    return mapping(parts, word.span)


def _name(number: int, rows: Mapping[int, Row]) -> str:
    if number == -1:
        return "input"
    if number not in rows:
        raise Wrong  # what is wrong with that row has been said
    return rows[number].name


def _repeats(text: str) -> str:
    return text if text == "1" else f"max(round({text}*depth_multiple), 1)"


def _arguments(row: Row, constants: Constants, report: Report) -> Iterator[tuple[str, ScalarNode | SequenceNode]]:
    """Yield the names and values of what a row gives its module; what is left out, or None, is not among them."""
    names, given = row.module.arguments, row.args.items
    takes = f"{row.word.text} takes [{', '.join(names)}]"
    if len(given) < row.module.needed:
        missing = f"`{row.word.text}` needs `{names[len(given)]}`"
        raise _wrong(report, row.args, missing, takes)
    if len(given) > len(names):
        anchors = "with anchors, it is the head of another program" if row.word.text == "Detect" else None
        raise _wrong(report, given[len(names)], f"`{row.word.text}` has too many arguments", anchors or takes)
    for n, (name, node) in enumerate(zip(names, given, strict=False)):
        if isinstance(node, ScalarNode) and (node.text == "None" or NO_TEXT.get(node.text) == "nothing"):
            if n < row.module.needed and name != "size":
                raise _wrong(report, node, f"`{row.word.text}` needs `{name}`", takes)
            continue
        try:
            yield from _READERS[name](name, node, constants)
        except ValueError as error:
            raise _wrong(report, node, f"`{name}` of `{row.word.text}` is {error}", takes) from None


_Values = Iterator[tuple[str, ScalarNode | SequenceNode]]


def _scaled(name: str, node: Node, constants: Constants) -> _Values:
    """A number of channels before it is scaled."""
    text = _number(node, constants, "a number of channels")
    most = f"min({text}, max_channels)" if "max_channels" in constants.symbols else text
    yield name, at(node.span, f"ceil({most}*width_multiple/8)*8")


def _whole(name: str, node: Node, constants: Constants) -> _Values:
    yield name, at(node.span, _number(node, constants, "a whole number"))


def _number(node: Node, constants: Constants, what: str) -> str:
    """The text of a whole number, or of the symbol `nc`."""
    if isinstance(node, ScalarNode) and (re.fullmatch(r"\d{1,18}", node.text) or node.text == "nc"):
        if node.text == "nc" and "nc" not in constants.symbols:
            raise ValueError("`nc`, which the file does not have: add `nc: 80`")
        return str(int(node.text)) if node.text != "nc" else "nc"
    raise ValueError(f"{what}, not {_shown(node)}")


def _factor(name: str, node: Node, constants: Constants) -> _Values:
    if not (isinstance(node, ScalarNode) and re.fullmatch(NUMBER, node.text)):
        raise ValueError(f"a number, not {_shown(node)}")
    yield name, at(node.span, node.text)


def _flag(name: str, node: Node, constants: Constants) -> _Values:
    yield name, at(node.span, str(_truth(node)).lower())


def _truth(node: Node) -> bool:
    text = node.text.lower() if isinstance(node, ScalarNode) else ""
    if text not in ("true", "false"):
        raise ValueError(f"True or False, not {_shown(node)}")
    return text == "true"


def _c3k(name: str, node: Node, constants: Constants) -> _Values:
    yield name, at(node.span, "true" if _truth(node) else "c3k == 1" if constants.forced else "false")


def _act(name: str, node: Node, constants: Constants) -> _Values:
    if not _truth(node):
        yield name, at(node.span, "identity")


def _mode(name: str, node: Node, constants: Constants) -> _Values:
    if not isinstance(node, ScalarNode):
        raise ValueError(f"a word, not {_shown(node)}")
    yield name, node


def _axis(name: str, node: Node, constants: Constants) -> _Values:
    if not (isinstance(node, ScalarNode) and node.text == "1"):
        raise ValueError(f"1, the channels, not {_shown(node)}")
    yield from ()


def _kernels(name: str, node: Node, constants: Constants) -> _Values:
    """The three windows of SPP."""
    items = _items(node, 3)
    for part, item in zip(("first", "second", "third"), items, strict=True):
        yield from _whole(part, item, constants)


def _sides(name: str, node: Node, constants: Constants) -> _Values:
    """Zeros on the left, on the right, above and below."""
    left, right, top, bottom = (at(item.span, _number(item, constants, "whole numbers")) for item in _items(node, 4))
    yield "padding", SequenceNode([SequenceNode([top, bottom], node.span), SequenceNode([left, right], node.span)], node.span)


def _keypoints(name: str, node: Node, constants: Constants) -> _Values:
    """How many numbers tell all key points: how many there are, times how many numbers tell one."""
    given = constants.keypoints if isinstance(node, ScalarNode) and node.text == "kpt_shape" else node
    if given is None:
        raise ValueError("`kpt_shape`, which the file does not have: add `kpt_shape: [17, 3]`")
    points, each = (_number(item, constants, "whole numbers") for item in _items(given, 2))
    yield "numbers", at(node.span, f"{points}*{each}")


def _items(node: Node, count: int) -> list[Node]:
    if not isinstance(node, SequenceNode) or len(node.items) != count:
        raise ValueError(f"a list of {count} numbers, not {_shown(node)}")
    return node.items


_READERS: Mapping[str, Callable[[str, Node, Constants], _Values]] = {
    **dict.fromkeys(("kernel", "stride", "padding", "groups", "dilation", "masks", "angles", "classes"), _whole),
    **dict.fromkeys(("out", "width"), _scaled),
    **dict.fromkeys(("expand", "scale"), _factor),
    "act": _act,
    "axis": _axis,
    "c3k": _c3k,
    "kernels": _kernels,
    "keypoints": _keypoints,
    "mode": _mode,
    "shortcut": _flag,
    "sides": _sides,
    "size": _whole,
}


def _shown(node: Node) -> str:
    return f"`{node.text}`" if isinstance(node, ScalarNode) and node.text else describe(node)


def at(span: Span, text: str, quoted: bool = False) -> ScalarNode:
    """Return a word that stands for what is written at a place."""
    return ScalarNode(text, quoted, span)


def mapping(entries: Mapping[str, Node], span: Span) -> MappingNode:
    """Return a mapping whose keys all stand at one place."""
    return MappingNode({key: (at(span, key, True), node) for key, node in entries.items()}, span)


def _wrong(report: Report, node: Node, message: str, help: str | None = None) -> Wrong:
    report(node.span, message, help)
    return Wrong()
