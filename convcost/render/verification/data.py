"""A verification as plain data, and in which formats it can be had. Keys are the names of the figures."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from convcost.csv_text import as_csv
from convcost.ops.base import Shape
from convcost.render.formats import Formats, tabular
from convcost.render.objects import as_json
from convcost.render.verification.table import (
    Group,
    Verifications,
    by_figure,
    by_layer,
    figures_shown,
    layers_shown,
    stated,
    value_text,
)
from convcost.verification import WITNESSES, Compared, Verification

FIELD = ("receptive_field", "effective_stride", "start_offset")
"""What is seen of a receptive field along an axis."""


def verification_object(verification: Verification) -> dict[str, Any]:
    """Return a verification as plain data."""
    return {
        "name": verification.analysis.network.name,
        "agrees": verification.agrees,
        "compared": len(verification.compared),
        "figures": {
            group.name: {
                "formula": group.total(counted=False),
                "counted": group.total(counted=True),
                "compared": len(group.compared),
                "differing": group.differing,
            }
            for group in by_figure(verification)
        },
        "differences": [
            {
                "layer": one.layer,
                "figure": one.figure,
                "formula": value_text(one.formula),
                "counted": value_text(one.counted),
            }
            for one in verification.differences
            if not one.stated
        ],
        "stated": [
            {
                "subject": one.layer,
                "figure": one.figure,
                "stated": one.formula,
                "counted": _plain(one.counted),
                "agrees": one.agrees,
            }
            for one in stated(verification)
        ],
        "unseen_receptive_fields": list(verification.unseen),
    }


def _with_layers(verification: Verification) -> dict[str, Any]:
    return verification_object(verification) | {
        "layers": [_layer_object(verification, group) for group in by_layer(verification)]
    }


def _layer_object(verification: Verification, group: Group) -> dict[str, Any]:
    """A layer's figures as they were counted, and the equal layer that was run in its place."""
    figures = {one.figure: _plain(one.counted) for one in group.compared if one.figure != FIELD[0]}
    return {
        "name": group.name,
        "counted_as": verification.counted_as.get(group.name),
        **figures,
        **_field(group.compared),
        "compared": len(group.compared),
        "differing": group.differing,
    }


def _field(compared: Sequence[Compared]) -> dict[str, Any]:
    """A receptive field as it was seen, a number for each axis of each input; null where it is none."""
    seen = [one.counted for one in compared if one.figure == FIELD[0]]
    axes = [_plain(one) for one in seen if isinstance(one, tuple)]
    complete = bool(seen) and len(axes) == len(seen)
    return {name: [axis[n] for axis in axes] if complete else None for n, name in enumerate(FIELD)}


def _plain(value: Any) -> Any:
    """Return a figure as JSON has it: counts and lists, and text for what is not whole."""
    if isinstance(value, Shape):
        return list(value.numbers)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, str) else int(value) if value == int(value) else str(value)


def figures_as_csv(verifications: Verifications) -> str:
    """Return one line for each figure of every network, and for each that its spec states of itself or of a layer."""
    lines: list[list[object]] = []
    for one in verifications:
        name = one.analysis.network.name
        for group in by_figure(one):
            formula, counted = group.total(counted=False), group.total(counted=True)
            lines.append([name, None, group.name, formula, None, counted, len(group.compared), group.differing])
        for found in stated(one):
            shown, differing = _cell(_plain(found.counted)), int(not found.agrees)
            lines.append([name, found.layer, found.figure, None, found.formula, shown, 1, differing])
    return as_csv(["network", "subject", "figure", "formula", "stated", "counted", "compared", "differing"], lines)


def layers_as_csv(verifications: Verifications) -> str:
    """Return one line for each layer of every network, with its figures as they were counted."""
    header = ["name", "counted_as", "output_shape", *WITNESSES, *FIELD, "compared", "differing"]
    lines = []
    for one in verifications:
        for group in by_layer(one):
            found = _layer_object(one, group)
            lines.append([one.analysis.network.name, *(_cell(found[name]) for name in header)])
    return as_csv(["network", "layer", *header[1:]], lines)


def _cell(value: Any) -> object:
    return json.dumps(value) if isinstance(value, list) else value


def _as_json(what: Callable[[Verification], dict[str, Any]]) -> Callable[[Verifications], str]:
    return lambda verifications: as_json([what(one) for one in verifications])


FORMATS: Formats[Verifications] = tabular(figures_shown, _as_json(verification_object), figures_as_csv)
LAYER_FORMATS: Formats[Verifications] = tabular(layers_shown, _as_json(_with_layers), layers_as_csv)
