"""Columns that were asked for by name: figures of layers or of networks, and numbers from a file beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from convcost import numerals
from convcost.analysis.costs import Analysis, Costs, figure_or_none
from convcost.analysis.whole import NoFigure, SeesAll
from convcost.figures import FIGURES, Figure
from convcost.measured import NOTHING, Measured
from convcost.ops.base import by_x
from convcost.render.columns import Column

T = TypeVar("T")

EXACT = "exact"
STYLES = (EXACT, "millions")
"""How numbers are written: with all digits, or with three and a prefix, as papers print them."""


class Chosen(NamedTuple):
    """Which columns a table has beside the names of its rows, and how numbers are written."""

    names: Sequence[str] = ()
    """Figures, and columns of the file; none: those that a table has unasked, and all of the file."""
    style: str = EXACT
    measured: Measured = NOTHING

    def among(self, unasked: Iterable[str]) -> Sequence[str]:
        """Return the names of the columns, of a table that has these unasked."""
        return self.names or (*unasked, *self.measured.columns)

    def columns(
        self, unasked: Iterable[str], name: Callable[[T], str], text: Callable[[T, Figure], str], total: Analysis | None
    ) -> list[Column[T]]:
        """Return the columns of figures, as `text` writes them, and of the file's numbers for the rows' names.

        The file's numbers are the last that a narrow terminal has no room for.
        """

        def column(of: str, rank: int) -> Column[T]:
            if of not in FIGURES:
                return Column(of, lambda row: self.measured.text(name(row), of), empty=True)
            figure = FIGURES[of]
            adds_up = total is not None and (figure.is_sum or figure.per is not None)
            heading = figure.heading if self.style == EXACT else figure.label
            sum_text = text_of(total, figure, self.style) if adds_up else ""
            return Column(heading, lambda row: text(row, figure), sum_text, rank=rank if self.measured.files else 0)

        return [column(of, rank) for rank, of in enumerate(self.among(unasked), 2)]

    def plain(self, name: str, costs: Analysis | Costs, unasked: Iterable[str]) -> list[object]:
        """Return a row's cells for programs: numbers with all their digits, None where there is none."""
        return [
            plain_figure(costs, FIGURES[of]) if of in FIGURES else self.measured.text(name, of) or None
            for of in self.among(unasked)
        ]


USUAL = Chosen()


def text_of(costs: Analysis | Costs | None, figure: Figure, style: str) -> str:
    """Return a figure in a cell: `all` for a field that is the whole input, `-` where there is no such figure."""
    try:
        value = costs.of(figure.name) if costs is not None else None
    except SeesAll:
        return "all" if figure.has_least_axis else "-"
    except NoFigure:
        value = None
    if value is None:
        return "-"
    if isinstance(value, tuple):
        return by_x(value) if figure.is_shape or figure.has_least_axis else numerals.per_axis(value)
    if figure.per is not None:
        return numerals.quotient(value)
    if style == EXACT:
        return numerals.exact(value)
    return numerals.memory(value) if figure.is_bytes else numerals.human(value)


def plain_figure(costs: Analysis | Costs, figure: Figure) -> object:
    """Return a figure as a cell of CSV: a number, or a list, so that no program takes it for one or for a formula."""
    value = figure_or_none(costs, figure.name)
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return value if figure.whole or value is None else float(value)
