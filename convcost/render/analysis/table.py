"""An analysis as a table."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from convcost import numerals
from convcost.analysis.costs import Analysis, Costs
from convcost.figures import FIGURES
from convcost.render.columns import Column
from convcost.render.tree import folded, label


def columns_for(
    analysis: Analysis, training: bool = False, bars: bool = True, ascii_only: bool = False
) -> list[Column[Costs]]:
    """Return the columns of the layer table; with `training`, one for the step forward and back."""
    total = analysis.macs
    step = [_sum(analysis, "training_macs", "training\nMACs", 2)] if training else []
    return [
        Column("layer", label, total="total", right=False),
        Column("operator", lambda row: row.kind, right=False, rank=5, key=_alike),
        Column(f"output\n{_AXES[_rank(analysis)]}", shapes, rank=3, key=_alike),
        Column("params", _params, numerals.exact(analysis.params), rank=1, key=_alike),
        _sum(analysis, "macs", "MACs", -1),
        *step,
        Column("share of\nMACs", lambda row: _share(row, total, bars, ascii_only), right=not bars, rank=6, key=_alike),
        _sum(analysis, "useful_macs", "useful\nMACs", 9),
        Column("receptive\nfield, px", lambda row: numerals.field(row.field), rank=4, key=_field),
        Column("stride\npx", lambda row: numerals.per_axis(row.field.stride), rank=7, key=_field),
        Column("start\npx", lambda row: numerals.per_axis(row.field.start), rank=11, key=_field),
        _sum(analysis, "elements", "activations\nelements", 10),
    ]


def fold_note(analysis: Analysis, rows: Sequence[Costs], to_fit: bool) -> str:
    """Return how to see what a tree of rows folds, to fit a screen or as asked; nothing if every layer has a row."""
    if sum(row.is_layer for row in rows) == analysis.of("layers"):
        return ""
    closed = [
        row.level
        for row, after in zip(rows, [*rows[1:], None], strict=True)
        if not row.is_layer and (after is None or after.level <= row.level)
    ]
    if not to_fit or not closed:
        return folded(rows, ": --all shows every layer")
    depth = min(closed) + 2
    return folded(rows, f" to fit: --depth {depth} shows {depth} levels, --all every layer")


def _sum(analysis: Analysis, figure: str, header: str, rank: int) -> Column[Costs]:
    def number(row: Costs) -> str:
        return UNKNOWN if figure != "elements" and is_unknown(row) else numerals.exact(row.of(figure))

    key = _alike if FIGURES[figure].is_sum and FIGURES[figure].walk is None else None
    return Column(header, number, numerals.exact(analysis.of(figure)), rank=rank, key=key)


UNKNOWN = "?"
"""A figure of what is not counted."""


def is_unknown(row: Costs) -> bool:
    """Return whether none of its layers is counted."""
    return row.not_counted == sum(map(len, row.group.runs))


def _alike(row: Costs) -> Hashable:
    return row.alike


def _field(row: Costs) -> Hashable:
    return id(row.field)


def shapes(row: Costs) -> str:
    """Return the shapes of what a row hands on, in a cell."""
    outputs = row.layer.output_shapes
    return numerals.shapes(outputs) if all(shape.elements for shape in outputs) else UNKNOWN


_AXES = ("C", "CxL", "CxHxW", "CxDxHxW")
"""What a shape's numbers are, by the number of spatial axes."""


def _rank(analysis: Analysis) -> int:
    return max((shape.rank for shape in analysis.network.inputs.values()), default=2)


def _share(row: Costs, total: int, bars: bool, ascii_only: bool) -> str:
    macs = row.of("macs")
    if not macs:
        return ""
    share = numerals.percent(macs, total)
    return f"{share:>7} {numerals.bar(macs, total, ascii_only=ascii_only)}" if bars else share


def _params(row: Costs) -> str:
    if is_unknown(row):
        return UNKNOWN
    return "shared" if row.shares else numerals.exact(row.of("params"))
