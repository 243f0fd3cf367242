"""The spec language as a JSON Schema: what may be written for a value, by what it is for.

Arithmetic may stand for any value, so text is allowed wherever a number is.
"""

from __future__ import annotations

from typing import Any

from convcost.editor.meanings import EXPECT, figure_meaning
from convcost.figures import FIGURES, Figure
from convcost.language.expect import HOW
from convcost.language.parts import MAX_NAME, RESERVED
from convcost.language.syntax import MAX_TEXT
from convcost.ops.arguments import (
    LARGEST,
    Axes,
    BothSides,
    Choice,
    Count,
    Counts,
    Factors,
    Flag,
    Kind,
    Lists,
    Optional,
    Padding,
    PerAxis,
    Ratio,
    Real,
    Sides,
    TransposedPadding,
)

Schema = dict[str, Any]

# No number runs together with letters: `3x3`, `1_000`, `0x10`. No `=` stands alone.
_EXPRESSION = (
    r"^\s*(?!(.*[^A-Za-z0-9_.])?[0-9][0-9.]*[A-Za-z_])(?!(.*[^<>=!])?=([^=]|$))[A-Za-z0-9_.+\-*/%(), <>=!]+\s*$"
)
_LIMIT = r"^\s*(<=?|>=?|~)?[A-Za-z0-9_.+\-*/%(), ]+$"
IDENTIFIER = rf"^[A-Za-z_][A-Za-z0-9_]{{0,{MAX_NAME - 1}}}$"
LOCAL_NAME = rf"^(?![0-9]+$)[A-Za-z0-9_-]{{1,{MAX_NAME}}}$"

TEXT: Schema = {
    "pattern": _EXPRESSION,
    "patternErrorMessage": "Arithmetic is + - * / // % ** and ( ), with numbers, names and functions; "
    "a condition has == != < <= > >=, and, or, not.",
    "maxLength": MAX_TEXT,
}
"""What every value says of text."""

TENSOR: Schema = {"type": "string", "pattern": r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]{1,64})?$"}
"""The name of a layer, or of one of its outputs."""

SYMBOL: Schema = {"type": ["number", "boolean", "string", "null"], **TEXT}
"""The value of a symbol."""


def ref(name: str) -> Schema:
    """Return what the definition of that name says."""
    return {"$ref": f"#/definitions/{name}"}


def described(text: str, schema: Schema) -> Schema:
    """Return the schema with a description; draft-07 ignores what stands beside a $ref."""
    return {"description": text, **({"allOf": [schema]} if "$ref" in schema else schema)}


def names_to(schema: Schema, *taken: str) -> Schema:
    """Return a mapping whose keys are names that expressions and layers may use."""
    return {"type": ["object", "null"], "propertyNames": identifier(*taken), "additionalProperties": schema}


def identifier(*taken: str) -> Schema:
    """Return a name that expressions and layers may use."""
    refused = {"anyOf": [ref("reserved"), {"enum": list(taken)}]} if taken else ref("reserved")
    return {"pattern": IDENTIFIER, "not": refused}


def value_of(kind: Kind) -> Schema:
    """Return what may be written for an argument of that kind."""
    match kind:
        case Optional():
            return value_of(kind.kind)
        case Count():
            return ref({0: "natural", None: "whole"}.get(kind.least, "positive"))
        case Factors():
            return ref("factors")
        case Lists():
            row = {"type": ["array", "string"], "items": value_of(kind.number), "minItems": int(not kind.empty), **TEXT}
            return {"type": ["array", "string"], "items": row, **TEXT}
        case PerAxis():
            return ref("natural_per_axis" if kind.number.least == 0 else "positive_per_axis")
        case Choice():
            return {"type": "string", "pattern": r"^[A-Za-z0-9_.]+$", "examples": list(kind.words)}
    return ref(_DEFINITIONS[type(kind)])


_DEFINITIONS = {
    Axes: "axes",
    BothSides: "both_sides",
    Counts: "counts",
    Flag: "flag",
    Padding: "padding",
    Ratio: "ratio",
    Real: "real",
    Sides: "sides",
    TransposedPadding: "padding",
}


