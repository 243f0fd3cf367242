"""Entries that are the rows of one table, and the same block -> one step: a loop over the rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise

from convcost.language.items import Item
from convcost.language.tree import MappingNode
from convcost.writing.pytorch.calls import Call
from convcost.writing.pytorch.expressions import names_in, replaced
from convcost.writing.pytorch.parameters import Parameter, literal
from convcost.writing.pytorch.place import Place
from convcost.writing.pytorch.tensors import Step, Table, Variable

_SIZE = "input.channels"


def runs(items: Sequence[Item]) -> Iterator[list[int]]:
    """Yield the places of entries, those that are neighbours in one table together."""
    run: list[int] = []
    for n, item in enumerate(items):
        if run and not _is_of_one_table(items[n - 1], item):
            yield run
            run = []
        run.append(n)
    if run:
        yield run


def _is_of_one_table(one: Item, other: Item) -> bool:
    """Whether two entries are rows, which have the words of the columns in common."""
    columns = [{id(key) for key, _ in _entries(item)} for item in (one, other)]
    alone = [item.name or item.source or item.when or item.repeat for item in (one, other)]
    return one.kind.text == other.kind.text and bool(columns[0] & columns[1]) and not any(alone)


def _entries(item: Item) -> list[tuple[object, object]]:
    return [*item.body.entries.values()] if isinstance(item.body, MappingNode) else []


def table_of(place: Place, steps: Sequence[Step], above: Sequence[Variable]) -> Step | None:
    """Return one step for those of the rows; None where they are not calls of one class, one behind the other."""
    calls = [step.call for step in steps if step.call and not step.condition]
    is_chain = all(len(b.inputs) == 1 and b.inputs == a.outputs for a, b in pairwise(steps))
    if len(calls) < len(steps) or not is_chain or len(steps[0].inputs) != 1 or len(above) != 1:
        return None
    first, (out, *_) = calls[0], calls[0].written.channels
    if any(call.written is not first.written for call in calls):
        return None
    texts = {one.spec: [_text(call, one) for call in calls] for one in first.written.parameters}
    differ = [one for one in first.written.parameters if len({*texts[one.spec]}) > 1]
    columns = [one for one in differ if one.spec != _SIZE]
    if any(one.kind == "float" and one.spec in names_in(out) for one in columns):
        return None  # what is rounded in one row may not be in another
    turns = {one.spec: place.turn(f"#{one.spec}", one.name if one in columns else "channels") for one in differ}
    exprs = first.exprs | {spec: ast.Name(f"#{spec}") for spec in turns}
    table = Table(
        place.turn("#rows", "rows"),
        [turns[one.spec] for one in columns],
        [[texts[one.spec][n] for one in columns] for n in range(len(steps))],
        turns.get(_SIZE, ""),
        texts.get(_SIZE, [""])[0],
        place.python.text(replaced(out, exprs)) if _SIZE in turns else "",
    )
    if table.channels:
        place.choices.leave(above[0].channels, table.channels)
    module = Call(first.written, first.texts | turns, exprs).text()
    return Step(steps[0].name, steps[0].inputs, [*above], modules=[module], table=table)


def _text(call: Call, parameter: Parameter) -> str:
    """What a parameter is given: perhaps an activation, which is left out where it is as by default."""
    return call.texts.get(parameter.spec) or literal(parameter.default)
