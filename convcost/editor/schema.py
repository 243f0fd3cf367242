"""The spec language as a JSON Schema (draft-07, which YAML language servers need), generated from its tables.

An editor completes and explains with it. It knows keys, arguments, defaults and the kinds of values; names, arithmetic
and shapes are for the reader of specs to judge. What it refuses, the reader refuses, if it reads it at all.
"""

from __future__ import annotations

from convcost.editor.meanings import BESIDE, BLOCK, SHAPE, SPEC, argument_meaning
from convcost.editor.schema_values import (
    IDENTIFIER,
    LOCAL_NAME,
    SYMBOL,
    TENSOR,
    TEXT,
    Schema,
    described,
    expected,
    expected_of_network,
    identifier,
    names_to,
    ref,
    value_definitions,
    value_of,
)
from convcost.language.library import library_arguments, library_block, library_comment, library_names
from convcost.language.parts import MODIFIERS
from convcost.language.vocabulary import Vocabulary
from convcost.ops import OPERATORS, operator
from convcost.ops.arguments import REQUIRED, Argument, show


def spec_schema() -> Schema:
    """Return the schema of a spec."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "spec.schema.json",
        "title": "convcost",
        "description": "A network in the spec language of convcost.",
        "type": "object",
        "properties": {key: described(SPEC[key], schema) for key, schema in _at_top().items()},
        "required": ["layers"],
        "oneOf": [{"required": ["input"]}, {"required": ["inputs"]}],
        "additionalProperties": False,
        "definitions": {
            **value_definitions(),
            "shape": _shape(),
            "block": _block(),
            "expect": expected(),
            "layers": {"type": ["array", "null"], "items": ref("layer")},
            "path": _path(),
            "layer": {"if": {"type": "object"}, "then": ref("entry"), "else": ref("word")},
            "complete": {"patternProperties": {f"^{name}$": _needed(name) for name in OPERATORS if _needed(name)}},
            "word": _word(),
            "named": _named(),
            "argument": {"if": {"type": "object"}, "then": ref("named"), "else": ref("value")},
            "applied": {"if": {"type": "object"}, "then": ref("named"), "else": _applied_word()},
            "entry": _entry(),
            **{f"operator.{name}": _operator(name) for name in OPERATORS},
            **{f"block.{name}": _library_block(name) for name in sorted(library_names())},
        },
    }


def _at_top() -> dict[str, Schema]:
    return {
        "network": {"type": "string"},
        "symbols": names_to(SYMBOL),
        "input": ref("shape"),
        "inputs": names_to(ref("shape")) | {"type": "object", "minProperties": 1},
        "blocks": names_to(ref("block"), *OPERATORS),
        "layers": ref("layers"),
        "outputs": {"type": "array", "items": TENSOR, "minItems": 1},
        "variants": {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": SYMBOL}},
        "expect": expected_of_network(),
    }


def _shape() -> Schema:
    size = {"type": "array", "items": ref("positive"), "maxItems": 3}
    properties = {"channels": ref("positive"), "size": size}
    return {
        "type": "object",
        "properties": {key: described(SHAPE[key], schema) for key, schema in properties.items()},
        "required": ["channels", "size"],
        "additionalProperties": False,
    }


def _block() -> Schema:
    argument = {"anyOf": [{"type": "null"}, ref("argument")]}
    label = {"pattern": LOCAL_NAME}
    outputs = {"type": ["array", "object"], "items": TENSOR, "minItems": 1, "minProperties": 1, "propertyNames": label}
    outputs["additionalProperties"] = TENSOR
    properties = {"args": names_to(argument, *MODIFIERS, "input"), "layers": ref("layers"), "outputs": outputs}
    return {
        "type": "object",
        "properties": {key: described(BLOCK[key], schema) for key, schema in properties.items()},
        "required": ["layers"],
        "additionalProperties": False,
    }


def _path() -> Schema:
    """A path of a branching operator: layers, or layers under a condition."""
    properties = {"when": described(BESIDE["when"], ref("flag")), "layers": described(BLOCK["layers"], ref("layers"))}
    under = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"if": {"type": "object"}, "then": under, "else": ref("layers")}


def _word() -> Schema:
    """A layer without arguments: an operator that needs none, or a block."""
    alone = {name: _operator(name)["description"] for name in OPERATORS if not _needed(name)}
    words = [{"const": name, "description": description} for name, description in alone.items()]
    return {"anyOf": [*words, {"type": "string", **identifier(*OPERATORS)}]}


def _applied_word() -> Schema:
    """What an argument names without arguments, for the layer that applies it may give some."""
    return {"anyOf": [ref("word"), {"enum": [name for name in OPERATORS if _needed(name)]}]}


def _entry() -> Schema:
    """A layer with its arguments and what stands beside it."""
    beside = {
        "name": {"type": "string", "pattern": LOCAL_NAME, "not": {"const": "input"}},
        "from": {**TENSOR, "type": ["string", "array"], "items": TENSOR},
        "when": ref("flag"),
        "repeat": {"type": ["integer", "string"], "minimum": 0, **TEXT},
        "share": TENSOR,
        "expect": ref("expect"),
        "rows": _rows(),
    }
    kinds = _kinds()
    return {
        "type": "object",
        "properties": {**{key: described(BESIDE[key], beside[key]) for key in MODIFIERS}, **kinds},
        "additionalProperties": {
            "description": "A block of this file, and its arguments.",
            "type": ["object", "null"],
            "additionalProperties": ref("argument"),
        },
        "propertyNames": {"pattern": IDENTIFIER},
        "not": {"propertyNames": {"enum": list(MODIFIERS)}},
        "if": {"not": {"required": ["rows"]}},
        "then": ref("complete"),
        "dependencies": {name: {"propertyNames": {"enum": [name, *MODIFIERS]}} for name in kinds},
    }


def _rows() -> Schema:
    """The names of columns, and rows of values."""
    name = {"type": "string", "pattern": IDENTIFIER}
    header = {"description": BESIDE["rows"], "type": "array", "items": name, "minItems": 1}
    cell = {"anyOf": [{"type": "null"}, ref("argument"), ref("expect")]}
    row = {"type": "array", "items": cell, "minItems": 1}
    return {"type": "array", "items": [header], "additionalItems": row, "minItems": 1}


def _named() -> Schema:
    """An argument that names an operator or a block, with arguments of that."""
    return {
        "description": "An operator or a block, and arguments of it.",
        "type": "object",
        "properties": _kinds(),
        "additionalProperties": {"type": ["object", "null"], "additionalProperties": ref("argument")},
        "propertyNames": {"pattern": IDENTIFIER},
        "minProperties": 1,
        "maxProperties": 1,
    }


def _kinds() -> dict[str, Schema]:
    """Every operator and block of the library."""
    kinds = {name: f"operator.{name}" for name in OPERATORS} | {name: f"block.{name}" for name in library_names()}
    return {name: ref(kinds[name]) for name in sorted(kinds)}


def _operator(name: str) -> Schema:
    """An operator's arguments, and no others but paths, where it takes several inputs."""
    cls = operator(name)
    summary = (cls.__doc__ or "").strip()
    schema: Schema = {
        "title": name,
        "description": summary,
        "type": ["object", "null"],
        "properties": {key: _argument(name, key, argument) for key, argument in cls.arguments.items()},
        "additionalProperties": False,
    }
    if cls.arity[1] != 1:
        schema |= {"propertyNames": {"pattern": LOCAL_NAME}, "additionalProperties": ref("path")}
    if any(argument.like for argument in cls.arguments.values()):
        schema["properties"]["like"] = described(argument_meaning(name, "like"), TENSOR)
        schema["not"] = {"required": ["size", "like"]}
    return schema


