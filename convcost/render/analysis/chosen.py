"""The table of layers with the columns that were asked for, for a terminal, a page and a paper."""

from __future__ import annotations

from collections.abc import Sequence

from convcost.analysis.costs import Analysis, Costs
from convcost.figures import Figure
from convcost.render.analysis.table import UNKNOWN, is_unknown, shapes
from convcost.render.columns import Column
from convcost.render.figure_columns import Chosen, text_of
from convcost.render.tree import label

UNASKED = ("output_shape", "params", "macs")
"""The figures that it has if none are named."""
TRAINING = Chosen((*UNASKED, "training_macs"))
"""What `--training` asks for."""


def columns_for(analysis: Analysis, chosen: Chosen) -> list[Column[Costs]]:
    """Return the columns that were asked for, behind the names of the layers."""

    def text(row: Costs, figure: Figure) -> str:
        if figure.name == "output_shape":
            return shapes(row)
        if figure.name == "params" and row.shares:
            return "shared"
        return UNKNOWN if figure.is_sum and is_unknown(row) else text_of(row, figure, chosen.style)

    columns = chosen.columns(UNASKED, lambda row: row.name, text, analysis)
    return [Column("layer", label, total="total", right=False), *columns]


def as_latex(analysis: Analysis, rows: Sequence[Costs], chosen: Chosen) -> str:
    """Return a table for a paper, in LaTeX."""
    from convcost.render.paper import caption_of, paper_table

    name = analysis.network.name
    caption = caption_of(f"The layers of {name}", {name: analysis}, chosen.among(UNASKED))
    return paper_table(columns_for(analysis, chosen), rows, caption, f"{name}-layers")
