"""Repeat counts as symbols: one repetition stands for all, and what it adds is summed up in closed form."""

from __future__ import annotations

import json
import random
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import pytest
from command_line import DATA, Run

from convcost.algebra.assumptions import Condition, asked_of_all
from convcost.algebra.derivation import derive
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.law import DecidesStructure, Law
from convcost.algebra.polynomial import symbol
from convcost.analysis.costs import analyze
from convcost.errors import Source, SpecError
from convcost.figures import Setting
from convcost.ops.numbers import NeedsNumber, Number, sum_below
from convcost.reading.description import Description

FIGURES = ("macs", "params", "elements", "additions", "multiplies", "bytes_moved", "layers", "training_macs")

DENSENET = """
network: densenet
symbols: {growth: 12, a: 2, b: 3, c: 1, d: 2}
input: {channels: 3, size: [32, 32]}
blocks:
  transition:
    layers:
      - batch_norm
      - relu
      - conv: {out: input.channels//2, kernel: 1, bias: false}
      - avg_pool: {kernel: 2, stride: 2}
layers:
  - conv: {out: 2*growth, kernel: 7, stride: 2, padding: 3, bias: false}
  - {dense_layer: {growth: growth}, repeat: a}
  - transition
  - {dense_layer: {growth: growth}, repeat: b}
  - transition
  - {dense_layer: {growth: growth}, repeat: c}
  - transition
  - {dense_layer: {growth: growth}, repeat: d}
  - global_avg_pool
  - linear: {out: 10}
"""

VALID = """
symbols: {c: 4, k: 3, p: 0, n: 3, m: 2}
input: {channels: 8, size: [40, 30]}
layers:
  - conv: {out: c, kernel: 1}
  - {conv: {out: c, kernel: k, padding: p}, repeat: n}
  - max_pool: {kernel: 2}
  - {conv: {out: c, kernel: 3}, repeat: m}
"""

NESTED = """
symbols: {g: 4, n: 3, m: 2}
input: {channels: 8, size: [20]}
blocks:
  stage:
    args: {units: }
    layers:
      - {dense_layer: {growth: g}, repeat: units}
      - conv: {out: input.channels + 2*units, kernel: 3, bias: false}
layers:
  - {stage: {units: m}, repeat: n}
"""

BRANCHES = """
symbols: {w: 4, n: 3, m: 2, d: 2}
input: {channels: 8, size: [20, 30]}
blocks:
  unit:
    layers:
      - add:
          body:
            - {conv: {out: input.channels, kernel: 3, padding: 1}, repeat: m}
            - {relu: , repeat: d}
          short: []
layers:
  - conv: {out: w, kernel: 1}
  - concat:
      left: [{unit: , repeat: n}]
      right:
        - {conv: {out: w, kernel: 3, padding: 1}, repeat: m}
        - {dense_layer: {growth: w}, repeat: d}
  - {concat: {new: [conv: {out: w, kernel: 1}], old: []}, repeat: m}
"""

GROUPS = """
symbols: {g: 4, n: 3, q: 2}
input: {channels: 16, size: [10, 10]}
blocks:
  dense:
    layers:
      - concat: {new: [conv: {out: g, kernel: 3, padding: 1, groups: q}], old: []}
layers:
  - {dense: , repeat: n}
"""

PYRAMID = """
symbols: {a: 4, n: 3, m: 2}
input: {channels: 16, size: [40, 30]}
blocks:
  wider:
    layers:
      - conv: {out: input.channels + a, kernel: 3, padding: 1}
      - {depthwise_conv: {kernel: 3, padding: 1}, repeat: m}
layers:
  - {wider: , repeat: n}
  - {wider: , repeat: m}
  - linear: {out: 10}
"""

OTHER_FIRST = """
symbols: {c: 4, n: 3}
input: {channels: 3, size: [20, 20]}
layers:
  - {conv: {out: c, kernel: 3}, repeat: n}
"""


class Case(NamedTuple):
    """A spec, and what is assumed of its symbols."""

    text: str
    assume: tuple[str, ...] = ()
    least: int = 0
    """Of what says how often something is repeated."""


def facts() -> dict[str, Case]:
    """Specs whose formulas a person wrote, those with repeat counts."""
    folder = DATA / "laws"
    records = json.loads((folder / "laws.json").read_text())
    texts = {record["file"]: ((folder / record["file"]).read_text(), record["assume"]) for record in records}
    return {file: Case(text, tuple(assume)) for file, (text, assume) in texts.items() if "repeat: n" in text}


CASES = {
    "densenet": Case(DENSENET),
    "valid": Case(VALID),
    "nested": Case(NESTED),
    "branches": Case(BRANCHES),
    "groups": Case(GROUPS),
    "pyramid": Case(PYRAMID),
    "another one first": Case(OTHER_FIRST, least=1),
    **facts(),
}

REPEATS = {"n", "m", "d", "a", "b"}
"""Symbols that say how often something is repeated, in these specs."""


