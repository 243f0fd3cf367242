"""Convolutions side by side: tables of figures, of formulas and of ratios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convcost import numerals
from convcost.algebra import texts
from convcost.algebra.letters import AXES, factors
from convcost.algebra.printing import sympy_as_text
from convcost.algebra.terms import forms_of, shortest
from convcost.comparison.against import Against
from convcost.comparison.convolutions import Side, Table, told
from convcost.figures import FIGURES
from convcost.render.columns import Column
from convcost.render.comparison.sides import ComparisonRow, decimal, exact, value_columns

_WIDEST_FORMULA = 48
"""A ratio in letters that is longer than this stands below the table."""


def figure_rows(table: Table, against: Against | None) -> list[ComparisonRow]:
    """Return one row per figure: for one side, or for two."""
    rows = [
        ComparisonRow(f"output, Cx{'x'.join(AXES[table.given.rank])}", tuple(str(side.output) for side in table.sides))
    ]
    for figure in _shown(table.sides):
        values = tuple(_figure(side, figure) for side in table.sides)
        if against is None:
            rows.append(ComparisonRow(FIGURES[figure].heading, values))
        else:
            ratio, letters = against.exact[figure], short(ratio_text(against, figure))
            rows.append(ComparisonRow(FIGURES[figure].heading, values, exact(ratio), decimal(ratio), letters))
    rows.append(ComparisonRow("receptive field, px", tuple(map(_field_text, table.sides))))
    return rows


def figure_columns(table: Table, against: Against | None) -> list[Column[ComparisonRow]]:
    """Return a column per side, and the ratio's."""

    columns = value_columns([side.label for side in table.sides], ratio=against is not None)
    if against is None:
        return columns
    return [*columns, Column("in letters", lambda row: row.letters, right=False, rank=3)]


def side_columns(table: Table) -> list[Column[Side]]:
    """Return one row per side, where there are many."""
    axes = "x".join(AXES[table.given.rank])
    macs: Column[Side] = Column("MACs", lambda side: _figure(side, "macs"))
    return [
        Column("", lambda side: side.label, right=False, rank=-1),
        Column(f"output\nCx{axes}", lambda side: str(side.output)),
        Column("params", lambda side: _figure(side, "params"), rank=1),
        *([macs] if "macs" in _shown(table.sides) else []),
        Column("all\nmultiplies", lambda side: _figure(side, "all_multiplies"), rank=-1),
        Column("useful\nmultiplies", lambda side: _figure(side, "useful_multiplies"), rank=3),
        Column("receptive\nfield, px", _field_text, rank=2),
        Column("activations\nelements", lambda side: _figure(side, "elements"), rank=4),
        Column("multiplies\nper byte", lambda side: _figure(side, "multiplies_per_byte"), rank=5),
    ]


def formula_columns() -> list[Column[Side]]:
    """Return one row per side, in letters."""

    def output(side: Side) -> str:
        return factors(side.symbolic.layers[-1].output_shapes[0].numbers)

    weights: Column[Side] = Column("weights", lambda side: formula_text(side, "weights"), right=False)
    return [
        Column("", lambda side: side.label, right=False, rank=-1),
        Column("output", output, right=False, rank=1),
        weights,
        Column("all multiplies", lambda side: formula_text(side, "all_multiplies"), right=False, rank=-1),
    ]


@dataclass(frozen=True, slots=True)
class RatioRow:
    """One figure of one side as a part of another's."""

    against: Against
    figure: str


def ratio_rows(against: Sequence[Against]) -> list[RatioRow]:
    """Return every ratio of every side."""
    figures_ = _shown([side for one in against for side in (one.of, one.to)])
    return [RatioRow(one, figure) for one in against for figure in figures_]


def ratio_columns(against: Sequence[Against]) -> list[Column[RatioRow]]:
    """Return one row per side and figure, where there are many sides."""
    return [
        Column(f"ratio to\n{against[0].to.label}", lambda row: row.against.of.label, right=False, rank=-1),
        Column("", lambda row: FIGURES[row.figure].heading, right=False, rank=-1),
        Column("exact", lambda row: exact(row.against.exact[row.figure]), rank=1),
        Column("decimal", lambda row: decimal(row.against.exact[row.figure]), rank=-1),
        Column("in letters", lambda row: short(ratio_text(row.against, row.figure)), right=False, rank=2),
    ]


def _field_text(side: Side) -> str:
    return numerals.field(side.analysis.layers[-1].field)


def _figure(side: Side, figure: str) -> str:
    return decimal(side.figures[figure])


def formula_text(side: Side, figure: str) -> str:
    """Return a side's figure in letters, in its shortest form."""
    return texts.number_as_text(shortest(side.formulas[figure], forms_of(side.symbolic.layers), None))


def ratio_text(one: Against, figure: str) -> str:
    """Return a ratio in letters; nothing where it has no formula."""
    return sympy_as_text(one.symbolic[figure]) if figure in one.symbolic else ""


def short(formula: str) -> str:
    """Return the formula, if it has room in a table."""
    return formula if len(formula) <= _WIDEST_FORMULA else ""


def _shown(sides: Sequence[Side]) -> list[str]:
    """The figures in a table: MACs only where they are not all multiplies."""
    other = any(side.figures["macs"] != side.figures["all_multiplies"] for side in sides)
    return [figure.name for figure in told() if figure.name != "macs" or other]
