"""Formulas of layers and blocks as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

from convcost import numerals
from convcost.algebra.law import Law
from convcost.algebra.layer_texts import LayerTexts
from convcost.algebra.texts import number_as_text
from convcost.analysis.costs import analyze
from convcost.analysis.in_symbols import Walked, walked_figures
from convcost.csv_text import as_csv
from convcost.figures import FIGURES
from convcost.network import Layer
from convcost.ops.numbers import Number
from convcost.render.columns import Column
from convcost.render.law.axes import cell
from convcost.render.law.text import of_several

T = TypeVar("T")


class Table(NamedTuple, Generic[T]):
    """Rows and how to show them, as text and as data."""

    kind: str
    columns: list[Column[T]]
    rows: list[T]
    of: int
    """How many rows there would be."""
    data: Callable[[T], dict[str, Any]]
    definitions: Mapping[str, str]
    """What the names of sizes stand for."""


class LayerRow(NamedTuple):
    """A layer with what it adds to a total, and its receptive field."""

    layer: Layer
    shape: str
    field: str
    formula: str


def by_layer(law: Law, of: str) -> Table[LayerRow]:
    """Return the formulas of the layers."""
    found, walks, texts = Walked(law.network, law), of in walked_figures(), LayerTexts(law.network, law)
    rows = [
        LayerRow(
            layer,
            texts.shape(layer.output_shapes[0]),
            cell(found, "receptive_field", layer),
            cell(found, of, layer) if walks else texts.total(of, n),
        )
        for n, layer in enumerate(law.layers)
    ]
    columns: list[Column[LayerRow]] = [
        Column("layer", lambda row: row.layer.name, right=False),
        Column("operator", lambda row: row.layer.kind, right=False, rank=3),
        Column("output CxHxW", lambda row: of_several(row.layer.output_shapes, row.shape), right=False, rank=1),
        Column("receptive\nfield, px", lambda row: row.field, rank=2),
        Column(FIGURES[of].heading if walks else f"{of}, per sample", lambda row: row.formula, right=False, rank=-1),
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
            "formula": row.formula,
        }

    return Table("layers", columns, rows, len(rows), data, texts.definitions)


class BlockRow(NamedTuple):
    """A block with its total, for one sample."""

    name: str
    value: Number | None
    """What it is at the defaults."""
    formula: str


def by_block(law: Law, of: str) -> Table[BlockRow]:
    """Return the formulas of the blocks; those without any are left out."""
    at, texts = law.at_defaults, LayerTexts(law.network, law)
    blocks = law.by_block(of)
    rows = [
        BlockRow(name, at(total) if at else None, texts.in_block(of, name))
        for name, total in blocks.items()
        if total != 0
    ]
    whole = sum(row.value or 0 for row in rows)

    columns: list[Column[BlockRow]] = [Column("block", lambda row: row.name, right=False)]
    if at:
        columns.append(Column("share", lambda row: numerals.percent(row.value or 0, whole), rank=1))
    columns.append(Column(f"{of}, per sample", lambda row: row.formula, right=False, rank=-1))
    return Table(
        "blocks",
        columns,
        rows,
        len(blocks),
        lambda row: {"name": row.name, "value": row.value, "formula": row.formula},
        texts.definitions,
    )


def table_as_csv(table: Table[T]) -> str:
    """Return the cells as they are shown."""
    return as_csv(
        [column.title for column in table.columns],
        [[column.cell(row) for column in table.columns] for row in table.rows],
    )


def table_as_json(law: Law, of: str, table: Table[T]) -> str:
    """Return the formulas in an object; `formula.schema.json` is its schema."""
    import json

    rows: Sequence[dict[str, Any]] = [table.data(row) for row in table.rows]
    found = {"name": law.network.name, "of": of, table.kind: rows, "definitions": table.definitions}
    return json.dumps(found, indent=2) + "\n"
