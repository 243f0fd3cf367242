"""A scalar means the same to an editor, which reads YAML 1.2's core schema, and to us; or we refuse it and say why.

Expected values are from the YAML 1.2.2 specification, section 10.3.2; what its table does not match is text.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convcost.errors import SpecError
from convcost.language import parsing, tree
from convcost.language.expression import evaluate
from convcost.language.syntax import ExpressionError
from convcost.language.tree import MappingNode, ScalarNode
from convcost.reading.load import read

NOTHING = None
TEXT = str

# (as written, what YAML 1.2 makes of it, what our message says of it; "": we read the same value)
SCALARS: list[tuple[str, Any, str]] = [
    ("0", 0, ""),
    ("64", 64, ""),
    ("+1", 1, ""),
    ("-19", -19, ""),
    ("-0", 0, ""),
    ("9223372036854775808", 9223372036854775808, ""),
    ("017", 17, "numbers are decimal and do not start with 0"),
    ("08", 8, "numbers are decimal and do not start with 0"),
    ("-010", -10, "numbers are decimal and do not start with 0"),
    ("0o7", 7, "numbers are decimal and do not start with 0"),
    ("0o17", 15, "numbers are decimal and do not start with 0"),
    ("0x3A", 58, "numbers are decimal and do not start with 0"),
    ("0x1F", 31, "numbers are decimal and do not start with 0"),
    ("0.5", Fraction(1, 2), ""),
    (".5", Fraction(1, 2), ""),
    ("+.5", Fraction(1, 2), ""),
    ("-0.25", Fraction(-1, 4), ""),
    ("1.", 1, ""),
    ("0.", 0, ""),
    ("64.0", 64, ""),
    ("01.5", Fraction(3, 2), ""),
    ("1e3", 1000, "write 1000"),
    ("12e03", 12000, "write 12000"),
    ("-2E+05", -200000, "write -200000"),
    ("1.5e3", 1500, "write 1500"),
    ("1e-3", Fraction(1, 1000), "write the number out"),
    (".inf", float("inf"), "this is not a number"),
    ("-.Inf", float("-inf"), "this is not a number"),
    ("+.INF", float("inf"), "this is not a number"),
    (".nan", float, "this is not a number"),
    (".NAN", float, "this is not a number"),
    ("true", True, ""),
    ("false", False, ""),
    ("True", True, "did you mean `true`?"),
    ("TRUE", True, "did you mean `true`?"),
    ("False", False, "did you mean `false`?"),
    ("FALSE", False, "did you mean `false`?"),
    ("null", NOTHING, "leave out what has no value"),
    ("Null", NOTHING, "leave out what has no value"),
    ("NULL", NOTHING, "leave out what has no value"),
    ("~", NOTHING, "leave out what has no value"),
    ("", NOTHING, "there is no value here"),
    ("no", TEXT, "did you mean `false`?"),
    ("off", TEXT, "did you mean `false`?"),
    ("yes", TEXT, "did you mean `true`?"),
    ("on", TEXT, "did you mean `true`?"),
    ("y", TEXT, "unknown name `y`"),
    ("1_000", TEXT, "`1_000` is not a number"),
    ("1 000", TEXT, "`000` is not a number"),
    ("+0x1F", TEXT, "numbers are decimal and do not start with 0"),
    ("0X1F", TEXT, "numbers are decimal and do not start with 0"),
    ("0b101", TEXT, "numbers are decimal and do not start with 0"),
    ("1e", TEXT, "`1e` is not a number"),
    ("1:30", TEXT, "`:` is not part of an expression"),
    ("2001-01-01", TEXT, "`01` is not a number"),
    ("2001-01-01 00:00:00", TEXT, "`:` is not part of an expression"),
    ("=", TEXT, "`=` is not part of an expression"),
    ("<<", TEXT, "this is not an expression"),
    ("1.2.3", TEXT, "this is not an expression"),
    ("٣٢", TEXT, "`٣` is not part of an expression"),
    ("None", TEXT, "leave out what has no value"),
    # Text that is an expression means its value: to an editor, an expression is text.
    ("-1*2", TEXT, ""),
    ("2001-10-12", TEXT, ""),
    ("1/2", TEXT, ""),
]


def core(text: str) -> Any:
    """What YAML 1.2.2's core schema makes of a plain scalar: the table of section 10.3.2, row by row."""
    if re.fullmatch(r"null|Null|NULL|~|", text):
        return NOTHING
    if re.fullmatch(r"true|True|TRUE|false|False|FALSE", text):
        return text[0] in "tT"
    if re.fullmatch(r"[-+]?[0-9]+", text):
        return int(text)
    if re.fullmatch(r"0o[0-7]+", text):
        return int(text[2:], 8)
    if re.fullmatch(r"0x[0-9a-fA-F]+", text):
        return int(text[2:], 16)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
        return Fraction(text) if abs(int(re.split("[eE]", text + "e0")[1])) < 400 else float(text)
    if re.fullmatch(r"[-+]?(\.inf|\.Inf|\.INF)", text):
        return float(text.replace(".", ""))
    return float if re.fullmatch(r"\.nan|\.NaN|\.NAN", text) else TEXT


