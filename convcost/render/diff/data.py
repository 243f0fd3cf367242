"""Two versions of a network as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from convcost import numerals
from convcost.analysis.arguments import written
from convcost.analysis.costs import Analysis
from convcost.comparison.networks import Part
from convcost.csv_text import as_csv
from convcost.diff.changes import SAME, Change, Diff, sums
from convcost.figures import FIGURES
from convcost.render.objects import figure_object, shapes_as_text


def diff_as_json(diff: Diff, labels: tuple[str, str], failures: Sequence[Mapping[str, Any]]) -> str:
    """Everything: totals and layers before and after, exact integers. Keys are only ever added."""
    result = {
        "old": _version(labels[0], diff.old),
        "new": _version(labels[1], diff.new),
        "dtype": diff.new.at.dtype,
        "unchanged": diff.is_empty,
        "totals": {
            figure: {
                "old": figure_object(FIGURES[figure], old),
                "new": figure_object(FIGURES[figure], new),
                "change": figure_object(FIGURES[figure], new - old),
                "percent": float(100 * (new - old) / old) if old else None,
            }
            for figure, (old, new) in diff.totals.items()
        },
        "symbols": {
            name: {"old": numerals.plain_number(old), "new": numerals.plain_number(new)}
            for name, (old, new) in diff.symbols.items()
        },
        "failed": list(failures),
    }
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}," for key, value in result.items()]
    layers = [f"    {json.dumps(_change(change))}" for change in diff.changes if change.state != SAME]
    body = "[\n" + ",\n".join(layers) + "\n  ]" if layers else "[]"
    return "\n".join(["{", *lines, f'  "layers": {body}', "}"]) + "\n"


def _version(label: str, side: Analysis) -> dict[str, Any]:
    inputs = {name: list(shape.numbers) for name, shape in side.network.inputs.items()}
    return {"spec": label, "name": side.network.name, "inputs": inputs, "outputs": list(side.network.outputs)}


def _change(change: Change) -> dict[str, Any]:
    return {
        "state": change.state,
        "what": change.what,
        "old": _part(change.pair.left),
        "new": _part(change.pair.right),
        "change": dict(change.costs),
    }


def _part(part: Part | None) -> dict[str, Any] | None:
    if part is None:
        return None
    shapes = [list(shape.numbers) for shape in part.output_shapes]
    return {
        "name": part.name,
        "operator": part.kind,
        "arguments": written(part.layers[0].layer) if len(part.layers) == 1 else {},
        "output_shapes": shapes,
        "params": part.params,
        "macs": part.macs,
    }


def diff_as_csv(diff: Diff) -> str:
    """Return one line per layer that isn't the same: what it was, what it is, and what that adds to every sum."""
    header = ["state", "what"]
    header += [f"{side}_{column}" for side in ("old", "new") for column in ("layer", "operator", "output_shapes")]
    figures, rows = sums(), []
    for change in diff.changes:
        if change.state != SAME:
            cells: list[object] = [change.state, change.what]
            for part in (change.pair.left, change.pair.right):
                cells += [part.name, part.kind, shapes_as_text(part.output_shapes)] if part else [None] * 3
            rows.append([*cells, *(change.costs.get(figure, 0) for figure in figures)])
    return as_csv([*header, *figures], rows)
