"""Hostile and broken files: each is refused with one clean message, or taken for what it is, within a second.

tests/data/bad_inputs holds them as found in the wild; some mean networks in other languages, so what they are about is
said again below in ours.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from convcost.errors import SpecError
from convcost.language import parsing, tree
from convcost.reading.load import read
from convcost.reading.sources import open_source

FOLDER = Path(__file__).parent / "data" / "bad_inputs"
PWNED = Path("/tmp/convcost_pwned")  # what the files that try to run code would leave behind

REFUSED = {
    "004_only_doc_markers": "a spec is a mapping at its top level",
    "006_scalar_doc": "a spec is a mapping at its top level",
    "007_list_doc": "a spec is a mapping at its top level",
    "010_unclosed_flow_seq": "1:9: error: this bracket is never closed",
    "013_unclosed_squote": "1:7: error: this quote is never closed",
    "016_bad_indent": "3:4: error",
    "022_bad_unicode_escape": "hex",
    "024_huge_codepoint_escape": "1:",
    "025_at_sign": "1:7: error: found character",
    "028_yaml_version_9": "1:1: error: found incompatible YAML document",
    "030_block_scalar_bad_indent": "1:",
    "031_merge_conflict_markers": "1:1: error: merge conflict",
    "032_json5_comment": "comments start with `#`",
    "033_python_source": "this is Python source, not a spec",
    "034_html": "this is HTML or XML, not a spec",
    "041_utf16_odd": "1:1: error: byte 0xff is not UTF-8",
    "045_utf8_overlong": "1:7: error: byte 0xc0 is not UTF-8",
    "046_utf8_surrogate": "1:7: error: byte 0xed is not UTF-8",
    "056_nbsp_indent": "2:1: error: a no-break space (U+00A0) is not indentation",
    "060_nel_ls_ps": "1:5: error: a line break that editors and YAML do not agree on",
    "063_billion_laughs": "1:5: error: anchors (`&a0`) are not part of the language",
    "064_billion_laughs_map": "1:5: error: anchors (`&a0`) are not part of the language",
    "065_laughs_in_layers": "4:30: error: aliases (`*b0`) are not part of the language",
    "066_merge_key_bomb": "2:10: error: merge keys (`<<`) are not part of the language",
    "069_self_alias_key": "1:5: error: aliases (`*a`) are not part of the language",
    "070_self_merge": "1:5: error: merge keys (`<<`) are not part of the language",
    "071_mutual_cycle": "1:11: error: anchors (`&b`) are not part of the language",
    "073_deep_flow_closed": "nested deeper than 64 levels",
    "074_deep_flow_map": "nested deeper than 64 levels",
    "075_deep_block_seq": "nested deeper than 64 levels",
    "076_deep_block_map": "nested deeper than 64 levels",
    "077_deep_20000_flow": "nested deeper than 64 levels",
    "079_many_question_marks": "1:3: error: a mapping can't be a key",
    "080_long_key": "1:",
    "085_octal_int": "unknown key `out`",
    "087_hex_int": "unknown key `out`",
    "090_kernel_3x3": "unknown key `kernel`",
    "091_float_int": "unknown key `out`",
    "092_exp_no_dot": "unknown key `out`",
    "093_nan": "unknown key `out`",
    "094_inf": "2:1: error: unknown key `stride`",
    "098_date_value": "a network's name is `network:`",
    "100_bad_time": "a network's name is `network:`",
    "104_int_2_63": "unknown key `out`",
    "106_big_product": "`input` is {channels: ..., size: [...]}, not a list",
    "110_dup_key": "3:1: error: `name` is given twice; first at 1:1",
    "113_list_key": "1:1: error: a list can't be a key",
    "116_int_key": "unknown key `1.0`",
    "117_merge_scalar": "1:5: error: merge keys (`<<`) are not part of the language",
    "118_equals_value": "a network's name is `network:`",
    "120_tag_python_object": "1:1: error: tags (`tag:yaml.org,2002:python/object/apply:os.system`)",
    "121_tag_python_name": "1:4: error: tags (`tag:yaml.org,2002:python/name:os.system`)",
    "126_tag_env": "1:7: error: tags (`!ENV`) are not part of the language",
    "127_tag_bool_bad": "1:4: error: tags (`tag:yaml.org,2002:bool`)",
    "130_tag_float_bad": "1:4: error: tags (`tag:yaml.org,2002:float`)",
    "131_tag_timestamp_bad": "1:4: error: tags (`tag:yaml.org,2002:timestamp`)",
    "132_tag_binary_bad": "1:4: error: tags (`tag:yaml.org,2002:binary`)",
    "134_tag_on_map_as_int": "1:4: error: tags (`tag:yaml.org,2002:int`)",
    "140_expr_mul_string": "4:6: error: no operator or block `type`",
    "143_expr_import_os": "4:6: error: no operator or block `type`",
    "144_expr_dunder": "4:6: error: no operator or block `type`",
    "145_expr_lambda": "4:6: error: no operator or block `type`",
    "146_expr_listcomp": "4:6: error: no operator or block `type`",
    "149_expr_fstring": "4:6: error: no operator or block `type`",
    "151_expr_unary_chain": "4:6: error: no operator or block `type`",
    "154_expr_unicode_digits": "4:6: error: no operator or block `type`",
    "158_repeat_million": "4:6: error: no operator or block `type`",
    "159_repeat_nested": "no operator or block `layers`",
    "161_block_self_ref": "block `a` is a mapping with `args` and `layers`, not a list",
    "165_dangling_from": "4:6: error: no operator or block `type`",
    "166_dup_id": "no operator or block `id`",
    "082_many_anchors": "2:5: error: anchors (`&a1`) are not part of the language",
    "112_dup_anchor": "3:4: error: aliases (`*x`) are not part of the language",
    "168_unknown_key": "4:6: error: no operator or block `type`",
    "169_groups_not_divide": "4:6: error: no operator or block `type`",
    "173_url_include": "2:1: error: unknown key `extends`",
}
"""Files that are not specs: what the message says."""

TAKEN = {
    "037_bom_utf8": {"name": "t"},
    "051_ansi_escape_quoted": {"name": "\x1b[31m\x1b]0;pwned\x07 x"},
    "052_rich_markup": {"name": "[red]x[/red] [/oops] [link=file:///etc/passwd]y[/link]"},
    "057_smart_quotes": {"name": "“resnet”"},
    "174_name_with_slash": {"name": "../../x"},
    "175_csv_injection": {"name": "=cmd|' /C calc'!A0"},
}
"""Files whose YAML is taken as it stands, and some of what it says."""

INPUT = "input: {channels: 4, size: [8, 8]}\n"

IN_OUR_LANGUAGE = {
    "085_octal_int": ("layers: [conv: {out: 010, kernel: 3}]", "numbers are decimal and do not start with 0"),
    "087_hex_int": ("layers: [conv: {out: 0x40, kernel: 3}]", "write it in decimal"),
    "090_kernel_3x3": ("layers: [conv: {out: 8, kernel: 3x3}]", "write [3, 3]"),
    "092_exp_no_dot": ("layers: [conv: {out: 1e3, kernel: 3}]", "write 1000"),
    "093_nan": ("layers: [conv: {out: .nan, kernel: 3}]", "this is not a number"),
    "094_inf": ("layers: [conv: {out: -.inf, kernel: 3}]", "this is not a number"),
    "098_date_value": ("layers: [conv: {out: 2001-01-01, kernel: 3}]", "`01` is not a number"),
    "100_bad_time": ("layers: [conv: {out: '2001-01-01 99:99:99', kernel: 3}]", "`:` is not part of an expression"),
    "104_int_2_63": ("layers: [conv: {out: 9223372036854775808, kernel: 3}]", "larger than any axis of a tensor"),
    "117_merge_scalar": ("layers: [conv: {<<: 3}]", "merge keys"),
    "118_equals_value": ("layers: [conv: {out: =, kernel: 3}]", "`=` is not part of an expression"),
    "140_expr_mul_string": ("layers: [conv: {out: \"'a'*10**9\", kernel: 3}]", "`'` is not part of an expression"),
    "143_expr_import_os": (
        "layers: [conv: {out: \"__import__('os').system('touch /tmp/convcost_pwned')\", kernel: 3}]",
        "`'` is not part of an expression",
    ),
    "144_expr_dunder": (
        'layers: [conv: {out: "().__class__.__base__.__subclasses__()", kernel: 3}]',
        "no function `().__class__.__base__.__subclasses__`",
    ),
    "145_expr_lambda": ('layers: [conv: {out: "(lambda: 1)()", kernel: 3}]', "`:` is not part of an expression"),
    "146_expr_listcomp": (
        'layers: [conv: {out: "[x for x in range(10**9)]", kernel: 3}]',
        "`[` is not part of an expression",
    ),
    "149_expr_fstring": ("layers: [conv: {out: \"f'{1}'\", kernel: 3}]", "`'` is not part of an expression"),
    "151_expr_unary_chain": (
        f'layers: [conv: {{out: "{"-" * 5000}1", kernel: 3}}]',
        "an expression of 5,001 characters",
    ),
    "151_short": (f'layers: [conv: {{out: "{"-" * 300}1", kernel: 3}}]', "an expression too long to be meant"),
    "154_expr_unicode_digits": ('layers: [conv: {out: "٣٢", kernel: 3}]', "`٣` is not part of an expression"),
    "158_repeat_million": ("layers: [{relu: , repeat: 1000000}]", "a network has at most 100,000 layers"),
    "159_repeat_nested": (
        "blocks: {a: {layers: [{relu: , repeat: 1000}]}, b: {layers: [{a: , repeat: 1000}]}}\n"
        "layers: [{b: , repeat: 1000}]",
        "more than 100,000 layers",
    ),
    "161_block_self_ref": ("blocks: {a: {layers: [a]}}\nlayers: [a]", "block `a` uses itself: a -> a"),
    "165_dangling_from": ("layers: [{relu: , name: there}, {relu: , from: nothere}]", "did you mean `there`?"),
    "166_dup_id": ("layers: [{relu: , name: a}, {relu: , name: a}]", "the name `a` is taken"),
    "168_unknown_key": ("layers: [conv: {out: 8, kernal: 3}]", "did you mean `kernel`?"),
    "169_groups_not_divide": ("layers: [conv: {out: 9, kernel: 3, groups: 3}]", "not divisible by groups 3"),
    "173_url_include": ("extends: http://127.0.0.1:1/x.yaml\nlayers: []", "unknown key `extends`"),
}
"""The same mistakes as a user of this language would make them."""

MEANT = {
    "091_float_int": ("layers: [conv: {out: 64.0, kernel: 3}]", "64x6x6"),
    "106_big_product": ("layers: [{upsample: {size: 1000000000}}]", "4x1000000000x1000000000"),
    "051_ansi_escape_quoted": ('network: "\\e[31m\\a"\nlayers: [relu]', "4x8x8"),
    "174_name_with_slash": ("network: ../../x\nlayers: [relu]", "4x8x8"),
}
"""What looks suspicious and is fine: the last layer's shape."""


