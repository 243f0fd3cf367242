"""The JSON Schema of the spec language: what it refuses, the reader refuses; what it shows is what there is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from command_line import Run
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pages import specs
from test_bad_inputs import FOLDER, IN_OUR_LANGUAGE, INPUT, MEANT, REFUSED, TAKEN
from test_scalars import TEXT, core

import convcost
from convcost.editor.meanings import ARGUMENTS, BESIDE, EXPECT, IN_BLOCKS, SPEC
from convcost.editor.schema import spec_schema
from convcost.errors import SpecError
from convcost.language import tree
from convcost.language.library import FOLDER as BLOCKS
from convcost.language.parts import KEYS, MODIFIERS
from convcost.ops import OPERATORS
from convcost.reading.load import read
from convcost.reading.sources import bundled

FILE = Path(convcost.__file__).parent / "spec.schema.json"
SCHEMA = spec_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def as_an_editor_sees(text: str) -> Any:
    """YAML 1.2's core schema, as JSON has it: keys are text."""

    def value(node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return {key.value: value(inner) for key, inner in node.value}
        if isinstance(node, yaml.SequenceNode):
            return [value(item) for item in node.value]
        meaning = TEXT if node.style else core(node.value)
        if isinstance(meaning, Fraction):
            return int(meaning) if meaning.denominator == 1 else float(meaning)
        return float("nan") if meaning is float else node.value if meaning is TEXT else meaning

    return value(yaml.compose(text, Loader=yaml.SafeLoader))  # composing constructs nothing


def refusals(text: str, schema: Any = VALIDATOR) -> list[str]:
    """`place: what is wrong`, for everything that the schema refuses."""
    errors = schema.iter_errors(as_an_editor_sees(text))
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in errors]


def test_the_file_is_what_the_tables_give(run: Run, renew: bool) -> None:
    text = json.dumps(SCHEMA, indent=1, ensure_ascii=False) + "\n"
    if renew:
        FILE.write_text(text, encoding="utf-8")
    assert text == FILE.read_text(encoding="utf-8")
    ran = run("schema")
    assert (ran.code, ran.out, ran.err) == (0, text, "")


def test_it_is_a_schema_that_editors_can_use() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert "://" not in SCHEMA["$id"]  # there is no such page on the web
    named = {match[1] for match in re.finditer(r'"#/definitions/([^"]+)"', json.dumps(SCHEMA))}
    assert named == SCHEMA["definitions"].keys()
    assert all(node.keys() == {"$ref"} for node in objects(SCHEMA) if "$ref" in node)


def objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from objects(inner)


def test_every_word_is_explained() -> None:
    assert SPEC.keys() == set(KEYS)
    assert BESIDE.keys() == set(MODIFIERS)
    properties = [node["properties"] for node in objects(SCHEMA) if "properties" in node]
    words = {word for group in properties for word in group}
    assert words >= {*KEYS, *MODIFIERS, *ARGUMENTS, *IN_BLOCKS, *EXPECT, *OPERATORS}
    for group in properties:
        for word, schema in group.items():
            text = schema.get("description") or SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]]["description"]
            assert re.fullmatch(r"[A-Z`0-9].*[.)\]]", text), (word, text)


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        ("params", "a bound (`<= 26 M`)"),
        ("macs", "For one sample. A number"),
        ("weight_memory", "`<= 100 MiB`"),
        ("peak_memory", "For one sample. A number of bytes"),
        ("receptive_field", "One number for all axes, or a list."),
        ("output_shape", "[2048, 7, 7]"),
    ],
)
def test_how_figures_are_stated(figure: str, text: str) -> None:
    assert text in SCHEMA["properties"]["expect"]["properties"][figure]["description"]


