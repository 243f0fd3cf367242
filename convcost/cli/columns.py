"""Which columns a table has: `--columns`, `--with` and `--style` stand here for the commands that have them."""

# Annotations stay objects here: as text, typer compiles each of them several times at every start.
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.options import names_of, one_of
from convcost.cli.output import note
from convcost.errors import UsageError, choices
from convcost.figures import FIGURES

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
    list[Path] | None,
    typer.Option(
        "--with",
        metavar="FILE.csv",
        help="Join columns of your own, accuracy or latency; the file's first column has the names of the rows. May be "
        "repeated.",
    ),
]
Style = Annotated[
    str,
    typer.Option("--style", metavar="exact|millions", help="All digits, or 25.6 M and 4.09 G as papers print them."),
]


def chosen_columns(
    columns: str | None,
    beside: Collection[Path] | None,
    style: str,
    format: str,
    known: Collection[str],
    by: str = "--columns",
) -> "Chosen":
    """Return the columns that were asked for, in a format.

    `known` are the figures that rows have; `by` is the option that named them.

    Raises UsageError for a name that is neither a figure nor a column of the file, and what is wrong with the file.
    """
    from convcost.render.figure_columns import EXACT, STYLES, Chosen

    names = names_of(columns) or []
    if columns is not None and not names:
        raise UsageError("--columns: no column is named", "for example --columns params,macs")
    one_of("--style", style, STYLES)
    for option, asked in (("--columns", format == "json" and names), ("--style", style != EXACT)):
        if asked and format in ("json", "csv"):
            raise UsageError(f"{option} goes with other formats: {format} has all figures, with all their digits")
    measured = measured_by(beside or (), names)
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{by}: `{name}` is there twice")
        if name not in known and name not in measured.columns:
            what = (
                "a figure of layers"
                if name in FIGURES
                else "a figure" + (f" or a column of {' or '.join(map(str, beside))}" if beside else "")
            )
            raise UsageError(f"{by}: `{name}` is not {what}", choices(name, [*known, *measured.columns]))
    return Chosen(tuple(names), style, measured)


def measured_by(beside: Iterable[Path], names: Collection[str]) -> "Measured":
    """Return what the files of `--with` say, of the columns that are named.

    Raises UsageError for a file that can't be read, ConvcostError with what is wrong with it.
    """
    from convcost.measured import read_measured

    known = dict.fromkeys(("network", "layer", "name", "input CxHxW"), "a column that convcost's tables have")
    for figure in FIGURES.values():
        known |= dict.fromkeys((figure.name, figure.label, figure.heading), "a figure that convcost counts")
    return read_measured(beside, known, names)


def say_unmatched(measured: "Measured", names: Iterable[str], hidden: Iterable[str] = ()) -> None:
    """Note which rows a file says nothing of, and which of its lines are of no row, or of one that is not shown.

    Raises ConvcostError where a file's first line is a row.
    """
    if measured.files:
        for remark in measured.remarks(list(names), set(hidden)):
            note(remark)
