"""A solution as a table, and as data."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, NamedTuple

from convcost import numerals
from convcost.algebra.domain import assumptions
from convcost.csv_text import as_csv
from convcost.figures import FIGURES
from convcost.ops.arguments import show
from convcost.ops.numbers import Number
from convcost.render.columns import Column
from convcost.render.formats import Blocks, Grid, tabular
from convcost.render.law.export import plain
from convcost.render.law.text import shown
from convcost.render.summary import Line
from convcost.solve.limits import Limit
from convcost.solve.search import COARSER, Point
from convcost.solve.solution import Solution, sought_of


class SolutionRow(NamedTuple):
    """A pair of values, or one, and what the next larger one would come to."""

    point: Point
    next: Point | None


def rows_of(solution: Solution) -> list[SolutionRow]:
    """Return the rows of the table."""
    return [SolutionRow(point, next) for point, next in zip(solution.points, solution.next, strict=True)]


def columns_of(solution: Solution) -> list[Column[SolutionRow]]:
    """Return the table's columns: the symbols, the totals as numbers and as shares of the limits, and what limits."""
    columns = [Column(symbol, partial(_value, symbol=symbol)) for symbol in solution.steps]
    for of in dict.fromkeys(limit.of for limit in solution.limits):
        figure = FIGURES[of]
        columns.append(Column(figure.heading if figure.is_bytes else of, partial(_total, of=of)))
        for limit in solution.limits:
            if limit.upper and limit.of == of:
                bound = numerals.memory(limit.bound) if figure.is_bytes else numerals.human(limit.bound)
                columns.append(Column(f"of {bound}", partial(_share, limit=limit), rank=1))
    if len(solution.steps) == 2:
        (_, last) = solution.steps
        columns.append(Column(f"next {last}", partial(_next, solution=solution, last=last), right=False, rank=2))
    return columns


def solution_lines(solution: Solution) -> list[Line]:
    """Return what was looked for and where, and what other values would break."""
    law, points = solution.law, solution.points
    steps = " and ".join(f"{symbol} in {_grid(solution, symbol)}" for symbol in solution.steps)
    label = sought_of(solution.limits, solution.steps) if points else "no solution"
    if solution.only:
        label = {"no solution": "none found", "trade-offs": label}.get(label, f"{label} found")
    lines = [(label, f"{steps}, where {' and '.join(limit.text for limit in solution.limits)}")]
    if holds := [*assumptions(law.conditions), *law.unanswered]:
        lines.append(("and", "; ".join(holds)))
    if solution.only:
        only = "; ".join(assumptions(solution.only))
        lines.append(("not searched", f"values that don't meet {only}, for which other formulas hold"))
    if solution.untried:
        lines.append(("not searched", f"{solution.untried}: it takes too long; {COARSER}"))
    if solution.guessed:
        finer = " and ".join(f"--step {symbol}={show(solution.steps[symbol] / 10)}" for symbol in solution.guessed)
        lines.append(("finer", f"between these there may be more: {finer}"))
    if len(solution.steps) == 1 and points and solution.next[-1]:
        lines.append(("next", _breaks(solution, solution.next[-1])))
    if solution.smallest:
        lines.append(("smallest", _breaks(solution, solution.smallest)))
    if solution.outside:
        what = "in the range" if label.startswith("range") else "that is smaller"
        lines.append(("but", f"not all {what} is within: {_breaks(solution, solution.outside)}"))
    fixed = ", ".join(f"{name} = {shown(value)}" for name, value in _fixed(solution).items())
    return [*lines, ("at", fixed)] if fixed else lines


def _fixed(solution: Solution) -> dict[str, Number]:
    """Return the symbols that were not looked for, with their values, and the batch if it is not one sample."""
    law = solution.law
    symbols = {name: value for name, value in law.network.symbols.items() if name not in solution.steps}
    return symbols if law.samples == 1 or "N" in solution.steps else symbols | {"N": law.samples}


