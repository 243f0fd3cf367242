"""Totals of a law's network counted at numbers: what its closed forms are held against, and what has no closed form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from convcost.algebra.law import Law
from convcost.analysis.whole import Measure, NoFigure, Walks, measure
from convcost.errors import UsageError
from convcost.figures import FIGURES, Setting
from convcost.ops.numbers import Number


def recount(law: Law, figures: Iterable[str], values: Mapping[str, Number]) -> dict[str, Measure] | None:
    """Return figures of the network at values of the law's variables, counted in ints; None if it refuses the values.

    Of a figure per axis it is that along the axis where it is smallest.
    Raises UsageError for a figure that the network does not have there.
    """
    found = law.numbers_at(values)
    if found is None:
        return None
    network, batch = found
    walks, at = Walks(network), Setting(law.dtype, batch)
    try:
        numbers = {figure: measure(walks, figure, at) for figure in figures}
    except NoFigure as reason:
        raise UsageError(f"`{network.name}` has no single number: {reason}") from None
    return {figure: min(number) if FIGURES[figure].is_per_axis else number for figure, number in numbers.items()}