def value_definitions() -> dict[str, Schema]:
    """Return the definitions that `ref` and `value_of` name."""
    return {
        "reserved": {"enum": sorted(RESERVED)},
        "value": {"type": ["number", "boolean", "string", "array"], "items": ref("value"), **TEXT},
        "natural": {"type": ["integer", "string"], "minimum": 0, "maximum": LARGEST, **TEXT},
        "positive": {"type": ["integer", "string"], "minimum": 1, "maximum": LARGEST, **TEXT},
        "natural_per_axis": _one_or_list("natural", "natural"),
        "positive_per_axis": _one_or_list("positive", "positive"),
        "both_sides": _one_or_list("natural", "natural") | {"minItems": 2, "maxItems": 2},
        "whole": {"type": ["integer", "string"], "minimum": -LARGEST, "maximum": LARGEST, **TEXT},
        "both_wholes": {**_one_or_list("whole", "whole"), "minItems": 2, "maxItems": 2},
        "factors": {**_one_or_list("positive", "factor"), "type": ["number", "string", "array"], "minimum": 0},
        "factor": {"type": ["number", "string"], "minimum": 0, "maximum": LARGEST, **TEXT},
        "sides": _one_or_list("whole", "both_wholes"),
        "padding": {**_one_or_list("natural", "both_sides"), "examples": ["same", "valid"]},
        "flag": {"type": ["boolean", "string"], **TEXT},
        "ratio": {"type": ["number", "string"], "minimum": 0, "maximum": 1, **TEXT},
        "real": {"type": ["number", "string"], **TEXT},
        "axis": {"enum": list(Axes.words)},
        "axes": {
            "type": ["string", "array"],
            "examples": list(Axes.words),
            "items": ref("axis"),
            "minItems": 1,
            "maxItems": 4,
        },
        "counts": {"type": ["array", "string"], "items": ref("positive"), "minItems": 1, **TEXT},
        "limit": {"type": ["number", "string"], "minimum": 0, "pattern": _LIMIT, "maxLength": MAX_TEXT},
    }


def _one_or_list(one: str, item: str) -> Schema:
    """A number for all axes, or a list with an item for each."""
    limits = {"minimum": {"positive": 1, "natural": 0, "whole": -LARGEST}[one], "maximum": LARGEST}
    return {"type": ["integer", "string", "array"], **limits, **TEXT, "items": ref(item), "minItems": 1, "maxItems": 3}


def expected() -> Schema:
    """`expect` beside a layer or block."""
    properties = {
        figure.name: described(figure_meaning(figure), _figure(figure))
        for figure in FIGURES.values()
        if figure.of_parts
    }
    return {
        "type": "object",
        "properties": properties
        | {"batch": described(EXPECT["batch"], ref("positive"))}
        | {word: described(EXPECT[word], {"enum": list(names)}) for word, names in HOW.items() if names},
        "minProperties": 1,
        "additionalProperties": False,
    }


def _figure(figure: Figure) -> Schema:
    """Return what may be stated of a figure."""
    if figure.is_shape:
        return {"type": "array", "items": ref("limit"), "minItems": 1, "maxItems": 4}
    if figure.is_number:
        return ref("limit")
    least = {} if figure.least is None else {"minimum": figure.least}
    item: Schema = {"type": ["number", "string"], **least, "pattern": _LIMIT, "maxLength": MAX_TEXT}
    return {
        "type": ["number", "string", "array"],
        **least,
        "pattern": _LIMIT,
        "items": item,
        "minItems": 1,
        "maxItems": 3,
    }


def expected_of_network() -> Schema:
    """Return the schema of `expect` at the top: the network's figures, and a table of them at other settings."""
    schema = expected()
    schema["properties"] |= {
        **{f.name: described(figure_meaning(f), _figure(f)) for f in FIGURES.values() if not f.of_parts},
        "convention": {"description": EXPECT["convention"], "type": "string"},
    }
    row = schema["properties"] | {
        word: {"description": EXPECT[word], "examples": list(names)} for word, names in HOW.items() if names
    }
    row |= {key: {"description": EXPECT[key]} for key in ("batch", "convention", "variant")}
    rows = {"type": "object", "properties": row, "additionalProperties": SYMBOL}
    schema["properties"]["at"] = {"description": EXPECT["at"], "type": "array", "items": rows, "minItems": 1}
    return schema
