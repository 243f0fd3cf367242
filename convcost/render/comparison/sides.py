"""What comparisons of convolutions and of networks have in common: the names of figures, and ratios as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convcost import numerals
from convcost.analysis.costs import Analysis, figure_or_none
from convcost.figures import FIGURES, Setting
from convcost.render.columns import Column
from convcost.render.objects import figure_object
from convcost.render.summary import per_batch

_WIDEST_FRACTION = 15
"""A ratio that is longer than this is a decimal only."""

Lines = list[tuple[str, str]]
"""Labels and what stands beside them."""


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One figure of all sides and, where two are compared, their ratio."""

    label: str
    values: tuple[str, ...]
    exact: str = ""
    decimal: str = ""
    letters: str = ""


def value_columns(labels: Sequence[str], ratio: bool) -> list[Column[ComparisonRow]]:
    """Return the figures' names, a column of their values per side, and their ratios."""

    def value(n: int) -> Column[ComparisonRow]:
        return Column(in_lines(labels[n]), lambda row: row.values[n])

    columns: list[Column[ComparisonRow]] = [
        Column("", lambda row: row.label, right=False, rank=-1),
        *map(value, range(len(labels))),
    ]
    ratios: list[Column[ComparisonRow]] = [
        Column("ratio\nexact", lambda row: row.exact, rank=2),
        Column("ratio\ndecimal", lambda row: row.decimal, rank=1),
    ]
    return [*columns, *ratios] if ratio else columns


def verdict(of: str, to: str, figure: str, ratio: Fraction | None) -> str:
    """Return the ratio of one figure in a sentence."""
    start = f"{of} / {to}, {FIGURES[figure].label}:"
    if ratio is None:
        return f"{start} {to} has none"
    if ratio in (0, 1):
        return f"{start} {'as many' if ratio else 'none'}"
    if Fraction(10, 11) < ratio < Fraction(11, 10):
        return f"{start} {100 * float(abs(ratio - 1)):.2g} % {'more' if ratio > 1 else 'fewer'}"
    return f"{start} {decimal(ratio)} times as many" + (f", {decimal(1 / ratio)} times fewer" if ratio < 1 else "")


def in_lines(label: str) -> str:
    """Return the name of a side as a header: a long one, or one with sizes, over two lines."""
    name, colon, sizes = label.partition(":")
    if colon:
        return f"{name}:\n{sizes}"
    first, underscore, second = label.rpartition("_")
    return f"{first}{underscore}\n{second}" if len(label) > 12 and first else label


def note(at: Setting) -> str:
    """Return what arithmetic intensity assumes, and what counts are for, unless that is one sample."""
    return (
        "Multiplies per byte, the arithmetic intensity: every layer reads its inputs and parameters once and writes "
        f"its outputs once, as {at.dtype}." + (f" Counts are {per_batch(at)}." if at.batch != 1 else "")
    )


def decimal(ratio: Fraction | int | None) -> str:
    """Four significant digits, or all digits of what is whole.

    >>> decimal(Fraction(137, 1152)), decimal(Fraction(2)), decimal(Fraction(12345678, 1000))
    ('0.1189', '2', '12,346')
    """
    if ratio is None:
        return ""
    if Fraction(ratio).denominator == 1:
        return numerals.exact(int(ratio))
    value = float(ratio)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def exact(ratio: Fraction | None) -> str:
    """Return a fraction, if it is short enough to say anything."""
    text = "" if ratio is None else str(ratio)
    return text if len(text) <= _WIDEST_FRACTION else ""


def figures_object(label: str, analysis: Analysis) -> dict[str, Any]:
    """Return a side's figures as plain data."""
    return {"name": label} | {
        name: figure_object(figure, figure_or_none(analysis, name)) for name, figure in FIGURES.items()
    }


def plain_figures(found: Mapping[str, int | Fraction]) -> list[object]:
    """Return a side's figures in a line of a table for programs."""
    return [float(n) if isinstance(n, Fraction) else n for n in found.values()]
