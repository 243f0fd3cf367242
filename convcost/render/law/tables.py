"""Formulas of layers and blocks as tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

from convcost.algebra.formula import layer_formula
from convcost.algebra.law import Law
from convcost.algebra.notation import number_as_text
from convcost.algebra.terms import forms_of, shortest
from convcost.analysis.costs import analyze
from convcost.analysis.in_symbols import Walked, walked_figures
from convcost.figures import FIGURES
from convcost.network import Layer
from convcost.ops.numbers import Number
from convcost.render import numerals
from convcost.render.columns import Column, as_csv
from convcost.render.law.axes import cell
from convcost.render.law.text import shapes_text

T = TypeVar("T")


class Table(NamedTuple, Generic[T]):
    """Rows and how to show them, as text and as data."""

    kind: str
    columns: list[Column[T]]
    rows: list[T]
    of: int
    """How many rows there would be."""
    data: Callable[[T], dict[str, Any]]


class LayerRow(NamedTuple):
    """A layer with what it adds to a total, and its receptive field."""

    layer: Layer
    total: Number
    field: str
    walked: str
    """What a figure that is no total is, in a cell."""


def by_layer(law: Law, of: str) -> Table[LayerRow]:
    """Return the formulas of the layers."""
    found, walks = Walked(law.network, law), of in walked_figures()
    totals = [None] * len(law.network.layers) if walks else law.layer_totals(of)
    rows = [
        LayerRow(layer, total, cell(found, "receptive_field", layer), cell(found, of, layer) if walks else "")
        for layer, total in zip(law.network.layers, totals, strict=True)
    ]
    at = law.at_defaults

    def formula(row: LayerRow) -> str:
        return row.walked or number_as_text(layer_formula(row.layer, row.total, at))

    columns: list[Column[LayerRow]] = [
        Column("layer", lambda row: row.layer.name, right=False),
        Column("operator", lambda row: row.layer.kind, right=False, rank=3),
        Column("output CxHxW", lambda row: shapes_text(row.layer.output_shapes), right=False, rank=1),
        Column("receptive\nfield, px", lambda row: row.field, rank=2),
        Column(FIGURES[of].heading if walks else f"{of}, per sample", formula, right=False, rank=-1),
    ]
    if of in ("receptive_field", "output_shape"):
        columns.pop(3 if of == "receptive_field" else 2)  # what is asked for stands in the last one

    @cache
    def fields() -> dict[str, Any]:
        return {cost.layer.name: cost.field.size for cost in analyze(law.numbers).layers} if law.numbers else {}

    def data(row: LayerRow) -> dict[str, Any]:
        return {
            "name": row.layer.name,
            "operator": row.layer.kind,
            "output_shape": [number_as_text(n, in_place=True) for n in row.layer.output_shapes[0].numbers],
            "receptive_field": fields().get(row.layer.name),
            "receptive_field_formulas": found.texts("receptive_field", row.layer),
            "formula": formula(row),
        }

    return Table("layers", columns, rows, len(rows), data)


class BlockRow(NamedTuple):
    """A block with its total, for one sample."""

    name: str
    total: Number
    value: Number | None
    """What it is at the defaults."""


def by_block(law: Law, of: str) -> Table[BlockRow]:
    """Return the formulas of the blocks; those without any are left out."""
    at = law.at_defaults
    forms = forms_of(law.network.layers)
    blocks = law.by_block(of)
    rows = [BlockRow(name, total, at(total) if at else None) for name, total in blocks.items() if total != 0]
    whole = sum(row.value or 0 for row in rows)

    def formula(row: BlockRow) -> str:
        return number_as_text(shortest(row.total, forms, at))

    columns: list[Column[BlockRow]] = [Column("block", lambda row: row.name, right=False)]
    if at:
        columns.append(Column("share", lambda row: numerals.percent(row.value or 0, whole), rank=1))
    columns.append(Column(f"{of}, per sample", formula, right=False, rank=-1))
    return Table(
        "blocks",
        columns,
        rows,
        len(blocks),
        lambda row: {"name": row.name, "value": row.value, "formula": formula(row)},
    )


def table_as_csv(table: Table[T]) -> str:
    """Return the cells as they are shown."""
    return as_csv(
        [column.title for column in table.columns],
        [[column.cell(row) for column in table.columns] for row in table.rows],
    )


def table_as_json(law: Law, of: str, table: Table[T]) -> str:
    """Return the formulas in an object; `formula.schema.json` is its schema."""
    rows: Sequence[dict[str, Any]] = [table.data(row) for row in table.rows]
    return json.dumps({"name": law.network.name, "of": of, table.kind: rows}, indent=2) + "\n"
