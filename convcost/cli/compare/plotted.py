"""`convcost compare --plot`: networks as the points of a plot."""

from __future__ import annotations

from convcost.analysis.costs import figure_or_none
from convcost.cli.bibliography import write_bib
from convcost.cli.columns import chosen_columns, say_unmatched
from convcost.cli.compare.request import Request
from convcost.cli.compare.sides import Side, sides_of
from convcost.cli.output import note
from convcost.cli.plots import axes_of, plotter
from convcost.errors import UsageError
from convcost.figures import FIGURES
from convcost.measured import Measured, number_of
from convcost.render.plot.picture import Dot, picture_of


def run(request: Request) -> None:
    """Draw networks by two of their figures, or by numbers from a file."""
    axes = axes_of(request.plot or "", request.log, "macs,params")
    if request.columns is not None or request.style != "exact" or request.every or request.baseline is not None:
        raise UsageError("--plot goes without --columns, --style, --all and --baseline")
    show = plotter(request.format, request.output)
    measured = chosen_columns(",".join(axes.names), request.beside, "exact", "svg", FIGURES, "--plot").measured
    for name in axes.names:
        if name in FIGURES and not (FIGURES[name].is_number or FIGURES[name].has_least_axis):
            raise UsageError(f"--plot: `{name}` is not one number, so that no axis can show it")
    sides = sides_of(request)
    say_unmatched(measured, (side.label for side in sides))
    dots = []
    for side in sides:
        x, y = (_number(side, name, measured) for name in axes.names)
        if x is None or y is None:
            note(f"--plot: `{side.label}` is not drawn: it has no {axes.names[0 if x is None else 1]}")
        else:
            dots.append(Dot(side.label, x, y))
    if not dots:
        raise UsageError("--plot: there is nothing to draw", "name networks that have both")
    show(picture_of(dots, *axes.aims(measured.columns)))
    if request.bib is not None:
        write_bib(request.bib, [(side.label, side.source) for side in sides])


def _number(side: Side, name: str, measured: Measured) -> float | None:
    """A figure of a network, along the axis where it is smallest; or a number of its from the file."""
    if name not in FIGURES:
        return number_of(measured.text(side.label, name))
    value = figure_or_none(side.analysis, name)
    if isinstance(value, tuple):
        value = min(value)
    return None if value is None else float(value)
