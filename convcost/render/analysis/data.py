"""An analysis as plain data: JSON for programs, CSV for spreadsheets. Keys are the names of the figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from convcost import numerals
from convcost.analysis.arguments import plain_arguments
from convcost.analysis.costs import Analysis, Costs, figure_or_none
from convcost.analysis.receptive_field import ReceptiveField
from convcost.csv_text import as_csv
from convcost.figures import FIGURES, Figure
from convcost.measured import NOTHING, Measured
from convcost.render.figure_columns import Chosen
from convcost.render.objects import figure_object, one_or_list, shapes_as_text


def rows_as_csv(analyses: Sequence[tuple[Analysis, list[Costs]]], chosen: Chosen) -> str:
    """Return one line per row: what it reads, its arguments, every figure as a plain number; or what was asked for."""
    if chosen.names:
        rows = [
            [analysis.network.name, row.name, *chosen.plain(row.name, row, ())]
            for analysis, rows in analyses
            for row in rows
        ]
        return as_csv(["network", "layer", *chosen.names], rows)
    figures = [figure.name for figure in _of_layers()]
    header = ["network", "layer", "operator", "arguments", "input_shapes", "output_shapes"]
    lines = [
        [
            analysis.network.name,
            row.name,
            row.kind,
            json.dumps(plain_arguments(row.layer)) if row.is_layer else None,
            shapes_as_text(row.first.input_shapes),
            shapes_as_text(row.layer.output_shapes),
            *chosen.plain(row.name, row, figures),
            row.shares,
            row.not_counted or None,
        ]
        for analysis, rows in analyses
        for row in rows
    ]
    return as_csv([*header, *chosen.among(figures), "shares", "not_counted"], lines)


def _of_layers() -> list[Figure]:
    """The figures that say something of one layer."""
    return [figure for figure in FIGURES.values() if figure.of_parts and figure.name not in ("layers", "output_shape")]


def as_json(analyses: Sequence[tuple[Analysis, Sequence[Costs]]], measured: Measured = NOTHING) -> str:
    """Return one object for one network, else a list of them. Keys are only ever added."""
    return one_or_list([_laid_out(as_object(analysis, rows, measured)) for analysis, rows in analyses])


def _laid_out(network: dict[str, Any]) -> str:
    """One key a line, and one layer a line: short enough to read, and left to json's fast encoder."""
    *others, layers = network.items()
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in others]
    body = ",\n".join(f"    {json.dumps(layer)}" for layer in layers[1])
    lines.append(f'  "{layers[0]}": [\n{body}\n  ]' if body else f'  "{layers[0]}": []')
    return "{\n" + ",\n".join(lines) + "\n}"


def as_object(analysis: Analysis, rows: Sequence[Costs], measured: Measured = NOTHING) -> dict[str, Any]:
    """Return a network's figures as plain data, with those of some rows: its layers, or blocks of them.

    A file's numbers stand in each row under `measured`.
    """
    network = analysis.network
    return {
        "name": network.name,
        "symbols": {name: numerals.plain_number(value) for name, value in network.symbols.items()},
        "inputs": {name: list(shape.numbers) for name, shape in network.inputs.items()},
        "outputs": list(network.outputs),
        "dtype": analysis.at.dtype,
        "batch": analysis.at.batch,
        "figures": {
            figure.name: {"unit": figure.unit, "per_sample": figure.per_sample, "reads": list(figure.reads)}
            for figure in FIGURES.values()
        },
        "totals": _totals(analysis),
        "not_counted": dict(network.not_counted),
        "notes": [note.text for note in network.notes],
        "layers": [_layer(row) | measured.as_object(row.name) for row in rows],
    }


def _totals(analysis: Analysis) -> dict[str, Any]:
    windowed, peak, at = analysis.windowed, analysis.peak, analysis.at
    field = windowed.field if windowed else ReceptiveField(None, "no layer has one")
    bytes_of_one = at.bytes * at.batch
    return {
        **{figure.name: figure_object(figure, figure_or_none(analysis, figure.name)) for figure in FIGURES.values()},
        **_beside(field),
        "receptive_field_layer": windowed.layer.name if windowed else None,
        "macs_by_operator": dict(analysis.macs_by_operator),
        "peak": {
            "layer": peak.layer,
            "tensors": [{"name": name, "bytes": elements * bytes_of_one} for name, elements in peak.tensors],
        },
    }


def _layer(row: Costs) -> dict[str, Any]:
    """A layer, or a block: that reads what its first layer reads, and hands on what its last one does."""
    result: dict[str, Any] = {
        "name": row.name,
        "operator": row.kind,
        "arguments": plain_arguments(row.layer) if row.is_layer else {},
        "inputs": list(row.first.inputs),
        "input_shapes": [list(shape.numbers) for shape in row.first.input_shapes],
        "output_shapes": [list(shape.numbers) for shape in row.layer.output_shapes],
        **{figure.name: figure_object(figure, figure_or_none(row, figure.name)) for figure in _of_layers()},
        **_beside(row.field),
    }
    if row.shares:
        result["shares"] = row.shares
    return result


def _beside(field: ReceptiveField) -> dict[str, Any]:
    """What is to be said of a receptive field beside its figures."""
    result: dict[str, Any] = {}
    if field.fields is None:
        result["receptive_field_reason"] = field.reason
    elif any(axis.smallest != axis.size for axis in field.fields):
        result["receptive_field_smallest"] = [axis.smallest for axis in field.fields]
    if field.alignment:
        result["alignment"] = field.alignment
    return result
