"""The figures that sides are compared by: all that layers add to, and quotients of these."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from convcost.analysis.costs import Analysis
from convcost.figures import FIGURES, Figure, Setting
from convcost.network import Network
from convcost.ops.numbers import Number

Ratios = Mapping[str, Fraction | None]
"""Every figure of one side as an exact fraction of the other's; None where that has none."""


def compared() -> list[Figure]:
    """Return the figures that have a ratio, in the order they are told."""
    return [figure for figure in FIGURES.values() if figure.of is not None]


def told() -> list[Figure]:
    """Return those of them that a table has."""
    return [figure for figure in compared() if "comparison" not in figure.apart]


def figures_of(analysis: Analysis) -> dict[str, int | Fraction]:
    """Return every compared figure of a network whose sizes are ints."""
    layers = analysis.network.layers
    return {figure.name: figure.total(layers, analysis.at) for figure in compared()}


def formulas_of(network: Network) -> dict[str, Number]:
    """Return the sums over layers that a table has, as formulas in the letters of the network's sizes.

    Bytes are left out, which are sums of so many terms that their ratio says nothing, and what padding takes off.
    """
    figures = (figure for figure in told() if figure.is_sum and not figure.is_bytes and "useful" not in figure.name)
    return {figure.name: figure.total(network.layers, Setting()) for figure in figures}


def ratios(of: Mapping[str, int | Fraction], to: Mapping[str, int | Fraction]) -> Ratios:
    """Return every figure of one side as an exact fraction of the other's; None where that has none."""
    return {figure: Fraction(of[figure]) / to[figure] if to[figure] else None for figure in of}