def law_of(
    text: str, free: Collection[str] | None = None, assume: Collection[str] = (), of: Collection[str] = FIGURES
) -> Law:
    return derive(Description(Source("net.yaml", text), "net"), free=free, assume=assume, of=of)


@pytest.mark.parametrize("name", CASES)
def test_closed_forms_are_what_is_counted(name: str) -> None:
    text, assume, least = CASES[name]
    agree(law_of(text, assume=assume), name, FIGURES, least)


@pytest.mark.parametrize("name", CASES)
def test_what_training_keeps_is_what_is_counted(name: str) -> None:
    # Where nothing is repeated, what follows keeps what stands before.
    text, assume, _ = CASES[name]
    repeats = sorted(Description(Source("net.yaml", text), "net").spec.symbols.keys() & REPEATS)
    law = law_of(text, assume=(*assume, *(f"{n} >= 1" for n in repeats)), of=("kept_for_backward",))
    agree(law, name, ("kept_for_backward",), least=1)


@pytest.mark.parametrize("name", CASES)
def test_flash_is_what_is_counted(name: str) -> None:
    text, assume, least = CASES[name]
    agree(law_of(text, assume=assume, of=("flash",)), name, ("flash",), least)


def agree(law: Law, name: str, figures: Collection[str], least: int) -> None:
    """Hold totals in symbols against what is counted at random values of them."""
    assert not any("repeats" in why or "layers" in why for why in law.bound.values())
    totals = {of: law.total(of) for of in figures}
    rng = random.Random(name)
    counted = 0
    for _ in range(1500):
        most = {variable.name: 9 if variable.name in "gqwcrk" else 40 for variable in law.variables}
        values = {n: rng.randint(least, 4) if n in REPEATS else rng.randint(1, most[n]) for n in most} | {"N": 2}
        at = law.at(values)
        if any(not condition.holds(at) for condition in law.domain):
            continue
        try:
            network = law.network_at(values)
        except SpecError:
            assert law.broken(at) is not None, values
            continue
        assert law.broken(at) is None, (values, law.broken(at))
        analysis = analyze(network, Setting(batch=2))
        assert {of: at(total) for of, total in totals.items()} == {of: analysis.of(of) for of in figures}, values
        counted += 1
        if counted == 60:
            return
    assert counted >= 20


@pytest.mark.parametrize("name", ["densenet", "valid", "nested", "groups"])
def test_arrays_give_what_numbers_give(name: str) -> None:
    law = law_of(CASES[name].text)
    rng = random.Random(name)
    rows = [
        {v.name: rng.randint(0, 4) if v.name in REPEATS else rng.randint(1, 30) for v in law.all_variables.values()}
        for _ in range(200)
    ]
    found, holds = law.evaluate_numbers(
        {"macs": law.total("macs")}, {key: [row[key] for row in rows] for key in rows[0]}
    )
    assert 0 < holds.sum() < 200 or name == "densenet"
    for row, value, ok in zip(rows, found["macs"].tolist(), holds.tolist(), strict=True):
        assert ok == (law.broken(law.at(row)) is None)
        assert not ok or value == law.at(row)(law.total("macs"))


def test_a_dense_block_is_a_sum() -> None:
    # Of layer i, from 0: a 1x1 convolution of (2 + i)*g channels to 4*g, and a 3x3 one of those to g.
    law = law_of(CASES["11_dense_block.yaml"].text)
    H, W, g, n = (law.all_variables[name].number for name in "HWgn")
    assert law.per_sample("macs") == H * W * g * (54 + sum_of_layers(g, n))
    assert law.network_at({"n": 0}).layers[-1].kind == "conv"
    assert law.output_shapes[0].channels == (n + 2) * g


def sum_of_layers(g: Number, n: Number) -> Number:
    """4*(2 + i)*g + 36*g for i from 0 to n - 1, where the sum of all i is n*(n - 1)/2."""
    return 44 * n * g + 2 * n * (n - 1) * g


def test_convolutions_without_padding_shrink_what_they_are_given() -> None:
    law = law_of(OTHER_FIRST)
    H, W, c, n = (law.all_variables[name].number for name in "HWcn")
    assert law.output_shapes[0].numbers == (c, H - 2 * n, W - 2 * n)
    for size, depth in ((20, 1), (20, 3), (33, 7)):
        ins = [3] + [4] * (depth - 1)
        expected = sum(9 * i * 4 * (size - 2 - 2 * k) ** 2 for k, i in enumerate(ins))
        assert law.evaluate("macs", {"H": size, "W": size, "n": depth}) == expected
    broken = law.broken(law.at({"H": 8, "n": 4}))
    assert broken is not None
    assert (broken.kind, broken.number) == (">=", H - 2 * n - 1)


@pytest.mark.parametrize("power", range(8))
def test_sums_of_powers(power: int) -> None:
    i, n = symbol("i", whole=True), symbol("n", whole=True)
    closed = sum_below(i, n, 3 * i**power + 1)
    for count in range(12):
        assert Evaluation({"n": count})(closed) == sum(3 * k**power + 1 for k in range(count))


