"""A row of a YOLO file, `[from, repeats, module, args]` -> an entry of a list of layers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from convcost.errors import did_you_mean
from convcost.language.parts import Report, describe
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode
from convcost.ops.arguments import many
from convcost.reading.yolo.arguments import Constants, Refused, arguments, channels_of_maps
from convcost.reading.yolo.modules import HEADS, MODULES, Module
from convcost.reading.yolo.words import Wrong, at, mapping, shown, wrong

ROW = "[from, repeats, module, args]"


class Row(NamedTuple):
    """A row taken apart."""

    number: int
    sources: list[ScalarNode]
    """The numbers of the rows that it reads; -1 is the input."""
    repeats: ScalarNode
    word: ScalarNode
    module: Module
    args: SequenceNode

    @property
    def name(self) -> str:
        """The name of its entry, `4_C2f`."""
        return f"{self.number}_{self.word.text.rpartition('.')[2]}"


def taken_apart(node: Node, number: int, report: Report) -> Row:
    """Return a row; Wrong, and reported, if it is none or its module is not known."""
    if not isinstance(node, SequenceNode):
        raise wrong(report, node, f"a row is a list, not {describe(node)}", f"a row is {ROW}")
    if len(node.items) != 4:
        message = f"a row has four parts, {ROW}; this has {len(node.items)}"
        raise wrong(report, node, message, "for example [-1, 1, Conv, [64, 3, 2]]")
    source, repeats, word, args = node.items
    if not isinstance(word, ScalarNode):
        raise wrong(report, word, f"the third part of a row is a module's name, not {describe(word)}")
    module = MODULES.get(word.text)
    if module is None:
        help = did_you_mean(word.text, MODULES) or f"there are {', '.join(MODULES)}"
        raise wrong(report, word, f"no module `{word.text}` is known here", help)
    if not (isinstance(repeats, ScalarNode) and re.fullmatch(r"[1-9]\d{0,2}", repeats.text)):
        raise wrong(report, repeats, "the second part of a row is how often the module stands there: 1 to 999")
    if not isinstance(args, SequenceNode):
        raise wrong(report, args, f"the fourth part of a row is a list of arguments, not {describe(args)}")
    if module.several and repeats.text != "1":
        raise wrong(report, repeats, f"`{word.text}` reads a list of maps and stands there once", "write 1")
    return Row(number, _sources(source, number, word, module, report), repeats, word, module, args)


def _sources(node: Node, number: int, word: ScalarNode, module: Module, report: Report) -> list[ScalarNode]:
    """The rows that a row reads."""
    found = []
    items = node.items if isinstance(node, SequenceNode) else [node]
    for item in items:
        if not (isinstance(item, ScalarNode) and re.fullmatch(r"-?\d{1,9}", item.text)):
            raise wrong(report, item, "`from` is the number of a row above, or a list of them", _COUNTED)
        place = int(item.text) if item.text[0] != "-" else number + int(item.text)
        if not 0 <= place < number and not (place == -1 and number == 0):
            rows = f"rows 0 to {number - 1}" if number else "none: it reads the input, -1"
            raise wrong(report, item, f"row {number} can't read from {item.text}: above it are {rows}", _COUNTED)
        found.append(at(item, str(place)))
    if module.several and not (isinstance(node, SequenceNode) and found):
        help = f"for example [[-1, 6], 1, {word.text}, [...]]"
        raise wrong(report, node, f"`{word.text}` reads a list of maps, not {shown(node)}", help)
    if not module.several and len(found) != 1:
        raise wrong(report, node, f"`{word.text}` reads one map, not {len(found)}", "`Concat` makes one of several")
    return found


_COUNTED = "rows are counted from 0, through backbone and head; -1 is the row before"


def entry(row: Row, rows: Sequence[Row | None], constants: Constants, report: Report) -> MappingNode:
    """Return the entry that a row stands for; Wrong, and reported, if its arguments are not those of its module."""
    module, word = row.module, row.word
    if module.picks:
        return _fused(row, rows, report)
    body = arguments(word, module, row.args, constants, report)
    once, repeats = row.repeats.text == "1", row.repeats
    if not once and "depth_multiple" in constants.symbols:
        repeats = at(repeats, f"max(round({repeats.text}*depth_multiple), 1)")
    if module.repeats_inside:
        body["n"] = repeats
    if word.text in HEADS and constants.bins:
        body["bins"] = constants.bins
    if word.text == "v10Detect" or (word.text in HEADS and constants.twice):
        body["twice"] = at(word, "true")
    parts: dict[str, Node] = {module.kind: mapping(row.args, body), "name": at(word, row.name)}
    if module.several or row.sources[0].text != str(row.number - 1):
        parts["from"] = SequenceNode([at(source, _name(source, rows)) for source in row.sources], word.span)
    if not (module.repeats_inside or once):
        parts["repeat"] = repeats
    return mapping(word, parts)


def _fused(row: Row, rows: Sequence[Row | None], report: Report) -> MappingNode:
    """Return the entry of a CBFuse, which adds one map of each CBLinear, made as large as the last map, to that."""
    *linear, last = row.sources
    if not linear:
        message = f"`{row.word.text}` reads one CBLinear or more, and a map to which theirs are added"
        raise wrong(report, last, message, _FUSED)
    picks = row.args.items[0] if row.args.items else row.args
    if not isinstance(picks, SequenceNode) or len(picks.items) != len(linear):
        message = f"`{row.word.text}` picks a map of each CBLinear: it needs a list of {many(len(linear), 'number')}"
        raise wrong(report, picks, message, _FUSED)
    paths = {"own": _path(at(last, "identity"), {}, last, rows)}
    for source, pick in zip(linear, picks.items, strict=True):
        known = _maps(row, source, rows, report)
        if not (isinstance(pick, ScalarNode) and re.fullmatch(r"\d{1,9}", pick.text) and int(pick.text) < len(known)):
            raise wrong(report, pick, f"row {source.text} has maps 0 to {len(known) - 1}, not {shown(pick)}")
        start = "+".join(known[: int(pick.text)]) or "0"
        ends = {"axis": "channels", "start": start, "stop": f"{start}+{known[int(pick.text)]}"}
        path = _path(at(pick, "slice"), ends, source, rows)
        like = mapping(pick, {"upsample": mapping(pick, {"like": at(pick, _name(last, rows))})})
        paths[f"from{source.text}"] = SequenceNode([*path.items, like], pick.span)
    parts: dict[str, Node] = {"add": mapping(row.args, paths), "name": at(row.word, row.name)}
    return mapping(row.word, parts)


_FUSED = "for example [[10, 11, -1], 1, CBFuse, [[0, 0]]]"


def _maps(row: Row, source: ScalarNode, rows: Sequence[Row | None], report: Report) -> list[str]:
    """The channels of each of the maps of a CBLinear that a row reads."""
    read = rows[int(source.text)] if source.text != "-1" else None
    if source.text != "-1" and read is None:
        raise Wrong  # what is wrong with that row has been said
    if read is None or read.module.arguments[:1] != ("maps",):
        place = f"row {source.text}" if read else "the input"
        raise wrong(report, source, f"`{row.word.text}` reads a CBLinear here, and {place} is none")
    try:
        return channels_of_maps(read.args.items[0] if read.args.items else read.args)
    except Refused:
        raise Wrong from None  # as it has been said at that row


def _path(operator: ScalarNode, given: dict[str, str], source: ScalarNode, rows: Sequence[Row | None]) -> SequenceNode:
    """A list of one layer that reads a row."""
    body = mapping(operator, {name: at(operator, text) for name, text in given.items()})
    layer = mapping(operator, {operator.text: body, "from": at(source, _name(source, rows))})
    return SequenceNode([layer], operator.span)


def _name(source: ScalarNode, rows: Sequence[Row | None]) -> str:
    """The name of the entry that a row reads."""
    if source.text == "-1":
        return "input"
    row = rows[int(source.text)]
    if row is None:
        raise Wrong  # what is wrong with that row has been said
    return row.name