def solution_as_csv(solution: Solution) -> str:
    """Return a row for each solution."""
    totals = list(dict.fromkeys(limit.of for limit in solution.limits))
    rows = [
        [*map(numerals.plain_number, point.values.values()), *(point.totals[of] for of in totals)]
        for point in solution.points
    ]
    return as_csv([*solution.steps, *totals], rows)


def solution_as_json(solution: Solution) -> str:
    """Return the solution as an object; `solution.schema.json` is its schema."""
    data = {
        "name": solution.law.network.name,
        "limits": [limit.text for limit in solution.limits],
        "steps": {symbol: numerals.plain_number(step) for symbol, step in solution.steps.items()},
        "set": {name: plain(value) for name, value in _fixed(solution).items()},
        "assumptions": [*assumptions(solution.law.conditions), *solution.law.unanswered],
        "searched_only_where": assumptions(solution.only),
        "points": [{**_object(row.point), "next": row.next and _object(row.next)} for row in rows_of(solution)],
        "smallest": solution.smallest and _object(solution.smallest),
        "untried": solution.untried,
        "outside": solution.outside and _object(solution.outside),
    }
    return json.dumps(data, indent=2) + "\n"


def solution_blocks(solution: Solution) -> Blocks:
    """Return what was found as a table, and in words."""
    table = [Grid(columns_of(solution), rows_of(solution))] if solution.points else []
    return [*table, solution_lines(solution)]


FORMATS = tabular(solution_blocks, solution_as_json, solution_as_csv)


def _grid(solution: Solution, symbol: str) -> str:
    """Return what was tried; where nothing was found also from where on."""
    step, least = solution.steps[symbol], solution.least[symbol]
    numbers = "whole numbers" if step == 1 else f"multiples of {show(step)}"
    return numbers if solution.points or least < 0 else f"{numbers} from {show(least)} up"


def _breaks(solution: Solution, point: Point) -> str:
    """The totals at values that are outside, and by how much."""
    values = ", ".join(f"{symbol} = {show(value)}" for symbol, value in point.values.items())
    broken = [
        limit for limit in solution.limits if limit.of in point.totals and not limit.allows(point.totals[limit.of])
    ]
    return f"{values} has " + ", ".join(
        f"{numerals.exact(point.totals[limit.of])} {_unit(limit.of)}, {_distance(limit, point)} `{limit.text}`"
        for limit in broken
    )


def _unit(of: str) -> str:
    return f"bytes of {FIGURES[of].label}" if FIGURES[of].is_bytes else of


_LARGE = 10
"""So many times the limit is said so, not as a percentage."""


def _distance(limit: Limit, point: Point) -> str:
    total = point.totals[limit.of]
    if limit.upper and 0 < _LARGE * limit.bound <= total:
        return f"{numerals.exact(round(total / limit.bound))} times the limit"
    distance = abs(total - limit.bound)
    return f"{_percent(distance, limit.bound)} {'above' if limit.upper else 'below'}"


def _percent(part: int, whole: int) -> str:
    """A share, or how much it is where the share would say nothing."""
    share = numerals.percent(part, whole)
    return share if whole and share != "0.0 %" else numerals.exact(part)


def _value(row: SolutionRow, symbol: str) -> str:
    return show(row.point.values[symbol])


def _total(row: SolutionRow, of: str) -> str:
    return numerals.exact(row.point.totals[of])


def _share(row: SolutionRow, limit: Limit) -> str:
    return numerals.percent(row.point.totals[limit.of], limit.bound)


def _next(row: SolutionRow, solution: Solution, last: str) -> str:
    if row.next is None:
        return ""
    point = row.next
    broken = (limit for limit in solution.limits if not limit.allows(point.totals[limit.of]))
    return f"{show(point.values[last])}: " + ", ".join(f"{limit.of} {_distance(limit, point)}" for limit in broken)


def _object(point: Point) -> dict[str, Any]:
    values = {symbol: numerals.plain_number(value) for symbol, value in point.values.items()}
    return {"values": values, "totals": dict(point.totals)}