@pytest.mark.parametrize("name", bundled())
def test_it_accepts_every_bundled_network(name: str) -> None:
    assert refusals(bundled()[name].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", sorted(BLOCKS.glob("*.yaml")), ids=lambda path: path.stem)
def test_it_accepts_every_block_of_the_library(path: Path) -> None:
    schema = jsonschema.Draft7Validator({**SCHEMA["properties"]["blocks"], "definitions": SCHEMA["definitions"]})
    assert refusals(path.read_text(encoding="utf-8"), schema) == []


def test_it_accepts_what_the_pages_show() -> None:
    refused = [name for name, text in specs().items() if refusals(text)]
    assert refused == ["broken"]  # it shows how a mistake is met


STRUCTURE = {
    "004_only_doc_markers": ": None is not of type 'object'",
    "006_scalar_doc": ": 'just some words' is not of type 'object'",
    "007_list_doc": ": [1, 2] is not of type 'object'",
    "034_html": "is not of type 'object'",
    "037_bom_utf8": "'name' was unexpected",
    "051_ansi_escape_quoted": "'name' was unexpected",
    "052_rich_markup": "'name' was unexpected",
    "057_smart_quotes": "'name' was unexpected",
    "060_nel_ls_ps": "'layers' is a required property",
    "085_octal_int": "'out' was unexpected",
    "087_hex_int": "'out' was unexpected",
    "090_kernel_3x3": "'kernel' was unexpected",
    "091_float_int": "'out' was unexpected",
    "092_exp_no_dot": "'out' was unexpected",
    "093_nan": "'out' was unexpected",
    "094_inf": "('out', 'stride' were unexpected)",
    "098_date_value": "'name' was unexpected",
    "100_bad_time": "'name' was unexpected",
    "104_int_2_63": "'out' was unexpected",
    "106_big_product": "input: [1000000000, 1000000000, 1000000000] is not of type 'object'",
    "116_int_key": "('1', '1.0', 'true' were unexpected)",
    "118_equals_value": "'name' was unexpected",
    "140_expr_mul_string": "input: [3, 32, 32] is not of type 'object'",
    "143_expr_import_os": "input: [3, 32, 32] is not of type 'object'",
    "144_expr_dunder": "input: [3, 32, 32] is not of type 'object'",
    "145_expr_lambda": "input: [3, 32, 32] is not of type 'object'",
    "146_expr_listcomp": "input: [3, 32, 32] is not of type 'object'",
    "149_expr_fstring": "input: [3, 32, 32] is not of type 'object'",
    "151_expr_unary_chain": "layers/0/type: 'conv' is not of type 'object', 'null'",
    "154_expr_unicode_digits": "layers/0/type: 'conv' is not of type 'object', 'null'",
    "158_repeat_million": "layers/0/type: 'relu' is not of type 'object', 'null'",
    "159_repeat_nested": "input: [3, 32, 32] is not of type 'object'",
    "161_block_self_ref": "blocks/a: ",
    "165_dangling_from": "layers/0/type: 'relu' is not of type 'object', 'null'",
    "166_dup_id": "layers/0/id: 'a' is not of type 'object', 'null'",
    "168_unknown_key": "layers/0/type: 'conv' is not of type 'object', 'null'",
    "169_groups_not_divide": "layers/0/type: 'conv' is not of type 'object', 'null'",
    "173_url_include": "('extends', 'name' were unexpected)",
    "174_name_with_slash": "'name' was unexpected",
    "175_csv_injection": "'name' was unexpected",
}
"""Bad files whose fault the schema sees."""

NO_YAML = [
    "010_unclosed_flow_seq",
    "013_unclosed_squote",
    "016_bad_indent",
    "022_bad_unicode_escape",
    "024_huge_codepoint_escape",
    "025_at_sign",
    "028_yaml_version_9",
    "030_block_scalar_bad_indent",
    "031_merge_conflict_markers",
    "032_json5_comment",
    "033_python_source",
    "041_utf16_odd",
    "045_utf8_overlong",
    "046_utf8_surrogate",
    "056_nbsp_indent",
    "079_many_question_marks",
    "080_long_key",
    "113_list_key",
]
"""Bad files that no schema is asked about: they are no YAML, or no JSON for want of keys that are text."""

LEFT_OUT = [
    "063_billion_laughs",
    "064_billion_laughs_map",
    "065_laughs_in_layers",
    "066_merge_key_bomb",
    "069_self_alias_key",
    "070_self_merge",
    "071_mutual_cycle",
    "073_deep_flow_closed",
    "074_deep_flow_map",
    "075_deep_block_seq",
    "076_deep_block_map",
    "077_deep_20000_flow",
    "082_many_anchors",
    "110_dup_key",
    "112_dup_anchor",
    "117_merge_scalar",
    "120_tag_python_object",
    "121_tag_python_name",
    "126_tag_env",
    "127_tag_bool_bad",
    "130_tag_float_bad",
    "131_tag_timestamp_bad",
    "132_tag_binary_bad",
    "134_tag_on_map_as_int",
]
"""Bad files by what the language leaves out of YAML, which a schema never sees: aliases, merges, tags, keys given
twice, depth. The reader says so."""

IN_OUR_WORDS = {
    "090_kernel_3x3": "layers/0/conv/kernel: '3x3' does not match",
    "093_nan": "layers/0/conv/out: nan is not of type 'integer', 'string'",
    "094_inf": "layers/0/conv/out: -inf is not of type 'integer', 'string'",
    "100_bad_time": "layers/0/conv/out: '2001-01-01 99:99:99' does not match",
    "104_int_2_63": "layers/0/conv/out: 9223372036854775808 is greater than the maximum of 2147483647",
    "117_merge_scalar": "layers/0/conv: Additional properties are not allowed ('<<' was unexpected)",
    "118_equals_value": "layers/0/conv/out: '=' does not match",
    "140_expr_mul_string": "layers/0/conv/out: \"'a'*10**9\" does not match",
    "143_expr_import_os": 'layers/0/conv/out: "__import__',
    "145_expr_lambda": "layers/0/conv/out: '(lambda: 1)()' does not match",
    "146_expr_listcomp": "layers/0/conv/out: '[x for x in range(10**9)]' does not match",
    "149_expr_fstring": "layers/0/conv/out: \"f'{1}'\" does not match",
    "151_expr_unary_chain": "1' is too long",
    "154_expr_unicode_digits": "layers/0/conv/out: '٣٢' does not match",
    "168_unknown_key": "layers/0/conv: Additional properties are not allowed ('kernal' was unexpected)",
    "173_url_include": "'extends' was unexpected",
}
"""The same mistakes in our words, where the schema sees them."""

FOR_THE_READER = {
    "a scalar that YAML takes and we refuse": ["085_octal_int", "087_hex_int", "092_exp_no_dot"],
    "arithmetic": ["098_date_value", "144_expr_dunder", "151_short"],
    "how many layers there are": ["158_repeat_million", "159_repeat_nested"],
    "names": ["161_block_self_ref", "165_dangling_from", "166_dup_id"],
    "shapes": ["169_groups_not_divide"],
}
"""Those it can't see: they need values, names or shapes."""


def test_every_bad_file_has_its_row() -> None:
    assert sorted([*STRUCTURE, *NO_YAML, *LEFT_OUT]) == sorted([*REFUSED, *TAKEN])
    assert sorted([*IN_OUR_WORDS, *(name for names in FOR_THE_READER.values() for name in names)]) == sorted(
        IN_OUR_LANGUAGE
    )


@pytest.mark.parametrize("name", STRUCTURE)
def test_it_refuses_the_bad_file(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8-sig")
    assert any(STRUCTURE[name] in refusal for refusal in refusals(text))


@pytest.mark.parametrize("name", IN_OUR_WORDS)
def test_it_refuses_the_same_in_our_words(name: str) -> None:
    assert any(IN_OUR_WORDS[name] in refusal for refusal in refusals(INPUT + IN_OUR_LANGUAGE[name][0]))


@pytest.mark.parametrize("name", [name for names in FOR_THE_READER.values() for name in names])
def test_it_leaves_the_rest_to_the_reader(name: str) -> None:
    assert refusals(INPUT + IN_OUR_LANGUAGE[name][0]) == []


@pytest.mark.parametrize("name", MEANT)
def test_it_accepts_what_is_fine(name: str) -> None:
    assert refusals(INPUT + MEANT[name][0]) == []


WRONG = [
    ("layers: [conv]", "layers/0"),
    ("layers: [{conv: }]", "layers/0/conv: None is not of type 'object'"),
    ("layers: [conv: {out: 8}]", "layers/0/conv: 'kernel' is a required property"),
    ("layers: [conv: [8, 3]]", "layers/0/conv: [8, 3] is not of type 'object'"),
    ("layers: [conv: {out: 0, kernel: 3}]", "layers/0/conv/out: 0 is less than the minimum of 1"),
    ("layers: [conv: {out: 6.4, kernel: 3}]", "layers/0/conv/out: 6.4 is not of type"),
    ("layers: [conv: {out: true, kernel: 3}]", "layers/0/conv/out: True is not of type"),
    ("layers: [conv: {out: 8, kernel: [3, 3, 3, 3]}]", "layers/0/conv/kernel: [3, 3, 3, 3] is too long"),
    ("layers: [conv: {out: 8, kernel: 3, bias: 1}]", "layers/0/conv/bias: 1 is not of type 'boolean', 'string'"),
    ("layers: [conv: {out: 8, kernel: 3, padding: [[0, 1, 2], 1]}]", "padding/0: [0, 1, 2] is too long"),
    ("layers: [{conv: {out: 8, kernel: 3}, nane: x}]", "'nane' is not one of ['conv', 'name', 'from'"),
    ("layers: [{conv: {out: 8, kernel: 3}, relu: }]", "layers/0: 'relu' is not one of"),
    ("layers: [{name: x}]", "layers/0"),
    ("layers: [{}]", "layers/0"),
    ("layers: [3]", "layers/0: 3 is not"),
    ("layers: [{relu: , name: a.b}]", "layers/0/name: 'a.b' does not match"),
    ("layers: [{relu: , name: input}]", "layers/0/name: 'input' should not be valid"),
    ("layers: [{relu: , name: 1e3}]", "layers/0/name: 1000 is not of type 'string'"),
    ("layers: [{relu: , repeat: -1}]", "layers/0/repeat: -1 is less than the minimum of 0"),
    ("layers: [{relu: , from: {a: b}}]", "layers/0/from: {'a': 'b'} is not of type"),
    ("layers: [crop: {}]", "layers/0/crop: {} is not valid under any of the given schemas"),
    ("layers: [crop: {size: 2, like: a}]", "layers/0/crop"),
    ("layers: [dropout: {p: 1.5}]", "layers/0/dropout/p: 1.5 is greater than the maximum of 1"),
    ("layers: [add: [a, b]]", "layers/0/add: ['a', 'b'] is not of type 'object', 'null'"),
    ("layers: [add: {body: conv, short: []}]", "layers/0/add/body: 'conv' is not of type 'array', 'null'"),
    ("layers: [add: {body: [conv: {out: 8}], short: []}]", "body/0/conv: 'kernel' is a required property"),
    ("layers: [own: {a: {b: c}}]", "layers/0/own/a/b: 'c' is not of type 'object', 'null'"),
    ("layers: [own: {a: {relu: , tanh: }}]", "layers/0/own/a: {'relu': None, 'tanh': None} has too many properties"),
    ("layers: [conv_bn_act: {out: 8, kernel: 3, act: 3}]", "layers/0/conv_bn_act/act: 3"),
    ("layers: [conv_bn_act: {out: 8, kernel: 3, act: {dropout: {p: 3}}}]", "act/dropout/p: 3 is greater than"),
    ("blocks: {a: {layers: [], outputs: []}}\nlayers: []", "blocks/a/outputs: [] should be non-empty"),
    ("blocks: {a: {layers: [], outputs: {a.b: c}}}\nlayers: []", "blocks/a/outputs: 'a.b' does not match"),
    ("layers: [{own: , rows: 3}]", "layers/0/rows: 3 is not of type 'array'"),
    ("layers: [{own: , rows: [[a], 3]}]", "layers/0/rows/1: 3 is not of type 'array'"),
    ("layers: [{own: , rows: [[1], [2]]}]", "layers/0/rows/0/0: 1 is not of type 'string'"),
    ("layers: [{relu: , when: 3}]", "layers/0/when: 3 is not of type 'boolean', 'string'"),
    ("layers: [add: {a: [], b: {when: true, layer: []}}]", "layers/0/add/b: Additional properties are not allowed"),
    ("layers: conv", "layers: 'conv' is not of type 'array', 'null'"),
    ("symbols: {if: 3}\nlayers: []", "symbols"),
    ("symbols: {null: 3}\nlayers: []", "symbols"),
    ("symbols: {a: [1]}\nlayers: []", "symbols/a: [1] is not of type"),
    ("blocks: {conv: {layers: []}}\nlayers: []", "blocks"),
    ("blocks: {a: {args: {input: }, layers: []}}\nlayers: []", "blocks/a/args"),
    ("blocks: {a: {layer: []}}\nlayers: []", "blocks/a: Additional properties are not allowed ('layer' was"),
    ("variants: {a: 3}\nlayers: []", "variants/a: 3 is not of type 'object'"),
    ("outputs: []\nlayers: []", "outputs: [] should be non-empty"),
    ("inputs: {a: {channels: 1, size: []}}\nlayers: []", "is valid under each of"),
    ("network: 3\nlayers: []", "network: 3 is not of type 'string'"),
    ("expect: {mac: 3}\nlayers: []", "expect: Additional properties are not allowed ('mac' was unexpected)"),
    ("expect: {output_shape: 3}\nlayers: []", "expect/output_shape: 3 is not of type 'array'"),
    ("expect: {dtype: float31, peak_memory: 3}\nlayers: []", "expect/dtype: 'float31' is not one of"),
    ("expect: {at: [{macs: -3}]}\nlayers: []", "expect/at/0/macs: -3 is less than the minimum of 0"),
    ("layers: [{relu: , expect: {at: []}}]", "layers/0/expect: Additional properties are not allowed ('at' was"),
]


@pytest.mark.parametrize(("text", "refusal"), WRONG, ids=[text.partition("\n")[0] for text, _ in WRONG])
def test_it_refuses_what_the_reader_refuses(text: str, refusal: str) -> None:
    assert any(refusal in found for found in refusals(INPUT + text))
    with pytest.raises(SpecError):
        read(tree.decode("s.yaml", (INPUT + text).encode()))


LIMITS = [
    "4089184256",
    "4.1 G",
    "<= 4.1e9",
    "'>= 3e9'",
    "< 4e9",
    "4.0e9 .. 4.1e9",
    "~ 569 M",
    "<= 32 MiB",
    "9*64*width",
]


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("figure", ["macs", "peak_memory"])
def test_it_accepts_every_form_of_expectation(figure: str, limit: str) -> None:
    rows = f"at: [{{width: 0.5, variant: x, dtype: int8, {figure}: {limit}}}]"
    text = f"expect: {{{figure}: {limit}, receptive_field: '>= 224', output_shape: [2048, 7, 7], {rows}}}\nlayers: []"
    assert refusals(INPUT + text) == []


# What may stand where a value does, right or wrong, as it is written.
SCALARS = ["0", "1", "2", "3", "8", "-1", "2.5", "1.0", "2147483648", "true", "false", "same", "valid", "nearest"]
SCALARS += ["width", "2*width", "(width)", "3x3", "1_0", "0x1", "''", "'2'", "'true'", "null", "~", "a b", "input"]
SCALARS += ["input.channels", "input.size", "halves.0", "first", "1e1", "'8\n\n'", "width//2", "[]", "{}", "{a: 1}"]
VALUES = st.just("") | st.recursive(
    st.sampled_from(SCALARS), lambda inner: st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]")
)
WORDS = sorted({*ARGUMENTS, *IN_BLOCKS, *MODIFIERS, *OPERATORS, *EXPECT, "own", "a", "1", "body", "stage"})


@st.composite
def entries(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from([*OPERATORS, *OPERATORS, "own", "basic_block", "squeeze_excite", "nothing"]))
    definition = SCHEMA["definitions"].get(f"operator.{kind}", {})
    needed = {word: draw(VALUES) for word in definition.get("required", []) if draw(st.integers(0, 9))}
    likely = st.sampled_from([*definition.get("properties", {"a": 0}), draw(st.sampled_from(WORDS))])
    body = needed | draw(st.dictionaries(likely, VALUES, max_size=2))
    beside = draw(st.dictionaries(st.sampled_from(MODIFIERS[:-1]), VALUES, max_size=1))
    if not body and not beside and draw(st.booleans()):
        return kind
    inside = draw(VALUES) if draw(st.integers(0, 9)) == 0 else flow(body)
    return flow({kind: inside, **beside})


def flow(entries: dict[str, str]) -> str:
    return f"{{{', '.join(f'{key}: {value}' for key, value in entries.items())}}}"


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(entries(), VALUES, st.sampled_from(["size", "symbol", "repeat", "argument"]))
def test_the_reader_refuses_all_that_it_refuses(entry: str, value: str, where: str) -> None:
    assume("repeat: 0" not in entry)  # what stands there no times is not read
    given = {key: value if where == key else "2" for key in ("size", "symbol", "repeat", "argument")}
    text = f"""
symbols: {{width: {given["symbol"]}}}
input: {{channels: 8, size: [16, {given["size"]}]}}
blocks: {{own: {{args: {{a: {given["argument"]}}}, layers: [relu]}}}}
layers:
  - {{conv: {{out: 8, kernel: 1}}, name: first}}
  - {{split: {{parts: 2}}, name: halves}}
  - {{concat: , repeat: {given["repeat"]}}}
  - own
  - {entry}
"""
    if refusals(text):
        with pytest.raises(SpecError):
            read(tree.decode("s.yaml", text.encode()))


def completions(place: list[str | int]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an editor offers at a place: keys with their schemas, and values with theirs."""
    schemas = [SCHEMA]
    for step in place:
        schemas = [inner for schema in schemas for part in parts(schema) for inner in below(part, step)]
    keys: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for schema in schemas:
        for part in parts(schema):
            keys |= part.get("properties", {})
            values |= dict.fromkeys([*part.get("examples", []), *part.get("enum", [])], part)
            values |= {part["const"]: part} if "const" in part else {}
            values |= {"true": part, "false": part} if "boolean" in part.get("type", ()) else {}
    return keys, values


def parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema and all that it refers to or chooses between."""
    if "$ref" in schema:
        return (yield from parts(SCHEMA["definitions"][schema["$ref"].removeprefix("#/definitions/")]))
    yield schema
    for word in ("allOf", "anyOf", "oneOf"):
        for inner in schema.get(word, ()):
            yield from parts(inner)
    for word in ("then", "else"):
        if word in schema:
            yield from parts(schema[word])


def below(schema: dict[str, Any], step: str | int) -> Iterator[dict[str, Any]]:
    if isinstance(step, int):
        yield from [schema["items"]] if "items" in schema else []
    elif step in schema.get("properties", {}):
        yield schema["properties"][step]
    elif isinstance(schema.get("additionalProperties"), dict):
        yield schema["additionalProperties"]


def test_completions_of_an_operator() -> None:
    keys, _ = completions(["layers", 0, "conv"])
    missing = object()
    assert {key: schema.get("default", missing) for key, schema in keys.items()} == {
        "out": missing,
        "kernel": missing,
        "stride": 1,
        "padding": 0,
        "dilation": 1,
        "groups": 1,
        "bias": True,
        "connections": missing,
        "padding_mode": "zeros",
        "weight_norm": False,
        "weights": "trained",
    }
    assert keys["stride"]["description"] == (
        "Positions from one window to the next. A positive whole number, or a list of one per axis. Default: 1."
    )
    assert keys["padding"]["description"].startswith("Zeros around the input. `same`: the output is ceil(input/stride)")
    assert list(completions(["layers", 0, "conv", "padding"])[1]) == ["same", "valid"]
    assert list(completions(["layers", 0, "conv", "bias"])[1]) == ["true", "false"]
    # In a path, in a block, and in a path there: the same.
    for place in (
        ["layers", 0, "add", "body", 3],
        ["blocks", "unit", "layers", 2],
        ["blocks", "u", "layers", 0, "concat", "x", 1],
    ):
        assert completions([*place, "conv"])[0] == keys


def test_completions_of_a_layer() -> None:
    keys, words = completions(["layers", 0])
    assert list(keys)[: len(MODIFIERS)] == list(MODIFIERS)
    assert keys.keys() >= OPERATORS.keys() | {"bottleneck", "squeeze_excite"}
    assert {"batch_norm", "relu", "global_avg_pool", "softmax", "concat"} <= words.keys()
    assert not {"conv", "linear", "max_pool", "reshape", "crop"} & words.keys()  # they need arguments
    assert words["batch_norm"]["description"].startswith("Batch normalisation")
    assert completions(["layers", 0, "bottleneck"])[0]["stride"]["default"] == 1
    assert "default" not in completions(["layers", 0, "bottleneck"])[0]["out"]  # 4*width means nothing elsewhere
    assert "input.channels" in completions(["blocks", "unit"])[0]["layers"]["description"]
