"""Sweeps against `analyze`: the same numbers at every point, in every kind of file, whatever dies on the way."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import Run
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from convcost.analysis.costs import analyze
from convcost.errors import Source, SpecError, UsageError
from convcost.figures import Setting
from convcost.files import held
from convcost.ops.numbers import Number
from convcost.reading.description import Description
from convcost.reading.load import open_description
from convcost.reading.sources import open_source
from convcost.sweeping import engines, prepare
from convcost.sweeping.axes import Axis, axis, decimal, divided
from convcost.sweeping.blocks import Block, evaluated
from convcost.sweeping.chunks import Task, rows_of
from convcost.sweeping.encodings import Csv
from convcost.sweeping.engines import outcomes
from convcost.sweeping.forms import form
from convcost.sweeping.front import Front, Objective
from convcost.sweeping.plan import Plan, _Grid
from convcost.sweeping.prepare import prepared
from convcost.sweeping.products import Products

CONVCOST = str(Path(sys.executable).with_name("convcost"))


def plan(spec: str, *over: str, totals: tuple[str, ...] = ("macs", "params"), **rest: Any) -> Plan:
    return prepared(Plan(open_description(spec), (), None, tuple(map(axis, over)), totals, **rest))


def rows(plan: Plan) -> dict[tuple[Number, ...], list[int]]:
    """The totals by the values of the symbols."""
    found = {}
    for row in rows_of(plan):
        values = tuple(divided(n, axis.below) for n, axis in zip(row, plan.axes, strict=False))
        assert values not in found
        found[values] = list(row[len(plan.axes) :])
    return found


@cache
def described(text: str, name: str) -> Description:
    return Description(Source("net.yaml", text), name)


def analyzed(plan: Plan) -> dict[tuple[Number, ...], list[int]]:
    """The same, every point read and counted by itself."""
    found = {}
    for values in product(*([side.value(n) for n in range(len(side))] for side in plan.axes)):
        named = dict(zip(plan.names, values, strict=True))
        batch, text = named.pop("N", 1), plan.description.source.text
        if "H" in named:
            size = f"size: [{named.pop('H')}, {named.pop('W')}]"
            text = re.sub(r"size: \[.*?\]", size, text)
        try:
            network = described(text, plan.description.spec.name).network(named, expecting=False)
        except SpecError:
            continue
        if batch >= 1 and batch % 1 == 0:
            analysis = analyze(network, Setting(batch=batch))
            found[values] = [int(analysis.of(of)) for of in plan.totals]
    return found


# Every point is what `analyze` says

GRIDS = [
    ("resnet50", "H=1,31,32,33,224,225", "W=7:480:77"),
    ("resnet50", "early=0,1", "H=32,97", "W=224"),
    ("resnet50", "N=-1:3:0.5", "H=0:300:75", "W=64"),
    ("mobilenet_v1", "alpha=0.25:1.5:0.125", "resolution=96:320:56"),
    ("mobilenet_v1", "alpha=0.24:0.3:0.01", "middle=0:6:2"),
    ("mobilenet_v2", "alpha=0.05:1.5:0.05", "resolution=96,225"),
    ("mobilenet_v2", "alpha=-0.5:0.5:0.25"),
    ("efficientnet_b0", "width=0.5:2:0.3", "depth=0.5:2:0.3"),
    ("shufflenet_v1", "groups=1,2,3,4,8", "channels=144:960:24"),
    ("shufflenet_v1", "groups=-1:3", "channels=-240,0,120,144,10000000"),
    ("shufflenet_v2", "channels=20:48:2", "resolution=32:224:64"),
    ("googlenet", "resolution=1:260:9"),
    ("resnext50_32x4d", "cardinality=1,8,32", "d=0:4:1/3"),
    ("unet", "resolution=100:300:4"),
    ("lenet5", "resolution=28:40"),
]


@pytest.mark.slow
@pytest.mark.parametrize("case", GRIDS, ids=" ".join)
def test_every_point_is_what_analyze_says(case: tuple[str, ...]) -> None:
    found = plan(*case, totals=("macs", "params", "elements"))
    expected = analyzed(found)
    assert expected
    assert rows(found) == expected


LAYERS = [
    ("conv_transpose: {out: 8, kernel: 3, stride: 3, dilation: s}", "s=0:5", "H=5,6", "W=7"),
    (
        "conv_transpose: {out: 8, kernel: 3, stride: s, dilation: d, output_padding: 1}",
        "s=-1:3",
        "d=0:3",
        "H=1:3",
        "W=5",
    ),
    ("conv: {out: 48/s, kernel: 3}", "s=-1:5", "H=1:4", "W=3"),
    ("conv: {out: 4, kernel: 3, padding: 1, stride: s}", "s=0:3", "H=0:4", "W=1:3"),
    ("conv: {out: 4, kernel: 3, padding: 1, dilation: s}", "s=0:3", "H=4:6", "W=5"),
    ("conv: {out: 'make_divisible(30, s)', kernel: 3}", "s=-2:40"),
    ("conv: {out: 'make_divisible(30*d, s)', kernel: 3}", "s=-1:9:0.5", "d=0:1:0.25"),
    ("local_response_norm", "H=0:3", "W=0:2"),
]


@pytest.mark.parametrize("case", LAYERS, ids=" ".join)
def test_what_is_refused_is_left_out(case: tuple[str, ...], tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(f"symbols: {{s: 1, d: 2}}\ninput: {{channels: 8, size: [19, 19]}}\nlayers:\n  - {case[0]}\n")
    found = plan(str(spec), *case[1:], totals=("macs", "params", "elements", "useful_macs"))
    expected = analyzed(found)
    assert 0 < len(expected) < found.points
    assert rows(found) == expected


WIDTHS = ("round({})", "max(1, floor({}))", "max(1, min(64, ceil({})))", "({}) % 7 + 1")


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    """Arithmetic as specs have it; what is divided by may be negative, a fraction, or zero."""
    if depth == 0:
        return draw(st.sampled_from(["d", "d", "e", "e", "3", "2.5", "(-2)", "0.75", "12"]))
    a, b = draw(expressions(depth - 1)), draw(expressions(draw(st.sampled_from([0, depth - 1]))))
    forms = "{} + {}", "{} - {}", "{} * {}", "{} / {}", "{} / {}", "{} // {}", "{} % {}"
    calls = "min({}, {})", "max({}, {})", "round({})", "floor({})", "ceil({})", "make_divisible({}, 4)", "(-{})"
    form = draw(st.sampled_from([*(f"({form})" for form in forms), *calls]))
    return form.format(a, b)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(expressions(), st.sampled_from(WIDTHS), st.sampled_from(["8", "-3", "0.5"]))
def test_every_point_of_random_widths(expression: str, width: str, d: str) -> None:
    layers = f"layers:\n  - conv: {{out: '{width.format(expression)}', kernel: 3}}\n  - conv: {{out: 4, kernel: 1}}\n"
    text = f"symbols: {{d: {d}, e: 2}}\ninput: {{channels: 8, size: [9, 9]}}\n{layers}"
    axes = (axis("d=-3:9:0.75"), axis("e=-2,0.5,4"))
    asked = Plan(Description(Source("net.yaml", text), "net"), (), None, axes, ("macs", "params"))
    try:
        found = prepared(asked)
    except (SpecError, UsageError):  # nowhere a network, or too many forms
        reject()
    assert rows(found) == analyzed(found)


SWITCHES = """
symbols: {s: 0, t: 1, u: 1, n: 2, w: 8}
input: {channels: 8, size: [24, 24]}
layers:
  - conv: {out: w, kernel: 1}
  - {conv: {out: w, kernel: 3, padding: 1, stride: 2}, repeat: s}
  - {max_pool: {kernel: 13}, repeat: t}
  - {conv: {out: w, kernel: 3, padding: 1}, repeat: n}
  - {upsample: {scale: 2}, repeat: u}