@pytest.mark.parametrize("kind", ["whole", ">=", ">", "==", "!="])
def test_what_holds_in_all_repetitions_is_asked_once(kind: str) -> None:
    i, n, a, b = (symbol(name, whole=True) for name in ("i", "n", "a", "b"))
    for number in (a - b * i, a - 7 + b * i, (a + b * i) / 3, (a - 2 * i) // 2 - b):
        try:
            conditions = list(asked_of_all(Condition(kind, number), i, n))
        except NeedsNumber:
            assert (kind in ("whole", "=="), number.atoms[-1].kind) == (True, "floor")
            continue
        for values in ({"a": x, "b": y, "n": z} for x in range(8) for y in range(4) for z in range(5)):
            each = [Condition(kind, number).holds(Evaluation({**values, "i": k})) for k in range(values["n"])]
            found = all(condition.holds(Evaluation(values)) for condition in conditions)
            # A number that is not 0 may still change its sign between two repetitions: this is refused.
            assert found == all(each) or (kind == "!=" and not found), (number, values)


# What is left free


def test_a_densenet_has_a_law(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "densenet.yaml"
    spec.write_text(DENSENET)
    ran = run("formula", str(spec), "--in", "growth,a,b,c,d")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("macs(growth, a, b, c, d) = ")


def test_choices_between_networks_are_left_free_on_demand(run: Run, tmp_path: Path) -> None:
    stem = "  - conv: {out: width, kernel: 1}\n"  # so that no shortcut depends on the width
    plain = f"symbols: {{width: 8, depth: 2}}\ninput: {{channels: 8, size: [32, 32]}}\nlayers:\n{stem}"
    unit = "  - {basic_block: {out: width}, repeat: depth}\n"
    rounded = "  - {basic_block: {out: width}, repeat: ceil(1.5*depth)}\n"
    variants = "variants:\n  deep: {depth: 9}\n"
    for text, free in ((plain + unit, True), (plain + rounded, False), (plain + unit + variants, False)):
        spec = tmp_path / "net.yaml"
        spec.write_text(text)
        first = "N, width, depth, H, W" if free else "N, width, H, W"
        out = run("formula", str(spec)).out
        assert out.startswith(f"macs({first}) = ")
        assert free or "2 (decides which layers there are)" in out
        assert run("formula", str(spec), "--in", "depth").out.startswith("macs(depth) = ")


REASONS = [
    ("{max_pool: {kernel: 2}, repeat: n}", "macs", "repeats `max_pool.0`, which changes shapes by other numbers"),
    ("{wide: , repeat: n}", "macs", "repeats `wide.0.conv_2`, which changes shapes by other numbers each time"),
    ("{conv: {out: 4, kernel: 3}, repeat: n}", "useful_macs", "repeats `conv_2.0`, whose figures do not add up"),
]


@pytest.mark.parametrize(("entry", "of", "why"), REASONS)
def test_what_does_not_close_says_why(entry: str, of: str, why: str, run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "symbols: {n: 2}\ninput: {channels: 4, size: [32, 32]}\nlayers:\n"
        f"  - conv: {{out: 4, kernel: 1}}\n  - {entry}\n"
        "blocks:\n  wide:\n    layers:\n      - conv: {out: input.channels, kernel: 1}\n"
        "      - conv: {out: 2*input.channels, kernel: 1}\n"
    )
    assert f"2 ({why}" in " ".join(run("formula", str(spec), "--of", of).out.split())
    refused = run("formula", str(spec), "--in", "n", "--of", of)
    assert (refused.code, refused.out) == (2, "")
    assert f"error: `n` {why}" in refused.err


def test_a_law_without_a_closed_sum_refuses_to_add_up() -> None:
    entry = "{conv: {out: 4, kernel: 3}, repeat: n}"
    law = law_of(f"symbols: {{n: 2}}\ninput: {{channels: 4, size: [32]}}\nlayers:\n  - {entry}\n")
    with pytest.raises(DecidesStructure, match=r"`n` repeats `conv\.0`"):
        law.total("useful_macs")


def test_no_shape_depends_on_which_repetition_it_was_made_in() -> None:
    text = """
symbols: {n: 2}
input: {channels: 4, size: [8]}
layers:
  - {concat: {new: [conv: {out: 2, kernel: 1}], all: [conv: {out: input.channels, kernel: 1}]}, repeat: n}
  - {conv: {out: 3, kernel: 1}, from: all}
"""
    with pytest.raises((DecidesStructure, SpecError)):
        law_of(text, ["n"])


def test_layers_of_one_repetition_say_which(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(DENSENET.replace("growth:", "i:", 1).replace("growth}", "i}").replace("2*growth", "2*i"))
    out = run("formula", str(spec), "--per-layer", "--format", "csv").out
    assert ",(i*i_1 + 2*i) x " in out
