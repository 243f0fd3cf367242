"""The table of a network's layers for a paper."""

from __future__ import annotations

from collections.abc import Sequence

from convcost.analysis.costs import Analysis, Costs
from convcost.render.analysis.table import UNASKED, chosen_columns_for
from convcost.render.figure_columns import Chosen
from convcost.render.paper import caption_of, paper_table


def as_latex(analysis: Analysis, rows: Sequence[Costs], chosen: Chosen) -> str:
    """Return the table in LaTeX."""
    name = analysis.network.name
    caption = caption_of(f"The layers of {name}", [analysis], chosen.among(UNASKED))
    return paper_table(chosen_columns_for(analysis, chosen), rows, caption, f"{name}-layers")