"""


def test_what_is_worked_out_everywhere_is_bounded_in_all_forms_together() -> None:
    sides = ("H=32:95", "W=32:95")  # 4,096 combinations
    for over, sample, value, is_spread in [
        ((), 5000, (), True),
        ((), 4000, (), False),
        (("early=0:1",), 5000, (0,), False),
    ]:
        drawn = prepared(plan("resnet50", *over, *sides, sample=sample))
        total = form(drawn, *value).totals[0]
        assert isinstance(total, Products)
        assert (total.everywhere is not None) is is_spread


def test_what_decides_the_structure_is_drawn(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(SWITCHES)
    over = ("s=0,1", "w=4,8", "t=0,1", "n=0:3", "u=0,1")
    drawn = plan(str(spec), *over, sample=2000)
    found = {tuple(row[:5]): list(row[5:]) for row in rows_of(drawn)}
    assert (len(found), found) == (48, analyzed(replace(drawn, sample=None)))  # a pool does not fit behind a stride
    assert rows_of(drawn) == rows_of(plan(str(spec), *over, sample=2000, seed=0))
    form.cache_clear()
    rows_of(drawn)
    assert form.cache_info().misses == 8  # n repetitions that change nothing are one form
    ran = run("sweep", "resnet50", "--over", "early=0:1", "--over", "H=7:480", "--sample", "5")
    assert ran.code == 0
    assert "points  5 at random" in ran.out


CONDITIONS = """
symbols: {w: 8, s: 1, deep: 1}
input: {channels: 8, size: [9, 9]}
blocks:
  unit:
    args: {out: , stride: 1, shortcut: stride == 1 and input.channels == out}
    layers:
      - {conv: {out: out, kernel: 3, padding: 1, stride: stride, bias: false}, name: body}
      - {add: , from: [input, body], when: shortcut}
      - {batch_norm: , when: not shortcut}
layers:
  - unit: {out: w, stride: s}
  - unit: {out: "make_divisible(w, 8)"}
  - {conv: {out: w, kernel: 1}, when: w > 11}
  - concat: {a: [], b: {when: 2*deep >= w - 2, layers: [relu]}}
