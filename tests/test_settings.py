"""Settings beside symbols: plain sizes by their letters, the batch; budgets; and that all commands agree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Run
from hypothesis import HealthCheck, assume, given, settings
from random_specs import specs

import convcost
from convcost.analysis.costs import Analysis, analyze
from convcost.analysis.whole import NoFigure
from convcost.checks.expectations import unmet
from convcost.errors import Source, SpecError
from convcost.figures import FIGURES
from convcost.reading.load import read

PLAIN = """\
network: plain
symbols: {c: 8}
input: {channels: 3, size: [16, 12]}
layers:
  - conv: {out: c, kernel: 3}
expect:
  macs: 30240
  at:
    - {c: 4, macs: 15120}
    - {c: 2, macs: 1}
"""
# 3*9*8 products at 14*10 positions.

RF = """\
network: rf
input: {channels: 1, size: [16, 16]}
layers:
  - {conv: {out: 1, kernel: 3}, name: a}
  - {conv: {out: 1, kernel: 3}, name: b}
  - {relu: , from: a, name: c}
outputs: [b, c]
expect: {receptive_field: 5}
"""
# Two kernels of 3 see 3 + 2 positions; the other output sees 3.


@pytest.fixture
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("plain.yaml").write_text(PLAIN)
    return "plain.yaml"


@pytest.mark.parametrize(
    ("words", "macs"),
    [
        ("", 8 * 27 * 14 * 10),
        ("--set H=18", 8 * 27 * 16 * 10),
        ("--set H=18 --set W=5", 8 * 27 * 16 * 3),
        ("--set N=32", 32 * 8 * 27 * 14 * 10),
        ("--set N=2 --set c=3 --set H=3", 2 * 3 * 27 * 1 * 10),
        ("--set H=2*9", 8 * 27 * 16 * 10),
    ],
)
def test_sizes_and_batches_are_set_everywhere(run: Run, plain: str, words: str, macs: int) -> None:
    options = words.split()
    assert json.loads(run("analyze", plain, *options, "--format", "json").out)["totals"]["macs"] == macs
    assert f"{macs:,}" in run("verify", plain, *options).out
    assert json.loads(run("compare", plain, plain, *options, "--format", "json").out)["sides"][0]["macs"] == macs
    assert json.loads(run("diff", plain, plain, *options, "--format", "json").out)["totals"]["macs"]["new"] == macs
    assert json.loads(run("formula", plain, *options, "--format", "json").out)["value"] == macs
    over = run("check", plain, *options, "--fail-if", f"macs >= {macs}", "--select", "E107", "--format", "json")
    assert over.code == 1
    assert run("check", plain, *options, "--fail-if", f"macs > {macs}", "--select", "E107").code == 0
    settings = dict(word.split("=") for word in options if "=" in word)
    assert convcost.analyze(plain, settings).macs == macs
    free = "c" if "c" not in settings else "W"
    swept = run(
        "sweep", plain, *options, "--over", f"{free}={8 if free == 'c' else 12}", "--of", "macs", "--format", "csv"
    )
    assert swept.out.splitlines()[1].endswith(f",{macs}")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("analyze plain.yaml --set H=0", "`H` wants a positive whole number, not 0"),
        ("analyze plain.yaml --set N=1/2", "`N` wants a positive whole number, not 0.5"),
        ("analyze plain.yaml --set D=3", "`plain` has no symbol `D`"),
        ("lock plain.yaml --set N=3", "`plain` has no symbol `N`"),
        ("check plain.yaml --update --set c=3", "--update writes figures at the defaults"),
        ("check plain.yaml --fail-if macs>+5%", "a check has no version before"),
        ("check plain.yaml --fail-if mcas>5", "did you mean `macs`?"),
        ("solve plain.yaml --for c --subject-to output_shape<=5", "`output_shape` is not one number"),
        ("formula plain.yaml --of peak_memory --by block", "blocks do not add up to `peak_memory`"),
        ("formula plain.yaml --of multiplies_per_byte", "it is a quotient of two"),
        ("sweep plain.yaml --over c=1,2 --of multiplies_per_byte", "it is a quotient of two"),
        ("sweep plain.yaml --over c=1,2 --of output_shape", "`output_shape` is not one number"),
    ],
)
def test_refusals(run: Run, plain: str, words: str, says: str) -> None:
    ran = run(*words.split())
    assert (ran.code, ran.out) == (2, "")
    assert says in " ".join(ran.err.split())


def test_quotients_are_printed_as_decimals(run: Run, plain: str) -> None:
    # 15,120 products; 576 + 560 numbers and 112 parameters, of 4 bytes each.
    limit = ("--set", "c=4", "--fail-if", "multiplies_per_byte > 3")
    assert "has 3.029 multiplies per byte" in run("check", plain, *limit).out
    ran = run("diff", plain, plain, *limit)
    assert (ran.code, "multiplies per byte 3.029, which" in ran.err) == (1, True)


def test_rows_of_the_very_setting_are_checked(run: Run, plain: str) -> None:
    assert "1 error" in run("check", plain).out  # the row of c = 2
    ran = run("check", plain, "--set", "c=4")
    assert (ran.code, "only rows of `at`" in ran.err) == (0, True)
    assert "(c = 2) has 7,560 macs" in run("check", plain, "--set", "c=2").out
    assert run("check", plain, "--set", "c=3").code == 0


def test_one_rule_for_the_receptive_field(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "rf.yaml"
    file.write_text(RF)
    assert "receptive field  5x5 px" in run("analyze", str(file)).out
    assert run("check", str(file)).code == 0
    assert run("check", str(file), "--update").code == 0
    assert file.read_text() == RF


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(specs())
def test_check_and_analyze_agree_on_every_figure(text: str) -> None:
    try:
        analysis = analyze(read(Source("net.yaml", text)))
    except SpecError:
        assume(False)
    stated = [
        f"{name}: {as_spec(analysis, name)}" for name in FIGURES if FIGURES[name].per is None and has(analysis, name)
    ]
    expecting = f"{text.rstrip()}\nexpect: {{{', '.join(stated)}}}\n"
    assert unmet(analyze(read(Source("net.yaml", expecting)))) == []


def has(analysis: Analysis, figure: str) -> bool:
    try:
        analysis.of(figure)
    except NoFigure:
        return False
    return True


def as_spec(analysis: Analysis, figure: str) -> str:
    value = analysis.of(figure)
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize(
    ("network", "condition", "code"),
    [
        # Fields that test_networks.py and test_figures.py work out.
        ("resnet50", "receptive_field < 427", 0),
        ("resnet50", "receptive_field < 428", 1),
        ("resnet50", "receptive_field >= 427", 1),
        ("efficientnet_b0", "ungated_receptive_field < 851", 0),
        ("efficientnet_b0", "ungated_receptive_field <= 851", 1),
        ("resnet50", "effective_stride > 32", 0),
    ],
)
def test_a_budget_of_a_figure_with_a_number_for_each_axis(run: Run, network: str, condition: str, code: int) -> None:
    assert run("check", network, "--select", "E107", "--fail-if", condition).code == code
    assert run("diff", network, network, "--fail-if", condition).code == code


def test_a_budget_of_a_field_that_sees_everything(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "all.yaml"
    spec.write_text(
        "input: {channels: 3, size: [8, 8]}\nlayers: [global_avg_pool, {linear: {out: 4}}]\n", encoding="utf-8"
    )
    assert run("check", str(spec), "--select", "E107", "--fail-if", "receptive_field < 1000").code == 0
    over = run("check", str(spec), "--select", "E107", "--fail-if", "receptive_field > 1000")
    assert (over.code, "has receptive field the whole input" in over.out) == (1, True)


JOINED = """
network: joined
inputs:
  a: {channels: 3, size: [32, 32]}
  b: {channels: 3, size: [32, 32]}
layers:
  - {conv: {out: 8, kernel: 3, padding: 1}, from: a, name: ca}
  - {conv: {out: 8, kernel: 1}, from: b, name: cb}
  - {add: , from: [ca, cb], name: s}
  - {conv: {out: 8, kernel: 9, padding: 4}, name: big}
"""


def test_a_field_that_is_not_single_behind_a_join_is_said(run: Run, tmp_path: Path) -> None:
    """`big` reads 11x11 of a and 9x9 of b: the largest single window, 3x3, is no bound."""
    spec = str(tmp_path / "joined.yaml")
    Path(spec).write_text(JOINED, encoding="utf-8")
    assert "at ca; differs between inputs after that" in run("analyze", spec, columns=None).out
    ran = run("check", spec, "--fail-if", "receptive_field > 5")
    assert (ran.code, "has no single `receptive_field`: differs between inputs" in ran.err) == (2, True)
