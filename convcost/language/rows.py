"""A table of layers: `rows`, of which the first names the columns and every other one is a layer.

A column is an argument, or what stands beside a layer. Each row becomes an entry of its own, which stands where the row
does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convcost.language.parts import MODIFIERS, Report, is_empty, refuse_node, scalar
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode

ROWS = "rows"
BESIDE = ("when", "repeat")
"""What may stand beside rows, and holds for each."""
COLUMNS = ("name", "from", "when", "repeat", "expect")
"""What stands beside a layer and may be a column."""

_WANTED = "`rows` is a list of lists: the names of the columns, then the values of each layer"


def expanded(nodes: Iterable[Node], report: Report) -> Iterator[Node]:
    """Yield the entries of a list of layers, one for each row of a table; what is wrong with a table is reported."""
    for node in nodes:
        if isinstance(node, MappingNode) and ROWS in node.entries:
            yield from _layers(node, report)
        else:
            yield node


def _layers(node: MappingNode, report: Report) -> Iterator[Node]:
    entries = dict(node.entries)
    rows = entries.pop(ROWS)[1]
    if not isinstance(rows, SequenceNode) or not rows.items:
        refuse_node(rows, _WANTED, report)
        return
    for word in [word for word in entries if word in MODIFIERS and word not in BESIDE]:
        help = "make it a column" if word in COLUMNS else "write that layer on a line of its own"
        report(entries.pop(word)[0].span, f"`{word}` is of one layer, and can't stand beside `rows`", help)
    columns = _columns(rows.items[0], report)
    for row in rows.items[1:] if columns else ():
        if not isinstance(row, SequenceNode):
            refuse_node(row, "a row is a list of values", report)
        elif len(row.items) != len(columns):
            names = ", ".join(column.text for column in columns)
            message = f"{len(row.items)} values for {len(columns)} columns: {names}"
            report(row.span, message, "`null` leaves a value out")
        else:
            yield _layer(entries, zip(columns, row.items, strict=True), row, report)


def _columns(node: Node, report: Report) -> list[ScalarNode]:
    """The names of the columns; none, and reported, if there are not only names, each once."""
    if not isinstance(node, SequenceNode) or not node.items:
        refuse_node(node, _WANTED, report)
        return []
    names = [name for item in node.items if (name := scalar(item, "a column has a name", report))]
    for n, name in enumerate(names):
        if name.text in MODIFIERS and name.text not in COLUMNS:
            report(name.span, f"`{name.text}` can't be a column", f"it may be an argument, or {', '.join(COLUMNS)}")
        elif not name.text.isidentifier():
            report(name.span, f"`{name.text}` is not the name of a column", "the first row has the arguments' names")
        elif name.text in [other.text for other in names[:n]]:
            report(name.span, f"there are two columns `{name.text}`")
        else:
            continue
        return []
    return names if len(names) == len(node.items) else []


def _layer(
    entries: dict[str, tuple[ScalarNode, Node]],
    cells: Iterable[tuple[ScalarNode, Node]],
    row: SequenceNode,
    report: Report,
) -> MappingNode:
    """The entry that a row stands for."""
    layer = {word: pair for word, pair in entries.items() if word in MODIFIERS}
    given: dict[str, tuple[ScalarNode, Node]] = {}
    for word, (key, body) in entries.items():
        if word not in MODIFIERS:
            given = dict(body.entries) if isinstance(body, MappingNode) else {}
            keeps_body = not isinstance(body, MappingNode) and not is_empty(body)
            layer[word] = (key._replace(span=row.span), body if keeps_body else MappingNode(given, row.span))
    for column, value in cells:
        into = layer if column.text in COLUMNS else given
        if column.text in into:
            report(column.span, f"`{column.text}` is given to all rows, too")
        elif not is_empty(value):
            into[column.text] = (column, value)
    return MappingNode(layer, row.span)