"""


def test_conditions_choose_between_networks(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(CONDITIONS)
    found = plan(str(spec), "w=6:17", "s=1,2", "deep=0:4:2", totals=("macs", "params", "elements", "norm"))
    expected = analyzed(found)
    assert len(expected) == 12 * 2 * 3
    assert rows(found) == expected


def test_a_division_by_zero_is_refused(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    for width, taken in (("round(12/d)", [1, 2, 3]), ("max(12//(d - 2), 1)", [-1, 0, 1, 3]), ("4*d/d", [-1, 1, 2, 3])):
        spec.write_text(
            f"symbols: {{d: 8}}\ninput: {{channels: 4, size: [8]}}\nlayers: [conv: {{out: '{width}', kernel: 1}}]"
        )
        out = run("sweep", str(spec), "--over", "d=-1:3", "--format", "csv").out
        assert [int(line.partition(",")[0]) for line in out.splitlines()[1:]] == taken


def test_a_negative_denominator_rounds_the_right_way(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    layer = "conv: {out: 'round(12/min(d, 8))', kernel: 1}"
    spec.write_text(f"symbols: {{d: 8}}\ninput: {{channels: 64, size: [8, 8]}}\nlayers: [{layer}]")
    out = run("sweep", str(spec), "--over", "d=4.8,5,6,7,8", "--of", "macs", "--format", "csv").out
    # 12/4.8 = 2.5, 2.4, 2, 1.7, 1.5: each is 2 channels from 64, at 64 positions.
    assert [line.partition(",")[2] for line in out.splitlines()[1:]] == ["8192"] * 5


def test_totals_that_are_not_what_is_counted_are_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    totals_at = prepare.totals_at

    def one_too_many(*arguments: Any) -> Any:
        (macs,), holds = totals_at(*arguments)
        # Only where no axis is at an end.
        macs = np.array(macs)
        macs[-prepare.TRIED :] += 1
        return (macs,), holds

    monkeypatch.setattr(prepare, "totals_at", one_too_many)
    with pytest.raises(RuntimeError, match="are counted"):
        plan("lenet5", "resolution=28:40", totals=("macs",))


@pytest.mark.slow
def test_more_layers_than_there_may_be_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for room in ("blocks", "entries"):
        monkeypatch.setattr(f"convcost.language.{room}.MAX_LAYERS", 200)
    found = plan("mobilenet_v1", "middle=1:100000")
    assert found.points == 100_000
    expected = analyzed(plan("mobilenet_v1", "middle=1:60"))
    assert 0 < len(expected) < 60
    taken = np.concatenate(
        [block.taken(block.above[0]) for block in map(partial(evaluated, found), range(found.blocks))]
    )
    assert [(n,) for n in taken.tolist()] == list(expected)


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ("classes=1000000000000,5", "classes <= 2147483647"),
        ("middle=-1:1", "middle >= 0"),
        ("alpha=0.5,1/3", "32*alpha is whole"),
    ],
)
def test_the_reason_is_the_one_that_holds(over: str, reason: str, run: Run) -> None:
    out = run("sweep", "mobilenet_v1", "--over", over).out
    assert f"left out  1 that the network refuses: it takes those where {reason}\n" in out


@pytest.mark.parametrize("symbol", ["resolution=5490001:5493001:500", "resolution=2147483560:2147483660:20"])
def test_beyond_64_bits(symbol: str, run: Run) -> None:
    found = plan("vgg16", symbol, totals=("macs",), chunk=4)
    expected = analyzed(found)
    sizes = [total.bit_length() for (total,) in expected.values()]
    assert max(sizes) > 63
    assert (min(sizes) == 63) == ("5490001" in symbol)
    assert rows(found) == expected
    out = run("sweep", "vgg16", "--over", symbol, "--of", "macs", "--format", "csv").out
    assert [[int(n) for n in line.split(",")] for line in out.splitlines()[1:]] == [
        [size, total] for (size,), (total,) in expected.items()
    ]


@pytest.mark.parametrize(
    "over", [("H=94906261:94906265", "W=94906263:94906265"), ("H=94906261:94906270", "W=94906271")]
)
def test_where_floats_end(over: tuple[str, ...], tmp_path: Path) -> None:
    # 94906265 squared is the last square below 2**53: up to there, whole numbers are exact in floats.
    spec = tmp_path / "net.yaml"
    spec.write_text("input: {channels: 1, size: [5, 5]}\nlayers: [conv: {out: 1, kernel: 1, bias: false}]")
    found = plan(str(spec), *over, totals=("macs",))
    at = form(found)
    assert at is not None
    assert isinstance(at.totals[0], Products) == ("94906271" not in over[1])
    assert rows(found) == analyzed(found)


def test_guards_that_only_numbers_answer(tmp_path: Path) -> None:
    spec = tmp_path / "gate.yaml"
    layer = "mul: {a: [], b: [max_pool: {kernel: 20}]}"
    spec.write_text(f"symbols: {{n: 20}}\ninput: {{channels: 4, size: [n]}}\nlayers: [{layer}]")
    # A gate has one position: 20 to 39 are pooled to one, fewer to none and more to two.
    assert set(rows(plan(str(spec), "n=10:50", totals=("multiplies",)))) == {(n,) for n in range(20, 40)}
    with pytest.raises(UsageError, match="at most 10,000"):
        rows(plan(str(spec), "n=1:20000"))


def test_a_form_that_promises_too_much_is_no_result(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text("symbols: {k: 1}\ninput: {channels: 4, size: [8]}\nlayers: [dropout: {p: k/10}]")
    with pytest.raises(UsageError, match="refuses k = 45"):
        plan(str(spec), "k=1:45")


def test_the_default_need_not_be_a_network() -> None:
    source, name = open_source("shufflenet_v1")
    text = source.text.replace("groups: 3", "groups: 8")
    assert text != source.text
    description = Description(Source("net.yaml", text), name)
    found = prepared(Plan(description, (), None, (axis("channels=384:400:8"),), ("params",)))
    assert list(rows(found)) == [(384,)]


# Axes

AXES = [
    ("a=0.25:1.5:0.05", [Fraction(n, 20) for n in range(5, 31)]),
    ("a=1:2:0.3", [1, Fraction(13, 10), Fraction(8, 5), Fraction(19, 10)]),
    ("a=-2:2", [-2, -1, 0, 1, 2]),
    ("a=3:3", [3]),
    ("a=3:4:5", [3]),
    ("a=3:8:5", [3, 8]),
    ("a=9223372036854775800:9223372036854775807:3", [2**63 - 8, 2**63 - 5, 2**63 - 2]),
    ("a=-9223372036854775807:9223372036854775807:9223372036854775807", [1 - 2**63, 0, 2**63 - 1]),
    ("a=0.5, 0.25,1/3", [Fraction(1, 2), Fraction(1, 4), Fraction(1, 3)]),
]


@pytest.mark.parametrize(("word", "values"), AXES)
def test_axes_are_exact(word: str, values: list[Number]) -> None:
    found = axis(word)
    assert [found.value(n) for n in range(len(found))] == values
    column = found.part(0, len(found))
    assert [Fraction(n, column.below) for n in column.above.tolist()] == values
    assert axis(str(found)) == found
    picked = found.pick(np.arange(len(found))[::-1])
    assert [Fraction(n, picked.below) for n in picked.above.tolist()] == values[::-1]
    assert found.ends == (min(values), max(values))


@given(st.fractions())
def test_decimals_round_trip(value: Fraction) -> None:
    assert Fraction(decimal(value.numerator, value.denominator)) == value


@settings(deadline=None)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=4), st.integers(0, 4), st.integers(1, 200))
def test_blocks_have_every_point_once(sizes: list[int], fixed: int, most: int) -> None:
    fixed = min(fixed, len(sizes))
    grid = _Grid(tuple(sizes), fixed, most)
    points: list[tuple[int, ...]] = []
    for number in range(grid.blocks):
        assert grid.first(number) == len(points)
        slices = grid.slices(number)
        block = list(product(*(range(part.start, part.stop) for part in slices)))
        assert 1 <= len(block) <= max(1, grid.most) <= most
        assert all(part.stop == part.start + 1 for part in slices[:fixed])
        points += block
    assert points == list(product(*map(range, sizes)))
    assert grid.first(grid.blocks) == len(points)


@pytest.mark.slow
def test_samples_are_points_of_the_grid() -> None:
    whole = rows(plan("mobilenet_v1", "alpha=0.25:2:0.125", "resolution=32:512"))
    drawn = [
        rows_of(plan("mobilenet_v1", "alpha=0.25:2:0.125", "resolution=32:512", sample=20_000, seed=n))
        for n in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0]) == 20_000
    assert {(Fraction(a, 8), r, *totals) for a, r, *totals in drawn[0]} <= {
        (*key, *totals) for key, totals in whole.items()
    }
    counts = np.bincount([a for a, *_ in drawn[0]], minlength=17)[2:]
    assert counts.min() > 20_000 / 15 * 0.8


# Fronts


def is_dominated(key: tuple[int, ...], keys: set[tuple[int, ...]]) -> bool:
    return any(other != key and all(a <= b for a, b in zip(other, key, strict=True)) for other in keys)


@pytest.mark.slow
@settings(deadline=None)
@given(st.data(), st.integers(1, 3), st.sampled_from([3, 20, 1000, 2**70]))
def test_fronts_are_those_of_brute_force(data: st.DataObject, objectives: int, most: int) -> None:
    more = data.draw(st.lists(st.booleans(), min_size=objectives, max_size=objectives))
    size = data.draw(st.integers(1, 60))
    points = data.draw(st.lists(st.tuples(*[st.integers(-most, most)] * objectives), min_size=size, max_size=size))
    names = [f"t{n}" for n in range(objectives)]
    source = Plan(open_description("lenet5"), (), None, (Axis("n", range(size), 1),), tuple(names))
    front = Front([Objective(*pair) for pair in zip(names, more, strict=True)], ["n", *names])
    step = data.draw(st.integers(1, size))
    others = Front(front.objectives, front.columns)
    holds = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    for n, start in enumerate(range(0, size, step)):
        part = points[start : start + step]
        columns = [np.array(column, dtype=np.int64 if most < 2**63 else object) for column in zip(*part, strict=True)]
        block = Block(
            source,
            start,
            (len(part),),
            (np.arange(start, start + len(part)),),
            tuple(columns),
            holds[start : start + step],
        )
        (front if n % 2 else others).add(block)
    front.merge(others)
    signs = [-1 if most else 1 for most in more]
    keys = [tuple(a * s for a, s in zip(point, signs, strict=True)) for point in points]
    there = {key for key, ok in zip(keys, holds.tolist(), strict=True) if ok}
    expected = {key for key in there if not is_dominated(key, there)}
    found = [tuple(a * s for a, s in zip(row[1:], signs, strict=True)) for row in front.rows()]
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert all(points[row[0]] == row[1:] and holds[row[0]] for row in front.rows())


@pytest.mark.parametrize("words", ["macs,params", "max:macs,params", "macs,resolution", "macs,max:params,resolution"])
def test_fronts_of_networks(words: str, run: Run) -> None:
    over = ["--over", "alpha=0.2:1.4:0.05", "--over", "resolution=96:320:16"]
    found = json.loads(run("sweep", "mobilenet_v2", *over, "--pareto", words, "--format", "json").out)["rows"]
    every = json.loads(run("sweep", "mobilenet_v2", *over, "--format", "json").out)["rows"]
    names = [word.removeprefix("max:") for word in words.split(",")]
    signs = [-1 if "max:" in word or "resolution" in word else 1 for word in words.split(",")]

    def keys(rows: list[Any]) -> set[tuple[int, ...]]:
        flat = [{**row["values"], **row["totals"]} for row in rows]
        return {tuple(s * row[name] for s, name in zip(signs, names, strict=True)) for row in flat}

    assert keys(found) == {key for key in keys(every) if not is_dominated(key, keys(every))}
    assert all(row in every for row in found)


# Files

SWEEP = ("sweep", "mobilenet_v1", "--over", "alpha=0.25:1.25:0.125", "--over", "resolution=32:1031")


@pytest.mark.slow
def test_csv_has_every_digit(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    ran = run(*SWEEP, "-o", str(out), "--chunk", "2500")
    assert (ran.code, ran.err) == (0, "")
    assert "9,000, of 9 alpha x 1,000 resolution" in ran.out
    with out.open() as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["alpha", "resolution", "macs", "params"]
    expected = rows(plan("mobilenet_v1", *SWEEP[3::2]))
    assert [[Fraction(cell) for cell in line] for line in lines[1:]] == [[*key, *row] for key, row in expected.items()]
    assert lines[1][0] == "0.25"
    assert list(tmp_path.iterdir()) == [out]
    assert run(*SWEEP, "--format", "csv").out == out.read_text()


@pytest.mark.parametrize(
    "case",
    [
        ("mobilenet_v1", "alpha=0.25:1.25:0.125", "resolution=32:131"),
        ("resnext50_32x4d", "cardinality=1,8,32", "d=0:4:1/3"),
        ("resnet50", "N=-1:3:0.5", "H=0:300:75", "W=64"),
        ("vgg16", "resolution=5490001:5493001:500"),
    ],
    ids=" ".join,
)
def test_pyarrow_writes_the_same_bytes(case: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    found = plan(*case)
    blocks = [evaluated(found, number) for number in range(found.blocks)]
    text = Csv().encode(found, blocks)
    monkeypatch.setattr("convcost.sweeping.encodings.FEW", 0)
    assert Csv().encode(found, blocks) == text
    assert text.count(b"\n") == sum(block.rows for block in blocks) > 0


@pytest.mark.slow
def test_parquet_has_what_csv_has(run: Run, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "out.parquet"
    assert run(*SWEEP, "-o", str(out), "--chunk", "2500").code == 0
    table = parquet.read_table(out)
    text = run(*SWEEP, "--format", "csv").out.splitlines()[1:]
    assert [",".join(map(str, row.values())) for row in table.to_pylist()] == [
        line.replace("1,", "1.0,", 1) if line.startswith("1,") else line for line in text
    ]
    first = out.read_bytes()
    assert run(*SWEEP, "-o", str(out), "--chunk", "2500", "--jobs", "2").code == 0
    assert out.read_bytes() == first


@pytest.mark.slow
def test_parquet_has_38_digits(run: Run, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "out.parquet"
    over = ("--over", "resolution=2147483640:2147483660:4", "--of", "macs")
    assert run("sweep", "vgg16", *over, "-o", str(out)).code == 0
    lines = run("sweep", "vgg16", *over, "--format", "csv").out.splitlines()[1:]
    assert [f"{row['resolution']},{row['macs']}" for row in parquet.read_table(out).to_pylist()] == lines


def test_parquet_has_38_digits_of_symbols_too(run: Run, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    spec, out = tmp_path / "net.yaml", tmp_path / "out.parquet"
    spec.write_text("symbols: {b: 1}\ninput: {channels: 8, size: [19]}\nlayers: [relu]\n")
    sweep = ("sweep", str(spec), "-o", str(out), "--chunk", "2", "--over")
    assert run(*sweep, f"b=5,6,7,{2**64}").code == 0
    assert [int(row["b"]) for row in parquet.read_table(out).to_pylist()] == [5, 6, 7, 2**64]
    assert run(*sweep, f"b={2**63 - 3}:{2**63 + 4}").code == 0
    assert [int(row["b"]) for row in parquet.read_table(out).to_pylist()] == list(range(2**63 - 3, 2**63 + 5))
    ran = run(*sweep, f"b=5,{10**39}")
    assert ran.code == 2
    assert "`b` may have more than 38 digits" in ran.err


def test_the_first_rows_of_very_many_come_at_once() -> None:
    many = plan("lenet5", "resolution=32:1000031", "classes=1:1000000", chunk=1)
    assert many.chunks == 10**12
    task = Task(many, ".csv")
    first = next(outcomes((task, chunk) for chunk in range(many.chunks)))
    # The paper has 60,000 parameters that are trained; those of the outputs are not.
    assert first.data == b"32,1,327256,60000\n"


def test_parquet_without_pyarrow_names_the_extra(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convcost.sweeping.encodings.find_spec", lambda name: None)
    ran = run(*SWEEP, "-o", str(tmp_path / "out.parquet"))
    assert ran.code == 2
    assert "pip install 'convcost[parquet]'" in ran.err
    assert not list(tmp_path.iterdir())


def test_shards_make_one_file(run: Run, tmp_path: Path) -> None:
    whole, out = tmp_path / "whole.csv", tmp_path / "out.csv"
    assert run(*SWEEP, "-o", str(whole), "--chunk", "1000").code == 0
    texts = [run(*SWEEP, "-o", str(out), "--chunk", "1000", "--shard", f"{n}/3").out for n in (3, 1, 2)]
    assert not out.exists()
    assert "6 chunks are left for other parts" in texts[0]
    assert "run without --shard to join all" in texts[2]
    assert "3,000, of" in texts[2]
    ran = run(*SWEEP, "-o", str(out), "--chunk", "1000")
    assert "9,000, of" in ran.out
    assert out.read_bytes() == whole.read_bytes()


@pytest.fixture
def chunks_run(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The chunks that are evaluated, by number."""
    seen: list[int] = []
    run = engines.run

    def noted(task: Any, chunk: int) -> Any:
        seen.append(chunk)
        return run(task, chunk)

    monkeypatch.setattr(engines, "run", noted)
    return seen


