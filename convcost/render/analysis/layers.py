"""An analysis as a table, as delimited text and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcost.analysis.costs import Analysis, LayerCost
from convcost.analysis.receptive_field import ReceptiveField
from convcost.analysis.rows import Row
from convcost.ops.base import PARAM_KINDS, WORK_KINDS, Shape
from convcost.render import numerals
from convcost.render.columns import Column, as_csv
from convcost.render.objects import one_or_list


def columns_for(
    analysis: Analysis, training: bool = False, bars: bool = True, ascii_only: bool = False
) -> list[Column[Row]]:
    """The columns of the layer table; with `training`, one for the step forward and back."""
    total = analysis.work.macs
    step: Column[Row] = Column(
        "training\nMACs", lambda row: numerals.exact(row.training_macs), numerals.exact(analysis.training_macs), rank=2
    )
    return [
        Column("layer", lambda row: row.name, total="total", right=False),
        Column("operator", lambda row: row.kind, right=False, rank=5),
        Column(f"output\n{_AXES[_rank(analysis)]}", lambda row: numerals.shapes(row.output_shapes), rank=3),
        Column("params", _params, numerals.exact(analysis.params.total), rank=1),
        Column("MACs", lambda row: numerals.exact(row.macs), numerals.exact(total), rank=-1),
        *([step] if training else []),
        Column("share of\nMACs", lambda row: _share(row, total, bars, ascii_only), right=not bars, rank=6),
        Column(
            "useful\nMACs",
            lambda row: numerals.exact(row.useful_macs),
            numerals.exact(analysis.useful_work.macs),
            rank=9,
        ),
        Column("receptive\nfield, px", lambda row: numerals.field(row.receptive_field), rank=4),
        Column("stride\npx", lambda row: numerals.per_axis(row.receptive_field.stride), rank=7),
        Column("start\npx", lambda row: numerals.per_axis(row.receptive_field.start), rank=11),
        Column(
            "activations\nelements",
            lambda row: numerals.exact(row.elements),
            numerals.exact(analysis.elements),
            rank=10,
        ),
    ]


_AXES = ("C", "CxL", "CxHxW", "CxDxHxW")
"""What a shape's numbers are, by the number of spatial axes."""


def rows_as_csv(analyses: Sequence[tuple[Analysis, list[Row]]]) -> str:
    """One line per row, plain numbers, all figures."""
    header = [
        "network",
        "layer",
        "operator",
        "output_shape",
        "params",
        *WORK_KINDS,
        "useful_macs",
        "training_macs",
        "elements",
    ]
    header += ["receptive_field", "effective_stride", "start_offset", "shares"]
    lines = [
        [
            analysis.network.name,
            row.name,
            row.kind,
            " ".join(_as_list(y.numbers) for y in row.output_shapes),
            row.params,
            *row.work,
            row.useful_macs,
            row.training_macs,
            row.elements,
            _as_list(row.receptive_field.size),
            _as_list(row.receptive_field.stride),
            _as_list(row.receptive_field.start),
            row.shares,
        ]
        for analysis, rows in analyses
        for row in rows
    ]
    return as_csv(header, lines)


def _as_list(numbers: tuple[Any, ...] | None) -> str:
    """Numbers in brackets, so that no program takes them for one number or a formula."""
    return "" if numbers is None else f"[{', '.join(map(str, numbers))}]"


def as_json(analyses: Sequence[Analysis], dtype: str, bytes_per_element: int) -> str:
    """One object for one network, else a list of them. Keys are only ever added."""
    return one_or_list([_laid_out(as_object(analysis, dtype, bytes_per_element)) for analysis in analyses])


def _laid_out(network: dict[str, Any]) -> str:
    """One key a line, and one layer a line: short enough to read, and left to json's fast encoder."""
    import json

    *others, layers = network.items()
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in others]
    body = ",\n".join(f"    {json.dumps(layer)}" for layer in layers[1])
    lines.append(f'  "{layers[0]}": [\n{body}\n  ]' if body else f'  "{layers[0]}": []')
    return "{\n" + ",\n".join(lines) + "\n}"