def ours(text: str) -> Any:
    """What an expression reads; the message, if it refuses."""
    try:
        return evaluate(text, {})
    except ExpressionError as error:
        return f"{error.message}: {error.help}"


@pytest.mark.parametrize(("text", "meaning", "message"), SCALARS, ids=lambda value: str(value)[:20])
def test_a_scalar(text: str, meaning: Any, message: str) -> None:
    assert core(text) == meaning
    found = ours(text)
    if message:
        assert isinstance(found, str)
        assert message in found
    elif meaning is not TEXT:
        assert (found, isinstance(found, bool)) == (meaning, isinstance(meaning, bool))


@given(st.text("0123456789.+-_eExXoObinfatrulINFTRUE~", max_size=8))
@example("1e400")
@example("0x")
def test_no_scalar_means_something_else_to_us(text: str) -> None:
    meaning, found = core(text), ours(text)
    if meaning is not TEXT and not isinstance(found, str):
        assert (found, isinstance(found, bool)) == (meaning, isinstance(meaning, bool))


@given(st.text("0123456789.+-eExoanfirulINTE~", max_size=6))
def test_what_is_no_text_to_an_editor_is_known(text: str) -> None:
    root = parsing.parse(tree.decode("s.yaml", f"a: '{text}'\n".encode()))
    assert isinstance(root, MappingNode)
    span = root.entries["a"][0].span
    assert ScalarNode(text, True, span).unlike_text is None
    meaning = core(text)
    kinds = {type(None): "nothing" if text else None, bool: "true or false"}
    expected = None if meaning is TEXT else kinds.get(type(meaning), "a number")
    assert ScalarNode(text, False, span).unlike_text == expected


NAMES = {
    "network": "network: {}\ninput: {{channels: 3, size: [8, 8]}}\nlayers: [relu]",
    "name": "input: {{channels: 3, size: [8, 8]}}\nlayers: [{{relu: , name: {}}}]",
    "from": "input: {{channels: 3, size: [8, 8]}}\nlayers: [{{relu: , name: '{0}'}}, {{tanh: , from: {0}}}]",
    "from a list": "input: {{channels: 3, size: [8, 8]}}\nlayers: [{{relu: , name: '{0}'}}, {{tanh: , from: [{0}]}}]",
    "like": "input: {{channels: 3, size: [8, 8]}}\nlayers: [{{relu: , name: '{0}'}}, crop: {{like: {0}}}]",
    "share": "input: {{channels: 3, size: [8, 8]}}\nlayers: [{{prelu: , name: '{0}'}}, {{prelu: , share: {0}}}]",
    "outputs": "input: {{channels: 3, size: [8, 8]}}\nlayers: [{{relu: , name: '{0}'}}]\noutputs: [{0}]",
}


@pytest.mark.parametrize("word", ["1e3", "0x1F", "0o7", "null", "true", "FALSE"])
@pytest.mark.parametrize("place", NAMES)
def test_a_name_is_text(place: str, word: str) -> None:
    kind = tree.NO_TEXT.get(word, "a number")
    with pytest.raises(SpecError, match=re.escape(f"`{word}` is {kind} in YAML")) as caught:
        read(tree.decode("s.yaml", NAMES[place].format(word).encode()))
    assert re.search(rf"quotes( around it)?: \"{word}\"", str(caught.value))
    assert read(
        tree.decode("s.yaml", NAMES[place].replace("{0}'", "{0}").replace("'{0}", "{0}").format(f"'{word}'").encode())
    ).layers


@pytest.mark.parametrize("word", ["null", "Null", "NULL", "True", "TRUE", "False", "FALSE", "true"])
@pytest.mark.parametrize(
    "text",
    [
        "symbols: {{{}: 3}}\ninput: {{channels: 3, size: [8, 8]}}\nlayers: [relu]",
        "blocks: {{{}: {{layers: [relu]}}}}\ninput: {{channels: 3, size: [8, 8]}}\nlayers: [relu]",
        "inputs: {{{}: {{channels: 3, size: [8, 8]}}}}\nlayers: [relu]",
    ],
)
def test_no_symbol_block_or_input_has_a_name_that_is_read_otherwise(text: str, word: str) -> None:
    with pytest.raises(SpecError, match=f"`{word}` has a meaning of its own"):
        read(tree.decode("s.yaml", text.format(word).encode()))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("%YAML 1.1\n---", "specs are YAML 1.2, not 1.1"),
        ("%YAML 1.2\n---", ""),
        ("network: ! x", "tags (`!`) are not part of the language"),
        ("network: ! [x]", "tags (`!`) are not part of the language"),
    ],
)
def test_nothing_changes_how_scalars_are_read(line: str, message: str) -> None:
    source = tree.decode("s.yaml", f"{line}\ninput: {{channels: 3, size: [8, 8]}}\nlayers: [relu]".encode())
    if not message:
        assert len(read(source).layers) == 1
        return
    with pytest.raises(SpecError) as caught:
        read(source)
    assert message in str(caught.value)
