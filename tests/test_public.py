"""The names that Python code may use: which they are, and that they give what the commands give."""

from __future__ import annotations

import json
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from command_line import Run

import convcost

NAMES = [
    "Analysis",
    "ClosedForm",
    "ConvcostError",
    "Diff",
    "Finding",
    "Layer",
    "Network",
    "Report",
    "SpecError",
    "Sweep",
    "UsageError",
    "Verification",
    "analyze",
    "check",
    "compare",
    "formula",
    "from_torch",
    "load",
    "sweep",
    "verify",
]
"""Names may be added. One that is taken away breaks somebody's code."""

BUDGET = """\
input: {channels: 3, size: [8, 8]}
layers:
  - conv: {out: 4, kernel: 3}
expect: {macs: 3888, params: <= 100}
"""


def test_the_names() -> None:
    assert convcost.__all__ == NAMES
    assert set(dir(convcost)) == {*NAMES, "__version__"}
    assert all(getattr(convcost, name).__doc__ for name in NAMES)


def test_no_room_hides_a_name() -> None:
    # Importing convcost.verify, were there such a module, would put it in the function's place.
    assert not set(NAMES) & {module.name for module in pkgutil.iter_modules(convcost.__path__)}


def test_importing_it_imports_nothing_else() -> None:
    code = (
        "import sys; before = set(sys.modules); import convcost; print({'yaml', 'numpy', 'typer'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


@pytest.mark.parametrize("call", ["load", "analyze", "check"])
def test_numbers_need_neither_numpy_nor_sympy(call: str) -> None:
    code = f"import sys, convcost; convcost.{call}('lenet5'); print({{'numpy', 'sympy', 'typer'}} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


@pytest.mark.parametrize("alpha", [0.75, "0.75", Decimal("0.75"), Fraction(3, 4), np.float64(0.75)])
def test_settings_are_exact(alpha: float | str | Decimal | Fraction) -> None:
    # Howard et al. 2017, table 6: 0.75 MobileNet-224 has 325 million multiply-adds and 2.6 million parameters.
    found = convcost.analyze("mobilenet_v1", {"alpha": alpha})
    assert (round(found.macs, -6), round(found.params, -5)) == (325_000_000, 2_600_000)
    assert type(found.macs) is int


def test_a_path_and_a_network_will_do(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(BUDGET)
    network = convcost.load(tmp_path / "net.yaml")
    assert network.layers[0].output_shapes[0] == (4, (6, 6))
    assert convcost.analyze(network).macs == convcost.analyze(str(tmp_path / "net.yaml")).macs
    # It counts 112 parameters, which the spec doesn't expect.
    assert [(found.formula, found.counted) for found in convcost.verify(network).differences] == [("<= 100", 112)]
    with pytest.raises(TypeError, match="has its settings already"):
        convcost.analyze(network, {"alpha": 1})


@pytest.mark.parametrize("call", [convcost.load, convcost.analyze, convcost.verify, convcost.check])
@pytest.mark.parametrize("given", [3, None, b"lenet5"])
def test_what_is_not_a_spec_is_a_type_error(call: Callable[[object], object], given: object) -> None:
    with pytest.raises(TypeError, match="a spec is given by its path, or by the name of a bundled network, not by `"):
        call(given)


@pytest.mark.parametrize("call", [convcost.formula, lambda spec: convcost.sweep(spec, {"H": [32]})])
def test_a_loaded_network_has_no_symbols(call: Callable[[object], object]) -> None:
    with pytest.raises(TypeError, match="`lenet5` is a network that was loaded, with numbers for its symbols: give"):
        call(convcost.load("lenet5"))


def test_check_reports_by_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(BUDGET)
    (tmp_path / "b.yaml").write_text(BUDGET.replace("<= 100", "<= 111"))
    (tmp_path / "c.yaml").write_text("layers: [conv]\n")
    reports = convcost.check(tmp_path)
    # 4 filters of 3x3x3 weights and a bias each are 112 parameters.
    places = [[(found.code, found.span and found.span.line) for found in report.findings] for report in reports]
    assert places[:2] == [[("E102", 4)], [("E102", 4)]]
    assert [report.network for report in reports] == ["a", "b", None]
    assert all(not report.findings for report in convcost.check(tmp_path / "a.yaml", ignore=["E1"]))


def test_compare_gives_before_and_after(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text(BUDGET)
    (tmp_path / "new.yaml").write_text(BUDGET.replace("kernel: 3", "kernel: 5"))
    found = convcost.compare(tmp_path / "old.yaml", tmp_path / "new.yaml")
    assert found.totals["params"] == (4 * 27 + 4, 4 * 75 + 4)
    assert found.totals["macs"] == (36 * 108, 16 * 300)
    assert convcost.compare("lenet5", "lenet5").is_empty


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: convcost.load("resnet5"), "did you mean"),
        (lambda: convcost.load("resnet50", {"alpa": 1}), "alpa"),
        (lambda: convcost.analyze("resnet50", variant="papper"), "papper"),
        (lambda: convcost.compare("lenet5", "lenet5", dtype="flot32"), "did you mean `float32`"),
        (lambda: convcost.load("mobilenet_v1", {"alpha": float("nan")}), "can't be nan"),
        (lambda: convcost.check("lenet5", select=["X9"]), "is not a code"),
        (lambda: convcost.check("lenet5", select="X9"), "`X9` is not a code"),
        (lambda: convcost.verify("lenet5", memory=1), "the limit is"),
    ],
)
def test_errors(call: object, message: str) -> None:
    with pytest.raises(convcost.UsageError, match=message):
        call()  # type: ignore[operator]


def test_the_same_as_the_commands(run: Run) -> None:
    printed = json.loads(run("analyze", "squeezenet1_1", "--format", "json").out)["totals"]
    found = convcost.analyze("squeezenet1_1")
    assert (printed["params"], printed["macs"]) == (found.params, found.macs)


def test_what_a_notebook_shows_is_short() -> None:
    lenet5 = convcost.analyze("lenet5")
    assert repr(lenet5) == "<Analysis of lenet5: 13 layers, 60000 params, 327256 MACs>"
    assert repr(lenet5.network) == "<Network lenet5: 13 layers from 1x32x32>"
    assert repr(lenet5.layers[0]) == "<C1: 156 params, 117600 MACs>"
    assert repr(convcost.compare("lenet5", "lenet5")) == "<Diff of lenet5 and lenet5: 0 layers differ>"
    assert {"macs", "peak_memory", "layers"} <= set(dir(lenet5))
    assert "useful_macs" in dir(lenet5.layers[0])
    with pytest.raises(AttributeError, match="did you mean `macs`"):
        _ = lenet5.mac


@pytest.mark.parametrize(
    ("word", "help"),
    [
        ("net.yml", "did you mean `net.yaml`?"),
        ("nett", "did you mean `net.yaml`?"),
        ("resnet5", "did you mean `resnet50`?"),
        ("net.yaml:a=2,b=3", "settings are options here: net.yaml --set a=2 --set b=3"),
        ("resnet50:*", "one of them is an option here: resnet50 --variant NAME"),
    ],
)
def test_the_file_that_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, help: str) -> None:
    (tmp_path / "net.yaml").write_text(BUDGET)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(convcost.UsageError, match=re.escape(help)):
        convcost.load(word)
