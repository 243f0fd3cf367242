"""The JSON Schemas have every figure. `pytest --renew` writes what they say of figures anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import convcost
from convcost.figures import FIGURES, Figure

FOLDER = Path(convcost.__file__).parent / "render"
Schema = dict[str, Any]


def value_of(figure: Figure) -> Schema:
    """What a figure may be."""
    if figure.is_shape:
        kind: Schema = {"type": ["array", "null"], "items": {"type": "integer", "minimum": 1}, "maxItems": 4}
    elif figure.is_per_axis:
        kind = {"$ref": "#/$defs/per_axis"}
    elif figure.of or figure.walk:
        kind = {"$ref": f"#/$defs/{'quotient' if figure.per else 'count'}"}
    else:
        kind = {"oneOf": [{"$ref": "#/$defs/count"}, {"type": "null"}]}
    return {**kind, "description": figure.meaning}


def all_of(figures: list[Figure], value: Callable[[Figure], Schema] = value_of) -> Schema:
    properties = {figure.name: value(figure) for figure in figures}
    return {"type": "object", "properties": properties, "required": list(properties)}


EVERY = list(FIGURES.values())
OF_LAYERS = [figure for figure in EVERY if figure.of_parts and figure.name not in ("layers", "output_shape")]
RATIOS = [figure for figure in EVERY if figure.of is not None]
DEFINITIONS = {
    ("analysis", "figures_of_networks"): all_of(EVERY),
    ("analysis", "figures_of_layers"): all_of(OF_LAYERS),
    ("comparison", "figures_of_networks"): all_of(EVERY),
    ("comparison", "ratios_of_figures"): all_of(RATIOS, lambda _: {"$ref": "#/$defs/fraction"}),
}


@pytest.mark.parametrize(("file", "name"), DEFINITIONS)
def test_a_schema_has_every_figure(file: str, name: str, renew: bool) -> None:
    path = FOLDER / f"{file}.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    if renew:
        schema["$defs"][name] = DEFINITIONS[file, name]
        path.write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert schema["$defs"][name] == DEFINITIONS[file, name]
