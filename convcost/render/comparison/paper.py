"""The table of networks side by side for a paper."""

from __future__ import annotations

from collections.abc import Sequence

from convcost.render.comparison.networks import UNASKED, Compared, chosen_columns_for
from convcost.render.figure_columns import Chosen
from convcost.render.paper import caption_of, paper_table


def as_latex(sides: Sequence[Compared], chosen: Chosen) -> str:
    """Return a table in LaTeX with a row per network."""
    names = dict.fromkeys(side.analysis.network.name for side in sides)
    caption = caption_of(
        f"The cost of {', '.join(names)}", {side.label: side.analysis for side in sides}, chosen.among(UNASKED)
    )
    return paper_table(chosen_columns_for(sides, chosen), sides, caption, "-".join(names))
