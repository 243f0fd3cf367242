"""A YOLO file's tree -> the parts of a spec: its constants are symbols, its scales variants, its rows layers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from convcost.errors import Source
from convcost.language.parts import Report, Spec, sequence
from convcost.language.tree import MappingNode, Node, SequenceNode
from convcost.reading.yolo.arguments import Constants
from convcost.reading.yolo.constants import Words
from convcost.reading.yolo.modules import HEADS, LIGHT, TRAINED_WITH, blocks
from convcost.reading.yolo.rows import Row, entry, taken_apart
from convcost.reading.yolo.words import Wrong, at, mapping

T = TypeVar("T")


def read_yolo(root: MappingNode, source: Source, default_name: str, report: Report) -> Spec:
    """Return a YOLO file as the parts of a spec; what is wrong with it is reported.

    The symbols are `imgsz` (224 for a classifier, else 640), `nc`, `depth_multiple`, `width_multiple`, `max_channels`.
    """
    words = Words(root, report)
    nodes = [node for key in ("backbone", "head") for node in _rows(words, key)]
    rows = [_tried(partial(taken_apart, node, n, report)) for n, node in enumerate(nodes)]
    modules = {row.word.text for row in rows if row}
    scales = words.scales(modules)
    chosen, note = words.chosen(scales, default_name)
    symbols = {"imgsz": at(root, "224" if "Classify" in modules else "640"), **words.symbols()}
    symbols |= scales[chosen] if chosen else {}
    constants = Constants(symbols, words.value("kpt_shape"), words.bins(), words.twice())
    entries = [_tried(partial(entry, row, rows, constants, report)) for row in rows if row]
    size = SequenceNode([at(root, "imgsz"), at(root, "imgsz")], root.span)
    return Spec(
        source,
        default_name,
        root,
        symbols={name: (at(node, name), node) for name, node in symbols.items()},
        inputs={"input": mapping(root, {"channels": at(root, "3"), "size": size})},
        blocks=dict(blocks(_maps(rows, report), not modules.isdisjoint(LIGHT), words.activation())),
        # Without a row, those below would be read as if it were not there.
        layers=[] if None in [*rows, *entries] else [*filter(None, entries)],
        variants={name: mapping(root, settings) for name, settings in scales.items()},
        is_translated=True,
        variant=chosen,
        note=note,
        notes=tuple(
            f"{row.name} without {TRAINED_WITH[row.word.text]}, which only training uses: not counted"
            for row in rows
            if row and row.word.text in TRAINED_WITH
        ),
    )


def _rows(words: Words, key: str) -> list[Node]:
    """The rows under a key, unread."""
    node = words.value(key)
    if node is None:
        words.report(words.root.span, f"a YOLO file needs `{key}:`", "a list of rows")
        return []
    return sequence(node, f"`{key}` is a list of rows", words.report)


def _tried(read: Callable[[], T]) -> T | None:
    """What `read` returns; None if something is wrong, which has been reported."""
    try:
        return read()
    except Wrong:
        return None


def _maps(rows: list[Row | None], report: Report) -> int:
    """How many maps the heads read: 1 if there is none."""
    heads = [row for row in rows if row and row.word.text in HEADS]
    for row in heads[1:]:
        if len(row.sources) != len(heads[0].sources):
            report(row.word.span, "this head reads another number of maps than the one above")
    return len(heads[0].sources) if heads else 1