def test_finished_chunks_are_not_evaluated_again(run: Run, tmp_path: Path, chunks_run: list[int]) -> None:
    out = tmp_path / "out.csv"
    arguments = (*SWEEP, "-o", str(out), "--chunk", "1000")
    assert run(*arguments, "--shard", "1/3").code == 0
    assert chunks_run == [0, 3, 6]
    chunks_run.clear()
    assert "9,000, of" in run(*arguments).out
    assert chunks_run == [1, 2, 4, 5, 7, 8]
    chunks_run.clear()
    # What is joined is done: a rerun starts anew, and ends the same.
    first = out.read_bytes()
    run(*arguments)
    assert chunks_run == list(range(9))
    assert out.read_bytes() == first


@pytest.mark.parametrize(
    "change",
    [("--set", "classes=10"), ("--of", "macs"), ("--over", "classes=5"), ("--chunk", "500"), ("--sample", "9000")],
    ids=" ".join,
)
def test_another_sweep_has_other_chunks(
    change: tuple[str, str], run: Run, tmp_path: Path, chunks_run: list[int]
) -> None:
    arguments = (*SWEEP, "-o", str(tmp_path / "out.csv"), "--chunk", "1000")
    run(*arguments, "--shard", "1/3")
    chunks_run.clear()
    assert run(*arguments, *change).code == 0
    assert chunks_run == list(range(len(chunks_run)))