@pytest.fixture(params=["libyaml", "pure Python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """PyYAML comes with libyaml or without; what is said may not depend on it."""
    if request.param == "pure Python":
        monkeypatch.setattr(parsing, "_Parser", yaml.Loader)
    elif not yaml.__with_libyaml__:
        pytest.skip("this PyYAML has no libyaml")
    return str(request.param)


@pytest.fixture(autouse=True)
def _nothing_is_run() -> Iterator[None]:
    PWNED.unlink(missing_ok=True)
    yield
    assert not PWNED.exists()


@pytest.fixture
def _within_a_second() -> Iterator[None]:
    started = time.process_time()
    yield
    assert time.process_time() - started < 3  # a second where nothing else runs


def check_refusal(refused: SpecError, text: str) -> None:
    shown = str(refused)
    assert text in shown
    assert re.match(r"[^\n]+:\d+:\d+: error: ", shown)
    assert re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown) is None
    assert all(problem.span is not None for problem in refused.problems[:100])


def test_every_file_has_its_row() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == REFUSED.keys() | TAKEN.keys()


@pytest.mark.usefixtures("_within_a_second")
@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, parser: str) -> None:
    with pytest.raises(SpecError) as caught:
        read(open_source(str(FOLDER / f"{name}.yaml"))[0])
    check_refusal(caught.value, REFUSED[name])


@pytest.mark.usefixtures("_within_a_second")
@pytest.mark.parametrize("name", TAKEN)
def test_taken(name: str, parser: str) -> None:
    source, _ = open_source(str(FOLDER / f"{name}.yaml"))
    root = parsing.parse(source)
    values: dict[str, Any] = {key: getattr(node, "text", None) for key, (_, node) in root.entries.items()}
    assert values.items() >= TAKEN[name].items()
    with pytest.raises(SpecError) as caught:
        read(source)
    check_refusal(caught.value, "unknown key")


@pytest.mark.parametrize("name", IN_OUR_LANGUAGE)
def test_refused_in_our_language(name: str, parser: str) -> None:
    text, message = IN_OUR_LANGUAGE[name]
    with pytest.raises(SpecError) as caught:
        read(tree.decode("net.yaml", (INPUT + text).encode()))
    check_refusal(caught.value, message)


@pytest.mark.parametrize("name", MEANT)
def test_fine_in_our_language(name: str, parser: str) -> None:
    text, shape = MEANT[name]
    network = read(tree.decode("net.yaml", (INPUT + text).encode()))
    assert str(network.layers[-1].output_shapes[0]) == shape


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * (tree.MAX_BYTES + 1))
    with pytest.raises(SpecError) as caught:
        open_source(str(path))
    check_refusal(caught.value, "the limit is 1,048,576")


@pytest.mark.slow
def test_too_many_nodes() -> None:
    with pytest.raises(SpecError, match="more than 100,000 nodes"):
        read(tree.decode("net.yaml", ("a: [" + "0," * 100_001 + "]").encode()))


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_editors_do(ending: str, parser: str) -> None:
    text = (INPUT + "layers:\n  - relu\n  - rleu\n").replace("\n", ending)
    with pytest.raises(SpecError, match=r"^net\.yaml:4:5: error: .*\n  \|\n4 \|   - rleu\n  \|     \^\^\^\^\n"):
        read(tree.decode("net.yaml", text.encode()))


DANGEROUS = [
    name
    for name in REFUSED
    if re.match("024|041|063|064|065|066|071|073|074|075|077|079|120|131|143|151|158|159|173", name)
]


@pytest.mark.parametrize("name", [*DANGEROUS, "051_ansi_escape_quoted", "052_rich_markup"])
def test_the_command_line_refuses_it(name: str) -> None:
    path = FOLDER / f"{name}.yaml"
    ran = subprocess.run(
        [sys.executable, "-m", "convcost", "analyze", str(path)], capture_output=True, timeout=30, check=False
    )
    assert ran.returncode == 2
    assert ran.stdout == b""
    assert f"{path}:".encode() in ran.stderr
    assert b": error: " in ran.stderr
    assert b"Traceback" not in ran.stderr
    assert re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", ran.stderr) is None
