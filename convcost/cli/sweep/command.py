"""`convcost sweep`: totals of a network at very many values of its symbols."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from convcost.cli.columns import With, measured_by
from convcost.cli.formats import printer
from convcost.cli.options import (
    Arguments,
    Dtype,
    Ends,
    NotPartial,
    Settings,
    Shapes,
    Spec,
    Variant,
    check_dtype,
    one_of,
    opening,
    settings_of,
)
from convcost.cli.output import ascii_only, terminal_width
from convcost.cli.plots import ENDS, Axes, Log, axes_of
from convcost.errors import UsageError
from convcost.measured import NOTHING, Measured
from convcost.reading.description import Description
from convcost.reading.load import open_description
from convcost.render.formats import Block, Blocks, Grid, tabular

if TYPE_CHECKING:
    from convcost.sweeping.chunks import SweepRow, Task, Total
    from convcost.sweeping.plan import Plan

MOST_ROWS = 10_000
"""That are shown; a file or CSV takes any number."""


def command(
    spec: Spec,
    over: Annotated[
        list[str],
        typer.Option(
            "--over",
            metavar="NAME=VALUES",
            help="Values of a symbol: FIRST:LAST:STEP or VALUE,VALUE,...; the last --over varies fastest.",
        ),
    ],
    settings: Settings = None,
    variant: Variant = None,
    of: Annotated[
        str, typer.Option("--of", metavar="TOTAL,...", help="Figures: macs, params, peak_memory, ...")
    ] = "macs,params",
    pareto: Annotated[
        str | None,
        typer.Option(
            "--pareto",
            metavar="NAME,...",
            help="Show the best trade-offs: least of totals, most of symbols; min:NAME and max:NAME say otherwise.",
        ),
    ] = None,
    plot: Annotated[
        str | None,
        typer.Option(
            "--plot",
            metavar="X,Y",
            help="Draw two columns; with -o FILE.svg, or FILE.tex for pgfplots, as a figure with the line of the best.",
        ),
    ] = None,
    log: Log = None,
    beside: With = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write all rows: FILE.csv or FILE.parquet; or the plot, FILE.svg."
        ),
    ] = None,
    sample: Annotated[
        int | None, typer.Option("--sample", min=1, metavar="N", help="Only N points, drawn at random.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Draws other points.")] = 0,
    shard: Annotated[
        str | None, typer.Option("--shard", metavar="I/N", help="Only the I-th of N parts of the file's chunks.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes that work.")] = 1,
    chunk: Annotated[
        int | None,
        typer.Option("--chunk", min=1, metavar="N", help="About how many points are worked on and kept at once."),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Let the workers of a dask scheduler work.")
    ] = None,
    dtype: Dtype = None,
    format: Annotated[
        str, typer.Option("--format", "-f", metavar="table|json|csv|markdown", help="How to print.")
    ] = "table",
    shapes: Shapes = None,
    arguments: Arguments = None,
    outputs: Ends = None,
    partial: NotPartial = False,
) -> None:
    """Compute totals for every combination of values of symbols, exactly."""
    from convcost.cli.sweep.run import Run
    from convcost.sweeping.chunks import Total, rows_of
    from convcost.sweeping.prepare import prepared

    show = printer(FORMATS, format)
    if plot and format != "table":
        raise UsageError("--plot goes with --format table")
    run = Run(output, _shard(shard, output), jobs, scheduler)
    axes = axes_of(plot, log, f"{over[0].partition('=')[0]},macs") if plot else None
    drawn = output if output and output.suffix.lower() in ENDS else None
    _refuse_beside_plots(drawn is not None, axes, pareto or shard, log, beside)
    measured = measured_by(beside, axes.names) if beside and axes else NOTHING
    description = open_description(spec, opening(shapes, arguments, spec, outputs=outputs, partial=partial))
    task = _task(description, over, settings_of(settings), variant, of, pareto, axes, measured)
    check_dtype(dtype, task.plan.totals)
    plan = replace(task.plan, sample=sample, seed=seed, dtype=dtype or description.dtype)
    task = replace(task, plan=prepared(plan if chunk is None else replace(plan, chunk=chunk)))
    plan = task.plan
    if drawn and axes:
        from convcost.cli.sweep.plotted import draw

        return draw(task, axes, measured, run, drawn)
    if format == "csv" and not output and not pareto:
        return run.streamed(task)
    if output or pareto or plot:
        total = run.all(task)
        rows = total.front.rows() if total.front else []
    elif plan.points > MOST_ROWS:
        help = "write them to a file, -o FILE.csv, or ask for the best: --pareto"
        raise UsageError(f"{plan.points:,} points are too many to show", help)
    elif scheduler or jobs > 1:
        raise UsageError("--jobs and --scheduler are for files and fronts", "add -o FILE.csv or --pareto NAME,...")
    else:
        total, rows = Total(task), rows_of(plan)
        total.points, total.rows = plan.points, len(rows)
    show(Swept(plan, total, rows, output if not shard else None))
    return None


def _task(
    description: Description,
    over: list[str],
    settings: dict[str, str],
    variant: str | None,
    of: str,
    pareto: str | None,
    plot: Axes | None,
    measured: Measured,
) -> Task:
    """What is asked for."""
    from convcost.sweeping.axes import axis
    from convcost.sweeping.chunks import Task
    from convcost.sweeping.front import objective
    from convcost.sweeping.plan import Plan, require_total, totals

    axes = tuple(map(axis, over))
    names = [axis.name for axis in axes]
    for name in names:
        if name in settings or names.count(name) > 1:
            raise UsageError(f"`{name}` is {'set as well' if name in settings else 'there twice'}: --over {name}=...")
    objectives = tuple(objective(word, names, totals()) for word in (pareto or "").split(",") if pareto)
    picture = [name for name in plot.names if name not in measured.columns] if plot else []
    wanted = [word.strip() for word in of.split(",")]
    for word in wanted:
        require_total("--of", word)
    for word in picture:
        one_of("--plot", word, (*names, *totals()))
    columns = (*wanted, *(objective.name for objective in objectives), *picture)
    plan = Plan(
        description,
        tuple(settings.items()),
        variant,
        axes,
        tuple(dict.fromkeys(column for column in columns if column not in names)),
    )
    return Task(plan, None, objectives, plot.names if plot else None)


def _refuse_beside_plots(
    drawn: bool, axes: Axes | None, other: str | None, log: str | None, beside: Sequence[Path] | None
) -> None:
    """Raise UsageError for what goes with a plot in a file, without one; and the other way round."""
    if drawn and axes is None:
        raise UsageError("-o: a file for a plot, and no plot is asked for", "--plot X,Y")
    if drawn and other:
        raise UsageError("--plot with -o FILE.svg goes without --pareto and --shard", "its line is of the best")
    for option, asked in (("--log", log), ("--with", beside)):
        if asked and not drawn:
            raise UsageError(f"{option} goes with a plot in a file", "--plot X,Y -o FILE.svg")


class Swept(NamedTuple):
    """A sweep that has been run: the rows to show, and the file that has them all."""

    plan: Plan
    total: Total
    rows: list[SweepRow]
    file: Path | None


def _blocks(swept: Swept) -> Blocks:
    from convcost.render.sweep.plot import picture
    from convcost.render.sweep.table import row_columns, sweep_lines
    from convcost.sweeping.forms import forms

    plan, total, rows, file = swept
    blocks: list[Block] = [Grid(row_columns(plan), rows)] if rows else []
    if total.dots and total.rows:
        drawn = picture(total.dots.points(), *total.dots.columns, terminal_width(), ascii_only())
        blocks.append("\n".join(drawn))
    return [*blocks, sweep_lines(plan, next(forms(plan), None), total.points, total.rows, file)]


def _json(swept: Swept) -> str:
    from convcost.render.sweep.table import sweep_as_json
    from convcost.sweeping.forms import forms

    return sweep_as_json(swept.plan, next(forms(swept.plan), None), swept.total.points, swept.total.rows, swept.rows)


def _csv(swept: Swept) -> str:
    from convcost.cli.sweep.run import warn_of_refused
    from convcost.render.sweep.table import rows_as_csv

    warn_of_refused(swept.total)
    return rows_as_csv(swept.plan, swept.rows) if swept.rows else ""


FORMATS = tabular(_blocks, _json, _csv)


def _shard(word: str | None, output: Path | None) -> tuple[int, int]:
    """Which part of how many, counted from 0."""
    if word is None:
        return 0, 1
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", word)
    part, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= part <= of:
        raise UsageError(f"--shard {word}: a part is I/N, for example 1/4, and up to 4/4")
    if output is None:
        raise UsageError("--shard is for files", "give one: -o FILE.csv")
    return part - 1, of