def test_another_spec_or_other_code_has_other_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    one = plan("lenet5", "resolution=28:40")
    source, name = open_source("lenet5")
    other = Description(Source(source.name, source.text.replace("classes: 10", "classes: 11")), name)
    digests = {one.digest, Plan(other, (), None, one.axes, one.totals).digest}
    monkeypatch.setattr("convcost.sweeping.plan._code", lambda: "other code")
    digests.add(plan("lenet5", "resolution=28:40").digest)
    assert len(digests) == 3


@pytest.mark.parametrize("tear", [lambda data: data[:100], lambda data: data[:-1], lambda data: data[:-2] + b"x\n"])
def test_a_torn_chunk_is_evaluated_again(
    tear: Callable[[bytes], bytes], run: Run, tmp_path: Path, chunks_run: list[int]
) -> None:
    arguments = (*SWEEP, "-o", str(tmp_path / "out.csv"), "--chunk", "1000")
    whole = run(*arguments) and (tmp_path / "out.csv").read_bytes()
    assert run(*arguments, "--shard", "1/3").code == 0
    torn = chunks_in(tmp_path)[1]
    torn.write_bytes(tear(torn.read_bytes()))
    chunks_run.clear()
    assert run(*arguments).code == 0
    assert chunks_run == [1, 2, 3, 4, 5, 7, 8]
    assert (tmp_path / "out.csv").read_bytes() == whole


