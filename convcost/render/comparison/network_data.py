"""A comparison of networks as plain data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from convcost.comparison.convolutions import compared
from convcost.comparison.networks import Pair, Part, differences
from convcost.csv_text import as_csv
from convcost.measured import Measured
from convcost.render.comparison.networks import Compared
from convcost.render.comparison.sides import figures_object
from convcost.render.figure_columns import Chosen
from convcost.render.objects import fraction_object, shapes_as_text


def networks_as_json(
    sides: Sequence[Compared],
    base: Compared,
    pairs: Sequence[Pair],
    measured: Measured,
) -> str:
    """Everything as plain data; ratios are to the baseline, and a file's numbers stand under `measured`."""
    objects: list[dict[str, Any]] = [
        {
            "of": side.label,
            "to": base.label,
            **{figure: fraction_object(ratio) for figure, ratio in side.ratios.items()},
        }
        for side in sides
        if side is not base
    ]
    result = {
        "dtype": base.analysis.at.dtype,
        "sides": [figures_object(side.label, side.analysis) | measured.as_object(side.label) for side in sides],
        "ratio": objects[0] if objects else None,
        "ratios": objects,
        "differences": [
            {"state": one.state, "layers": one.layers, "params": list(one.params), "macs": list(one.macs)}
            for one in differences(pairs)
        ],
        "layers": [
            {"state": pair.state, "left": _part_object(pair.left), "right": _part_object(pair.right)} for pair in pairs
        ],
    }
    return json.dumps(result, indent=2) + "\n"


def _part_object(part: Part | None) -> dict[str, Any] | None:
    if part is None:
        return None
    return {
        "name": part.name,
        "operator": part.kind,
        "output_shapes": [list(shape.numbers) for shape in part.output_shapes],
        "params": part.params,
        "macs": part.macs,
    }


def pairs_as_csv(pairs: Sequence[Pair]) -> str:
    """Return one line per pair of layers."""
    header = ["state", "layer", "operator", "output_shapes", "params", "macs"]
    header += [f"{name}_after" for name in header[1:]]
    rows = []
    for pair in pairs:
        cells: list[object] = [pair.state]
        for part in (pair.left, pair.right):
            if part is None:
                cells += [None] * 5
            else:
                cells += [part.name, part.kind, shapes_as_text(part.output_shapes), part.params, part.macs]
        rows.append(cells)
    return as_csv(header, rows)


def sides_as_csv(sides: Sequence[Compared], chosen: Chosen) -> str:
    """Return one line per network."""
    figures = [figure.name for figure in compared()]
    rows = [[side.label, *chosen.plain(side.label, side.analysis, figures)] for side in sides]
    return as_csv(["name", *chosen.among(figures)], rows)
