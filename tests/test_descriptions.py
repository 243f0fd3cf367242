"""Descriptions are parsed once, whatever is asked of them; what is read is a value: kept, copied, compared, hashed."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import DATA, Run

import convcost
from convcost.language import parsing
from convcost.reading.description import Description
from convcost.reading.load import open_description
from convcost.reading.sources import bundled
from convcost.sweeping import forms

EXPECTED_AT = """\
network: tiny
symbols: {n: 1}
input: {channels: 3, size: [8, 8]}
layers:
  - {add: {a: [max_pool: {kernel: 2}], b: [conv: {out: 3*n, kernel: 2, stride: 2}]}, name: sum}
variants: {wide: {n: 1}}
expect: {macs: 576, at: [{n: 1, params: 39}, {variant: wide, macs: 576}]}
"""

COMMANDS = {
    "formula": ["formula", "mobilenet_v1"],
    "formula at values": [
        "formula",
        "mobilenet_v1",
        "--in",
        "alpha,resolution",
        "--at",
        "alpha=0.5",
        "--per-layer",
    ],
    "solve": ["solve", "mobilenet_v1", "--for", "alpha", "--subject-to", "macs <= 300e6", "--step", "0.25"],
    "sweep": ["sweep", "mobilenet_v1", "--over", "alpha=0.5,1"],
    "sweep of what decides the structure": ["sweep", "mobilenet_v1", "--over", "middle=4,5"],
    "symbolic": ["analyze", "mobilenet_v1", "--symbolic"],
    "check": ["check", "mobilenet_v1"],
    "replace": ["compare", "vgg11", "--replace", "conv=depthwise_separable"],
}


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that the YAML parser was given."""
    forms.form.cache_clear()
    texts: list[str] = []
    parser = parsing._Parser

    def counting(text: str) -> Any:
        texts.append(text)
        return parser(text)

    monkeypatch.setattr(parsing, "_Parser", counting)
    return texts


@pytest.mark.parametrize("name", COMMANDS)
def test_a_spec_is_parsed_once(run: Run, parsed: list[str], name: str) -> None:
    words = COMMANDS[name]
    assert run(*words).code == 0
    assert parsed.count(bundled()[words[1]].read_text(encoding="utf-8")) == 1


def test_a_check_of_rows_variants_and_joins_parses_once(run: Run, parsed: list[str]) -> None:
    # A row, a variant and a join that fits by luck are each the network at other settings or of another size.
    ran = run("check", "-", stdin=EXPECTED_AT.encode())
    assert (ran.code, parsed.count(EXPECTED_AT)) == (0, 1), ran.out


SPECS = {
    "plain": ("lenet5", {}),
    "variants and rows": ("mobilenet_v2", {}),
    "settings": ("mobilenet_v1", {"alpha": "0.5"}),
    "blocks of the library": ("shufflenet_v1", {"groups": 2}),
}

VALUES: dict[str, Callable[[str, dict[str, Any]], object]] = {
    "description": lambda spec, settings: open_description(spec),
    "network": convcost.load,
    "analysis": convcost.analyze,
    "diff": lambda spec, settings: convcost.compare(convcost.load("lenet5"), convcost.load(spec, settings)),
}


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("kind", VALUES)
def test_what_is_read_is_a_value(kind: str, spec: str) -> None:
    make, (name, settings) = VALUES[kind], SPECS[spec]
    value, other = make(name, settings), make("alexnet", {})
    for same in (make(name, settings), pickle.loads(pickle.dumps(value)), copy.deepcopy(value), copy.copy(value)):
        assert same == value
        assert hash(same) == hash(value)
    assert value != other
    assert len({value, make(name, settings), other}) == 2


def test_settings_are_part_of_the_value() -> None:
    assert convcost.load("mobilenet_v1", {"alpha": "0.5"}) != convcost.load("mobilenet_v1")
    # Layers are the same, but what they were made of is not.
    assert convcost.load("mobilenet_v1", {"alpha": 1}) != convcost.load("mobilenet_v1")


def test_a_copy_answers_as_the_description_does() -> None:
    kept: Description = pickle.loads(pickle.dumps(open_description("mobilenet_v1")))
    assert kept.network({"alpha": "0.5"}) == convcost.load("mobilenet_v1", {"alpha": "0.5"})
    assert kept.outline() == open_description("mobilenet_v1").outline()
    assert [problem.message for problem in kept.problems({"alpha": "0.3"})] != []


def test_a_pickle_holds_the_text_once() -> None:
    text = len(bundled()["resnet50"].read_bytes())
    assert len(pickle.dumps(open_description("resnet50"))) < text + 500


@pytest.mark.parametrize("kind", VALUES)
def test_a_model_is_a_value(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    path, make = str(DATA / "onnx/torchvision__resnet18__dynamo.onnx"), VALUES[kind]
    value = make(path, {})
    assert pickle.loads(pickle.dumps(value)) == copy.deepcopy(value) == make(path, {}) == value
    assert hash(make(path, {})) == hash(value)
