"""Layers as rows of a table: folded into blocks, sorted, cut to the costliest."""

from __future__ import annotations

from typing import NamedTuple

from convcost.analysis.costs import Analysis, LayerCost
from convcost.analysis.receptive_field import ReceptiveField
from convcost.ops.base import Shape, Work
from convcost.ops.numbers import Number

SORT_KEYS = ("order", "params", "macs", "elements")
"""What rows can be sorted by; `order` is the network's."""


class Row(NamedTuple):
    """One layer, or the layers of one block together; shape and receptive field are the last one's."""

    name: str
    kind: str
    output_shapes: tuple[Shape, ...]
    params: Number
    work: Work
    useful_macs: Number
    training_macs: Number
    elements: Number
    receptive_field: ReceptiveField
    shares: str | None = None
    layers: int = 1

    @property
    def macs(self) -> Number:
        return self.work.macs


def rows_of(analysis: Analysis, depth: int | None = None) -> list[Row]:
    """One row per layer, or, with `depth`, per block: names are cut after that many parts.

    Only neighbours are put together, so a row never hides what ran between its layers.
    """
    rows: list[Row] = []
    for cost in analysis.layers:
        row = _row(cost)
        if depth is None:
            rows.append(row)
            continue
        name = ".".join(row.name.split(".")[:depth])
        if rows and rows[-1].name == name:
            rows[-1] = _together(rows[-1], row, name)
        else:
            folded = name != row.name
            rows.append(row._replace(name=name, kind="1 layer", shares=None) if folded else row)
    return rows


def select(rows: list[Row], sort: str = "order", top: int | None = None) -> list[Row]:
    """The rows sorted, the largest first, and no more than `top` of them."""
    if sort != "order":
        rows = sorted(rows, key=lambda row: -getattr(row, sort))
    return rows[:top]


def _row(cost: LayerCost) -> Row:
    return Row(
        name=cost.layer.name,
        kind=cost.layer.kind,
        output_shapes=cost.layer.output_shapes,
        params=cost.params.total,
        work=cost.work,
        useful_macs=cost.useful_work.macs,
        training_macs=cost.training_macs,
        elements=cost.elements,
        receptive_field=cost.receptive_field,
        shares=cost.layer.shares,
    )


def _together(block: Row, last: Row, name: str) -> Row:
    count = block.layers + 1
    return Row(
        name=name,
        kind=f"{count} layers",
        output_shapes=last.output_shapes,
        params=block.params + last.params,
        work=block.work + last.work,
        useful_macs=block.useful_macs + last.useful_macs,
        training_macs=block.training_macs + last.training_macs,
        elements=block.elements + last.elements,
        receptive_field=last.receptive_field,
        layers=count,
    )
