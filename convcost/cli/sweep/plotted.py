"""`convcost sweep --plot X,Y -o FILE.svg`: the points of a sweep drawn for a paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from convcost.cli.formats import printer
from convcost.cli.output import note
from convcost.cli.plots import Axes, plotter
from convcost.cli.sweep.run import Run
from convcost.errors import UsageError
from convcost.measured import Measured, number_of
from convcost.render.formats import Formats
from convcost.render.plot.picture import MANY, Aim, Dot, picture_of
from convcost.render.summary import Line
from convcost.render.sweep.table import sweep_lines
from convcost.sweeping.axes import decimal
from convcost.sweeping.chunks import SweepRow, Task, Total, rows_of
from convcost.sweeping.forms import forms
from convcost.sweeping.front import Objective
from convcost.sweeping.plan import Plan


def draw(task: Task, axes: Axes, measured: Measured, run: Run, output: Path) -> None:
    """Draw a sweep's points into a file, and print what was swept; with names, unless there are too many points."""
    show = plotter(None, output)
    plan = task.plan
    aims = axes.aims([*plan.names, *measured.columns])
    if plan.points <= MANY:
        rows = rows_of(plan)
        total = Total(task)
        total.points, total.rows = plan.points, len(rows)
        dots = list(_named(plan, rows, axes.names, measured))
    elif measured.files:
        raise UsageError(f"--with: {plan.points:,} points are too many to have names", f"there may be {MANY:,}")
    else:
        total, dots = _many(task, axes.names, aims, run)
    if not dots:
        raise UsageError("--plot: there is nothing to draw", "the network takes none of the points, or none has both")
    show(picture_of(dots, *aims))
    lines: Formats[list[Line]] = {"table": lambda lines: [lines]}
    printer(lines, None)(sweep_lines(plan, next(forms(plan), None), total.points, total.rows, output))


def _named(plan: Plan, rows: Sequence[SweepRow], names: Sequence[str], measured: Measured) -> Iterator[Dot]:
    """The points with the values of their symbols as names: `alpha=0.5`, or `groups=3,channels=240`."""
    columns = [*plan.names, *plan.totals]
    labels = [
        ",".join(f"{axis.name}={decimal(n, axis.below)}" for axis, n in zip(plan.axes, row, strict=False))
        for row in rows
    ]
    for remark in measured.remarks(labels):
        note(remark)
    for label, row in zip(labels, rows, strict=True):
        x, y = (
            row[columns.index(name)] / plan.scale(name) if name in columns else number_of(measured.text(label, name))
            for name in names
        )
        if x is not None and y is not None:
            yield Dot(label, x, y)


def _many(task: Task, names: tuple[str, str], aims: Sequence[Aim], run: Run) -> tuple[Total, list[Dot]]:
    """Points that look like all points, and those on the front, without names."""
    plan = task.plan
    objectives = tuple(Objective(name, aim.more) for name, aim in zip(names, aims, strict=True))
    total = replace(run, output=None).all(replace(task, objectives=objectives, picture=names))
    columns = [*plan.names, *plan.totals]
    front = total.front.rows() if total.front else []
    points = total.dots.points() if total.dots and total.rows else []
    for row in front:
        x, y = (row[columns.index(name)] / plan.scale(name) for name in names)
        points.append((x, y))
    return total, [Dot("", x, y) for x, y in points]
