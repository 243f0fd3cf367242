"""Which columns a table has: `--columns`, `--with` and `--style` stand here for the commands that have them."""

# Annotations stay objects here: as text, typer compiles each of them several times at every start.
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.options import names_of, one_of
from convcost.cli.output import note
from convcost.errors import UsageError, choices

if TYPE_CHECKING:
    from convcost.measured import Measured
    from convcost.render.figure_columns import Chosen

Columns = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="NAME,...",
        help="Which figures are columns, as params,macs,peak_memory, and which columns of the file that --with names.",
    ),
]
With = Annotated[
    Path | None,
    typer.Option(
        "--with",
        metavar="FILE.csv",
        help="Join columns of your own, accuracy or latency; the file's first column has the names of the rows.",
    ),
]
Style = Annotated[
    str,
    typer.Option("--style", metavar="exact|millions", help="All digits, or 25.6 M and 4.09 G as papers print them."),
]


def chosen_columns(
    columns: str | None,
    beside: Path | None,
    style: str,
    format: str,
    known: Collection[str],
    every: Collection[str],
    by: str = "--columns",
) -> "Chosen":
    """Return the columns that were asked for, in a format.

    `known` are the figures that rows have, of all there are; `by` is the option that named them.

    Raises UsageError for a name that is neither a figure nor a column of the file, and what is wrong with the file.
    """
    from convcost.measured import NOTHING, read_measured
    from convcost.render.figure_columns import EXACT, STYLES, Chosen

    names = names_of(columns) or []
    if columns is not None and not names:
        raise UsageError("--columns: no column is named", "for example --columns params,macs")
    one_of("--style", style, STYLES)
    for option, asked in (("--columns", format == "json" and names), ("--style", style != EXACT)):
        if asked and format in ("json", "csv"):
            raise UsageError(f"{option} goes with other formats: {format} has all figures, with all their digits")
    measured = read_measured(beside, every, names) if beside else NOTHING
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{by}: `{name}` is there twice")
        if name not in known and name not in measured.columns:
            what = (
                "a figure of layers" if name in every else "a figure" + (f" or a column of {beside}" if beside else "")
            )
            raise UsageError(f"{by}: `{name}` is not {what}", choices(name, [*known, *measured.columns]))
    return Chosen(tuple(names), style, measured)


def say_unmatched(measured: "Measured | None", names: Iterable[str]) -> None:
    """Note which rows the file says nothing of, and which of its lines are of no row."""
    for remark in measured.remarks(list(names)) if measured else ():
        note(remark)
