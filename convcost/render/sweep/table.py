"""A sweep as tables, lines and data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from convcost import numerals
from convcost.algebra.domain import assumptions
from convcost.errors import printable
from convcost.figures import FIGURES
from convcost.ops.arguments import show
from convcost.ops.numbers import Number
from convcost.render.columns import Column
from convcost.render.law.export import plain
from convcost.render.summary import Line
from convcost.sweeping.axes import decimal, divided
from convcost.sweeping.chunks import SweepRow
from convcost.sweeping.encodings import header
from convcost.sweeping.forms import Form
from convcost.sweeping.plan import Plan


def row_columns(plan: Plan) -> list[Column[SweepRow]]:
    """Return the columns of the table: the symbols, and the totals."""
    symbols = [Column(axis.name, partial(_value, n=n, below=axis.below)) for n, axis in enumerate(plan.axes)]
    totals = [
        Column(FIGURES[of].heading if FIGURES[of].is_bytes else of, partial(_total, n=n))
        for n, of in enumerate(plan.totals, len(plan.axes))
    ]
    return [*symbols, *totals]


def rows_as_csv(plan: Plan, rows: Sequence[SweepRow]) -> str:
    """Return the rows with all their digits."""
    scales = [*(axis.below for axis in plan.axes), *(1 for _ in plan.totals)]
    lines = (map(decimal, row, scales) for row in rows)
    return header(plan) + "".join(f"{','.join(line)}\n" for line in lines)


def sweep_lines(plan: Plan, form: Form | None, points: int, rows: int, file: Path | None) -> list[Line]:
    """Return what was swept, what the network refused, what the other symbols were, and the file that was written."""
    grid = " x ".join(f"{len(axis):,} {axis.name}" for axis in plan.axes)
    lines = [("points", f"{numerals.exact(points)}{' at random' if plan.sample is not None else ''}, of {grid}")]
    if rows < points:
        # Where axes are fixed, each of their values has rules of its own.
        rules = "; ".join(assumptions(form.conditions)) if form and not plan.fixed else ""
        holds = f": it takes those where {rules}" if rules else ""
        lines.append(("left out", f"{numerals.exact(points - rows)} that the network refuses{holds}"))
    at = ", ".join(f"{name} = {show(value)}" for name, value in _fixed(plan, form).items())
    written = f"{file}, {numerals.exact(rows)} rows" if file else ""
    return [(label, printable(text)) for label, text in [*lines, ("at", at), ("file", written)] if text]


def _fixed(plan: Plan, form: Form | None) -> dict[str, Number]:
    """Return the symbols that are not swept, with their values, and the batch if it is not one sample."""
    if form is None:
        return {}
    symbols = {name: value for name, value in form.law.network.symbols.items() if name not in plan.names}
    return symbols if form.law.samples == 1 else symbols | {"N": form.law.samples}


def sweep_as_json(plan: Plan, form: Form | None, points: int, rows: int, shown: Sequence[SweepRow]) -> str:
    """Return where it was swept, how many points there are, and rows as objects."""
    data: dict[str, object] = {
        "name": form.law.network.name if form else plan.description.spec.name,
        "set": {name: plain(value) for name, value in _fixed(plan, form).items()},
        "dtype": plan.dtype,
        "points": points,
        "refused": points - rows,
    }
    data["rows"] = [_object(plan, row) for row in shown]
    return json.dumps(data, indent=2) + "\n"


def _object(plan: Plan, row: SweepRow) -> dict[str, object]:
    pairs = zip(plan.axes, row, strict=False)
    values = {axis.name: numerals.plain_number(divided(n, axis.below)) for axis, n in pairs}
    return {"values": values, "totals": dict(zip(plan.totals, row[len(plan.axes) :], strict=True))}


def _value(row: SweepRow, n: int, below: int) -> str:
    return decimal(row[n], below)


def _total(row: SweepRow, n: int) -> str:
    return numerals.exact(row[n])