@pytest.mark.skipif(os.name == "nt", reason="users and modes of files are Unix's")
def test_chunks_are_nobody_elses(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = (*SWEEP, "-o", str(tmp_path / "out.csv"), "--chunk", "1000", "--shard", "1/3")
    assert run(*arguments).code == 0
    (folder,) = tmp_path.glob("out.csv.parts-*")
    assert folder.stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "belongs to another user" in ran.err
    monkeypatch.undo()
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert run(*arguments).code == 2


@pytest.mark.skipif(os.name == "nt", reason="a file is held in another way there")
def test_one_sweep_at_a_time_writes_a_file(run: Run, tmp_path: Path) -> None:
    arguments = (*SWEEP, "-o", str(tmp_path / "out.csv"), "--chunk", "1000")
    assert run(*arguments, "--shard", "1/3").code == 0
    (folder,) = tmp_path.glob("out.csv.parts-*")
    done = len(chunks_in(tmp_path))
    with held(folder / "owner"):
        (folder / "owner").write_text("process 17 on there")
        ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "out.csv` is being written by process 17 on there" in ran.err
    assert len(chunks_in(tmp_path)) == done
    with held(folder / "owner", shared=True):
        assert run(*arguments, "--shard", "2/3").code == 0
        assert run(*arguments).code == 2
    assert run(*arguments).code == 0


# What goes wrong on the way

LONG = ("sweep", "resnet50", "--over", "H=1:1000", "--over", "W=1:500", "--chunk", "25000")


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    out = tmp_path_factory.mktemp("sweep") / "out.csv"
    subprocess.run([CONVCOST, *LONG, "-o", str(out)], check=True, capture_output=True)
    return out.read_bytes()


def chunks_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("out.csv.parts-*/[0-9]*.csv"))


