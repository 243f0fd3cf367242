"""Plots of two figures: `--plot` and `--log` stand here for the commands that have them."""

# Annotations stay objects here: as text, typer compiles each of them several times at every start.
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from convcost.cli.formats import printer
from convcost.cli.options import one_of
from convcost.errors import UsageError
from convcost.figures import FIGURES

if TYPE_CHECKING:
    from convcost.render.formats import Formats
    from convcost.render.plot.picture import Aim, Picture
    from convcost.render.plot.scales import Quantity

Log = Annotated[
    str | None,
    typer.Option(
        "--log",
        metavar="x|y|xy|none",
        help="Which axes of a plot are logarithmic; default: those whose numbers span more than a factor of 10.",
    ),
]

ENDS = (".svg", ".tex")
"""Of the files that plots are written to."""


class Axes(NamedTuple):
    """What a plot is asked to show, across and up."""

    names: tuple[str, str]
    more: tuple[bool | None, bool | None]
    """Whether more of it is better; None: nothing was said."""
    log: str | None

    def aims(self, most: Collection[str]) -> "tuple[Aim, Aim]":
        """Return both axes; unless something else was said, most is best of what is among `most`, least of others."""
        from convcost.render.plot.picture import Aim

        x, y = (
            Aim(
                _quantity(name),
                name in most if more is None else more,
                None if self.log is None else letter in self.log,
            )
            for name, more, letter in zip(self.names, self.more, "xy", strict=True)
        )
        return x, y


def axes_of(plot: str, log: str | None, example: str) -> Axes:
    """Return what `--plot X,Y` and `--log` ask for; UsageError if that is not two columns."""
    words = [word.strip() for word in plot.split(",")]
    if len(words) != 2 or not all(words) or words[0] == words[1]:
        raise UsageError(f"--plot {plot}: give two columns, for example --plot {example}")
    if log is not None:
        one_of("--log", log, ("x", "y", "xy", "none"))
    x, y = (_aimed(word) for word in words)
    return Axes((x[0], y[0]), (x[1], y[1]), "" if log == "none" else log)


def _aimed(word: str) -> tuple[str, bool | None]:
    prefix, colon, name = word.partition(":")
    return (name, prefix == "max") if colon and prefix in ("min", "max") else (word, None)


def _quantity(name: str) -> "Quantity":
    from convcost.render.plot.scales import Quantity

    figure = FIGURES.get(name)
    if figure is None:
        return Quantity(name)
    if figure.is_bytes:
        return Quantity(figure.label, "B", 1024)
    return Quantity(figure.label, figure.unit, 1000 if figure.whole and not figure.unit else 0)


def plotter(format: str | None, output: Path | None) -> "Callable[[Picture], None]":
    """Return what draws a plot, into the file that was asked for; UsageError for one of another kind."""
    from convcost.render.plot.pgfplots import as_pgfplots
    from convcost.render.plot.svg import as_svg

    if output is not None and format is None and output.suffix.lower() not in ENDS:
        raise UsageError(f"-o {output}: a plot is a file {' or '.join(ENDS)}", "the second is for LaTeX with pgfplots")
    plots: Formats[Picture] = {"svg": as_svg, "latex": as_pgfplots}
    return printer(plots, format, output)
