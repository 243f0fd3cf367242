"""What gives a printed number: a table, the ledger of the nearest way, data."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from convcost import numerals
from convcost.csv_text import as_csv
from convcost.errors import printable
from convcost.reconciliation.printed import Printed
from convcost.reconciliation.search import Counting, Explanation, Reconciliation
from convcost.render.columns import Column
from convcost.render.conventions import because, count_object, item_columns, item_lines, versioned
from convcost.render.formats import Block, Blocks, Formats, Grid, tabular
from convcost.render.summary import Line

SHOWN = 5


def reconciliation_blocks(found: Reconciliation) -> Blocks:
    """Return what is to be shown: what was printed, the simplest explanations, and the ledger of the first."""
    blocks: list[Block] = [_printed_lines(found)]
    shown = found.explanations[:SHOWN] or ((found.nearest,) if found.nearest else ())
    if shown:
        note = f"And {len(found.explanations) - SHOWN} more: --format json." if len(found.explanations) > SHOWN else ""
        blocks += [Grid(_columns(found), shown), note] if note else [Grid(_columns(found), shown)]
    if not found.explanations:
        blocks.append([("answer", _none(found))])
    elif (ways := shown[0].countings) and ways[0].by.convention.name != "paper":
        blocks += [Grid(item_columns(ways[0].by), ways[0].by.items), _ledger_lines(ways[0])]
    return blocks


def _printed_lines(found: Reconciliation) -> list[Line]:
    lines = [("network", printable(found.network.name))]
    for label, one in (("total", found.total), ("params", found.params)):
        if one:
            lines.append((label, f"{printable(one.text)}: from {_exact(one.low)} to below {_exact(one.high)}"))
    return lines


def _columns(found: Reconciliation) -> list[Column[Explanation]]:
    columns: list[Column[Explanation]] = [Column("network", form_of, right=False, rank=-1)]
    if found.total:
        columns += [
            Column("counted by", _ways, right=False, rank=-1),
            Column("total", lambda one: "" if one.total is None else numerals.exact(one.total), rank=-1),
            Column("beside our MACs", _beside, right=False, rank=2),
        ]
    if found.params:
        columns += [
            Column("params", lambda one: "" if one.params is None else numerals.exact(one.params), rank=-1),
            Column("which are", lambda one: one.params_are or "trained", right=False, rank=3),
        ]
    return [*columns, Column("printed", lambda one: "" if None in one.forms else one.form, right=False, rank=1)]


def form_of(one: Explanation) -> str:
    """Return what sets a form of the network apart."""
    return ", ".join(change.says for change in one.changes) or "as described"


def way_of(way: Counting) -> str:
    """Return a way of counting in words: `thop x 2`."""
    return way.by.convention.name + (f" x {way.times}" if way.times != 1 else "")


def _ways(one: Explanation) -> str:
    first, *others = map(way_of, one.countings)
    return ", ".join([first, *others[:1]]) + (", ..." if others[1:] else "")


def _beside(one: Explanation) -> str:
    """What the first way of counting has beside MACs."""
    way = one.countings[0]
    return ", ".join(filter(None, [because(way.by), "all x 2" if way.times != 1 else ""]))


def _none(found: Reconciliation) -> str:
    """Why nothing is named: what was tried."""
    nearest = "; the nearest stands above" if found.nearest else "; what the tools count is not known here"
    forms = "variants, sizes, classes, without its head, batch norms folded, without biases"
    return f"none: no convention, once or twice, gives it for {found.tried} forms of the network ({forms}){nearest}"


def _ledger_lines(way: Counting) -> list[Line]:
    _, total, *lines, _ = item_lines(way.by)
    twice = [("", f"printed as {numerals.exact(way.total)}: two for each")] if way.times != 1 else []
    return [(versioned(way.by.convention), way.by.convention.remark), total, *twice, *lines]


def _exact(number: Fraction) -> str:
    return numerals.exact(int(number)) if number.denominator == 1 else f"{float(number):,}"


def reconciliation_as_json(found: Reconciliation) -> str:
    """Return everything, with every item that the conventions count. Keys are only ever added."""
    result = {
        "name": found.network.name,
        "printed": {"total": _printed_object(found.total), "params": _printed_object(found.params)},
        "explanations": [_object(one) for one in found.explanations],
        "tried": found.tried,
        "nearest": _object(found.nearest) if found.nearest else None,
    }
    return json.dumps(result, indent=2) + "\n"


def _printed_object(one: Printed | None) -> dict[str, Any] | None:
    return one and {"text": one.text, "from": numerals.plain_number(one.low), "below": numerals.plain_number(one.high)}


def _object(one: Explanation) -> dict[str, Any]:
    return {
        "changes": [{"kind": change.kind, "says": change.says} for change in one.changes],
        "total": one.total,
        "params": one.params,
        "params_are": one.params_are or "trained",
        "printed": None if None in one.forms else one.form,
        "steps": one.steps,
        "counted_by": [{"times": way.times, **count_object(way.by)} for way in one.countings],
    }


def reconciliation_as_csv(found: Reconciliation) -> str:
    """Return a row for every way of counting of every explanation."""
    rows: list[list[object]] = [
        [form_of(one), way, one.total, one.params, one.params_are or "trained", one.form, one.steps]
        for one in found.explanations
        for way in (map(way_of, one.countings) if one.countings else [None])
    ]
    return as_csv(["network", "counted_by", "total", "params", "params_are", "printed", "steps"], rows)


FORMATS: Formats[Reconciliation] = tabular(reconciliation_blocks, reconciliation_as_json, reconciliation_as_csv)