def _needed(name: str) -> Schema:
    """What an operator can't do without; rows may give it, so it is asked of other entries. Nothing for most."""
    cls = operator(name)
    arguments = cls.arguments if cls.arity[1] is not None else {}
    required = [key for key, argument in arguments.items() if argument.default is REQUIRED]
    if not required:
        return {}
    if "size" in required and arguments["size"].like:
        required.remove("size")
        return {"type": "object", "required": required, "anyOf": [{"required": ["size"]}, {"required": ["like"]}]}
    return {"type": "object", "required": required}


def _argument(name: str, key: str, argument: Argument) -> Schema:
    kind, default, *_ = argument
    text = f"{argument_meaning(name, key)} {kind.wants[:1].upper()}{kind.wants[1:]}."
    if default is REQUIRED:
        return described(text, value_of(kind))
    if default is None:
        return described(text + (" Default: the kernel." if key == "stride" else ""), value_of(kind))
    return described(f"{text} Default: {show(default).replace('`', '')}.", value_of(kind)) | {"default": default}


def _library_block(name: str) -> Schema:
    """A block of the library, and its arguments. The file may have a block of that name with others."""
    properties = {}
    applied = Vocabulary({}).roles(library_block(name)).layers
    for key, text in library_arguments(name).items():
        properties[key] = described(argument_meaning(name, key), ref("applied" if key in applied else "value"))
        if text is not None:
            properties[key]["description"] += f" Default: {text}."
        # An editor inserts a default, so it may not use names that only the block knows.
        if text in ("true", "false"):
            properties[key]["default"] = text == "true"
        elif text is not None and text.isdigit():
            properties[key]["default"] = int(text)
        elif key in applied and text in OPERATORS:
            properties[key]["default"] = text
    return {
        "title": name,
        "description": library_comment(name),
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": ref("argument"),
    }
