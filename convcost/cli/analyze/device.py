"""`convcost analyze --device`: bounds on the time that a network takes on a device."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from convcost.analysis.costs import Analysis, rows_of, select
from convcost.analysis.roofline import Roofline, roofline
from convcost.cli.formats import printer
from convcost.cli.options import show_all
from convcost.reading.device import open_device
from convcost.render.analysis.roofline import Row, as_object, as_rows, columns, lines
from convcost.render.formats import Block, Blocks, Grid, tabular
from convcost.render.objects import as_json


class Shown(NamedTuple):
    """A network's bounds, the rows that are asked for, and of how many they are."""

    found: Roofline
    rows: list[Row]
    of: int


def show_bounds(
    specs: list[str],
    read: Callable[[str], Analysis],
    device: str,
    format: str | None,
    output: Path | None,
    depth: int | None,
    sort: str,
    top: int | None,
) -> None:
    """Print the least time of every layer of every spec on a device, or of every block."""
    show = printer(FORMATS, format, output)
    on = open_device(device)

    def bounds(spec: str) -> Shown:
        found = roofline(read(spec), on)
        rows = rows_of(found.analysis, depth)
        if sort == "time_bound":
            chosen = sorted(rows, key=lambda row: found.of(row).time, reverse=True)[:top]
        else:
            chosen = select(rows, sort, top)
        return Shown(found, [(row, found.of(row)) for row in chosen], len(rows))

    show_all(specs, bounds, show)


def _blocks(shown: list[Shown]) -> Blocks:
    blocks: list[Block] = []
    for one in shown:
        blocks += [Grid(columns(one.found), one.rows, one.of), lines(one.found)]
    return blocks


FORMATS = tabular(
    _blocks,
    json=lambda shown: as_json([as_object(one.found, one.rows) for one in shown]),
    csv=lambda shown: as_rows([(one.found, one.rows) for one in shown]),
)