def as_object(analysis: Analysis, dtype: str, bytes_per_element: int) -> dict[str, Any]:
    """A network's figures as plain data."""
    network = analysis.network
    inputs = {name: _shape(shape) for name, shape in network.inputs.items()}
    return {
        "name": network.name,
        "symbols": {name: numerals.plain_number(value) for name, value in network.symbols.items()},
        "input": next(iter(inputs.values())) if len(inputs) == 1 else None,
        "inputs": inputs,
        "outputs": list(network.outputs),
        "dtype": dtype,
        "totals": _totals(analysis, bytes_per_element),
        "layers": [_layer(cost) for cost in analysis.layers],
    }


def _totals(analysis: Analysis, bytes_per_element: int) -> dict[str, Any]:
    windowed = analysis.windowed
    field = windowed.receptive_field if windowed else ReceptiveField(None, "no layer has one")
    return {
        "params": analysis.params.total,
        "macs": analysis.work.macs,
        "useful_macs": analysis.useful_work.macs,
        "training_macs": analysis.training_macs,
        **_receptive_field_object(field),
        "receptive_field_layer": windowed.layer.name if windowed else None,
        "params_by_kind": dict(zip(PARAM_KINDS, analysis.params, strict=True)),
        "params_bytes": analysis.params.total * bytes_per_element,
        "work": dict(analysis.work.items()),
        "useful_work": dict(analysis.useful_work.items()),
        "macs_by_operator": dict(analysis.macs_by_kind),
        "activation_elements": analysis.elements,
        "activation_bytes": analysis.elements * bytes_per_element,
        "peak_memory": {
            "elements": analysis.peak.elements,
            "bytes": analysis.peak.elements * bytes_per_element,
            "layer": analysis.peak.layer,
            "tensors": [
                {"name": name, "elements": elements, "bytes": elements * bytes_per_element}
                for name, elements in analysis.peak.tensors
            ],
        },
    }


def _layer(cost: LayerCost) -> dict[str, Any]:
    layer = cost.layer
    shapes = [list(shape.numbers) for shape in layer.output_shapes]
    result: dict[str, Any] = {
        "name": layer.name,
        "op": layer.kind,
        "inputs": list(layer.inputs),
        "output_shape": shapes[0],
        "params": cost.params.total,
        "macs": cost.work.macs,
        "useful_macs": cost.useful_work.macs,
        "training_macs": cost.training_macs,
        **_receptive_field_object(cost.receptive_field),
        "params_by_kind": dict(zip(PARAM_KINDS, cost.params, strict=True)),
        "work": dict(cost.work.items()),
        "useful_work": dict(cost.useful_work.items()),
        "activation_elements": cost.elements,
    }
    if len(shapes) > 1:
        result["output_shapes"] = shapes
    if layer.shares:
        result["shares"] = layer.shares
    return result


def _receptive_field_object(field: ReceptiveField) -> dict[str, Any]:
    result: dict[str, Any] = {
        "receptive_field": _list(field.size),
        "effective_stride": _list(field.stride),
        "start_offset": _list(field.start),
    }
    if field.fields is None:
        result["receptive_field_reason"] = field.reason
    elif any(axis.smallest != axis.size for axis in field.fields):
        result["receptive_field_smallest"] = [axis.smallest for axis in field.fields]
    if field.alignment:
        result["alignment"] = field.alignment
    return result


def _list(numbers: tuple[Any, ...] | None) -> list[Any] | None:
    """Ints stay ints; a stride below one is written as a fraction, `1/2`."""
    return None if numbers is None else [int(n) if n == int(n) else str(n) for n in numbers]


def _shape(shape: Shape) -> Mapping[str, Any]:
    return {"channels": shape.channels, "size": list(shape.size)}


def _rank(analysis: Analysis) -> int:
    return max((shape.rank for shape in analysis.network.inputs.values()), default=2)


def _share(row: Row, total: int, bars: bool, ascii_only: bool) -> str:
    if not row.macs:
        return ""
    share = numerals.percent(row.macs, total)
    return f"{share:>7} {numerals.bar(row.macs, total, ascii_only=ascii_only)}" if bars else share


def _params(row: Row) -> str:
    return "shared" if row.shares else numerals.exact(row.params)