def started(folder: Path, *arguments: str, chunks: int = 2) -> subprocess.Popen[str]:
    """A sweep in a process of its own, some of whose chunks are done."""
    command = [CONVCOST, *LONG, "-o", str(folder / "out.csv"), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while len(chunks_in(folder)) < chunks:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return process


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """What a process ignores its children ignore too, and a job in the background ignores the interrupt."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.slow
@pytest.mark.usefixtures("_interruptible")
@pytest.mark.parametrize("arguments", [(), ("--jobs", "2")], ids=["here", "processes"])
def test_an_interrupt_loses_no_chunk(
    arguments: tuple[str, ...], run: Run, tmp_path: Path, expected: bytes, chunks_run: list[int]
) -> None:
    process = started(tmp_path, *arguments)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == ""
    done = [int(chunk.stem.partition("-")[0]) for chunk in chunks_in(tmp_path)]
    assert 2 <= len(done) < 20
    assert err == (
        f"warning: {len(done)} of 20 chunks are kept in `{chunks_in(tmp_path)[0].parent}`: "
        "the same command goes on from there\n"
    )
    assert not (tmp_path / "out.csv").exists()
    assert run(*LONG, "-o", str(tmp_path / "out.csv")).code == 0
    assert not set(done) & set(chunks_run)
    assert (tmp_path / "out.csv").read_bytes() == expected


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(n) for n in children if b"spawn_main" in Path(f"/proc/{n}/cmdline").read_bytes()]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the workers in /proc")
def test_a_killed_worker_loses_no_chunk(tmp_path: Path, expected: bytes) -> None:
    process = started(tmp_path, "--jobs", "2")
    done = chunks_in(tmp_path)
    os.kill(workers_of(process)[0], signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert len(done) < 20
    assert (tmp_path / "out.csv").read_bytes() == expected
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_workers_that_die_for_ever_are_given_up(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> Iterator[Any]:
        raise engines.BrokenProcessPool

    monkeypatch.setattr(engines, "_in_order", broken)
    ran = run(*LONG, "-o", str(tmp_path / "out.csv"), "--jobs", "2")
    assert ran.code == 2
    assert "workers die" in ran.err
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("joined", [False, True], ids=["while chunks are written", "while they are joined"])
def test_a_full_disk_loses_no_chunk(
    joined: bool, run: Run, tmp_path: Path, expected: bytes, chunks_run: list[int]
) -> None:
    resource = pytest.importorskip("resource")
    lines = expected.splitlines(keepends=True)[1:]
    sizes = [sum(map(len, lines[n : n + 25_000])) for n in range(0, len(lines), 25_000)]
    most = max(sizes) if joined else sizes[3]
    command = [CONVCOST, *LONG, "-o", str(tmp_path / "out.csv")]
    ran = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-1] == "error: can't write the output: File too large"
    done = [int(chunk.stem.partition("-")[0]) for chunk in chunks_in(tmp_path)]
    assert done == [n for n, size in enumerate(sizes) if size <= most]
    assert len(done) == (20 if joined else 4)
    assert f"{len(done)} of 20 chunks are kept" in ran.stderr
    assert len(list(tmp_path.iterdir())) == 1
    assert run(*LONG, "-o", str(tmp_path / "out.csv")).code == 0
    assert not set(done) & set(chunks_run)
    assert (tmp_path / "out.csv").read_bytes() == expected


@pytest.mark.slow
def test_dask_workers_may_die(tmp_path: Path, expected: bytes) -> None:
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None)
    with cluster, distributed.Client(cluster) as client:
        workers = client.run(os.getpid)
        assert len(workers) == 2
        process = started(tmp_path, "--scheduler", cluster.scheduler_address)
        os.kill(next(iter(workers.values())), signal.SIGKILL)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert "500,000 rows" in out
    assert (tmp_path / "out.csv").read_bytes() == expected


# The command


def test_what_is_shown(run: Run) -> None:
    ran = run("sweep", "mobilenet_v1", "--over", "alpha=0.45:0.55:0.05", "--over", "resolution=160,224")
    # Table 6 of the paper has 149 and 76 million for 0.5.
    assert [line.split() for line in ran.out.splitlines()[2:4]] == [
        ["0.5", "160", "76,524,800", "1,331,592"],
        ["0.5", "224", "149,497,088", "1,331,592"],
    ]
    assert "left out  4 that the network refuses: it takes those where 32*alpha is whole" in ran.out
    assert "classes = 1000" in ran.out


def test_data_says_what_is_left_out(run: Run) -> None:
    over = ("sweep", "mobilenet_v1", "--over", "alpha=0.45:0.55:0.05")
    assert json.loads(run(*over, "--format", "json").out) == {
        "name": "mobilenet_v1",
        "set": {"resolution": 224, "classes": 1000, "middle": 5},
        "dtype": "float32",
        "points": 3,
        "refused": 2,
        "rows": [{"values": {"alpha": 0.5}, "totals": {"macs": 149_497_088, "params": 1_331_592}}],
    }
    ran = run(*over, "--format", "csv")
    assert ran.err == "warning: 2 of 3 points are left out: the network refuses them\n"
    assert "149497088" in ran.out
    page = run(*over, "--format", "markdown").out
    assert "- left out: 2 that the network refuses" in page
    assert "149,497,088" in page


@pytest.mark.parametrize("columns", [50, 100])
def test_pictures_are_as_wide_as_the_terminal(columns: int, run: Run) -> None:
    out = run("sweep", "resnet18", "--over", "H=32:512", "--plot", "H,macs", columns=columns).out.splitlines()
    assert out[0].strip() == "macs"
    assert max(map(len, out[:19])) == columns
    assert "512" in out[18]
    # It rises from the lower left to the upper right.
    assert out[1].rstrip()[-1] not in " │"
    assert out[16].partition("│")[2][0] != " "


ERRORS = [
    (("--over", "alhpa=1:2"), "no symbol `alhpa`"),
    (("--over", "alpha"), "--over alpha: an axis is NAME=FIRST:LAST:STEP"),
    (("--over", "alpha="), "an axis is NAME=FIRST:LAST:STEP"),
    (("--over", "alpha=2:1"), "the range is empty"),
    (("--over", "alpha=1:2:0"), "the step 0 is not positive"),
    (("--over", "alpha=1:2:-0.5"), "the step -0.5 is not positive"),
    (("--over", "alpha=1:2:3:4"), "a range is FIRST:LAST:STEP"),
    (("--over", "alpha=0.5,x"), "--over:1:7: error: unknown name `x`"),
    (("--over", "alpha=0.5:0.9"), "in which steps?"),
    (("--over", "alpha=0.5:1.5:0.5", "--jobs", "2"), "--jobs and --scheduler are for files and fronts"),
    (("--over", "alpha=0.5:1.5:0.5", "--scheduler", "here:1"), "--jobs and --scheduler are for files and fronts"),
    (("--over", "resolution=1:2000000000", "--over", "classes=1:2000000000"), "points are too many"),
    (("--over", "alpha=0.5,,1"), "`` is not a number"),
    (("--over", "alpha=1,1.0"), "a value is there twice"),
    (("--over", "alpha=1:3", "--over", "alpha=4"), "`alpha` is there twice"),
    (("--over", "alpha=1:3", "--set", "alpha=1"), "`alpha` is set as well"),
    (("--over", "alpha=1:3", "--set", "beta=1"), "no symbol `beta`"),
    (("--over", "resolution=1:100000"), "100,000 points are too many to show"),
    (("--over", "resolution=1:99999999999999999999999"), "values are too many"),
    (("--over", "resolution=1:99999999999", "--over", "classes=1:9999999999"), "choose larger steps"),
    (("--over", "alpha=1", "--of", "mac"), "--of can't be `mac`"),
    (("--over", "alpha=1", "--pareto", "macs,parms"), "did you mean `params`?"),
    (("--over", "alpha=1", "--pareto", "least:macs"), "no column `least:macs`"),
    (("--over", "alpha=1", "--plot", "macs"), "give two columns"),
    (("--over", "alpha=1", "--plot", "macs,speed"), "--plot can't be `speed`"),
    (("--over", "alpha=1", "--plot", "alpha,macs", "--format", "csv"), "--plot goes with --format table"),
    (("--over", "alpha=1", "-o", "out.xlsx"), "can't write `out.xlsx`"),
    (("--over", "alpha=1", "-o", "/dev/null/out.csv"), "can't write in `/dev/null`: Not a directory"),
    (("--over", "alpha=1", "-o", "/nowhere/out.csv"), "can't write in `/nowhere`: No such file or directory"),
    (("--over", "alpha=1", "--shard", "1/2"), "--shard is for files"),
    (("--over", "alpha=1", "--shard", "3/2", "-o", "out.csv"), "a part is I/N"),
    (("--over", "alpha=1", "--shard", "0/2", "-o", "out.csv"), "a part is I/N"),
    (("--over", "alpha=1:9:0.001", "--over", "classes=-5:5", "--variant", "x"), "no variant `x`"),
    (("--over", "alpha=1", "--pareto", "macs", "--scheduler", "nowhere"), "no dask scheduler at `nowhere`"),
]


@pytest.mark.parametrize(("arguments", "message"), ERRORS, ids=[" ".join(arguments) for arguments, _ in ERRORS])
def test_errors_are_one_line(arguments: tuple[str, ...], message: str, run: Run) -> None:
    if "--scheduler" in arguments:
        pytest.importorskip("distributed")
    ran = run("sweep", "mobilenet_v2", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert len([line for line in ran.err.splitlines() if "error: " in line]) == 1
