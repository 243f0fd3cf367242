"""Rows of a table that become other layers: there the table ends, and begins again under another head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from convcost.editing.edits import Edit, Exchange, applied, exchange, exchange_layer, line_start, place, refusal
from convcost.errors import Span
from convcost.language.items import Item
from convcost.language.rows import ROWS
from convcost.language.tree import MappingNode, ScalarNode, SequenceNode


def exchange_rows(table: MappingNode, exchanges: Mapping[Span, Exchange], edits: Sequence[Edit]) -> list[Edit]:
    """Return the edits that put another operator or block in rows of a table; `edits` are made in each head of it."""
    columns, *rows = _lines(table)
    names = [column.text for column in columns.items if isinstance(column, ScalarNode)]
    start, end = line_start(table.span), line_start(rows[0].span)
    made: list[Edit] = []
    for word, run in groupby(rows, lambda row: row.span in exchanges and exchanges[row.span].word):
        taken = list(run)
        head: list[Edit] = []
        for row in taken if word else []:
            one = exchanges[row.span]
            named = {"name": one.name} if one.name else {}
            made += _cells(row, names, {**dict.fromkeys(one.dropped, "null"), **one.arguments, **named})
            use = replace(one.use, node=table, item=Item(*table.entries[one.use.kind]))
            shared = {key: text for key, text in one.arguments.items() if key not in names}
            head = exchange_layer(one._replace(use=use, arguments=shared, name=None))
            head += _cells(columns, names, dict.fromkeys(named, "name"))
        if taken[0] is not rows[0]:
            inside = [edit for edit in (*edits, *head) if start <= edit.start < end]
            again = applied(table.span.source.text, inside, start, end)
            head = [Edit(line_start(taken[0].span), line_start(taken[0].span), again)]
        made += head
    return made


def _lines(table: MappingNode) -> list[SequenceNode]:
    """The row of names and the others, if each is in brackets on a line of its own and nothing stands below them."""
    text, rows = table.span.source.text, table.entries[ROWS][1]
    lists = [row for row in rows.items if isinstance(row, SequenceNode)] if isinstance(rows, SequenceNode) else []
    starts = [text[line_start(row.span) : place(row.span) + 1].split() for row in lists]
    if any(start != ["-", "["] for start in starts) or [*table.entries][-1] != ROWS:
        help = "write `rows` last, each row in brackets on a line of its own"
        raise refusal(table.span, "the rows of this table can't be changed as they are written", help)
    return lists


def _cells(row: SequenceNode, names: Sequence[str], values: Mapping[str, str]) -> list[Edit]:
    """Values in their columns of a row; a name, where there are none, in front."""
    edits = [exchange(cell.span, values[name]) for name, cell in zip(names, row.items, strict=True) if name in values]
    if "name" in values and "name" not in names:
        start = place(row.span) + 1
        edits.append(Edit(start, start, f"{values['name']}, "))
    return edits
