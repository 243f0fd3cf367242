"""The schemas that are shipped with convcost, of what it prints as JSON."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

import convcost


@cache
def validator(name: str) -> Any:
    """Return what holds data against `render/NAME.schema.json`; the schema is checked itself, once."""
    path = Path(convcost.__file__).parent / "render" / f"{name}.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)
