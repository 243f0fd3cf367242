"""Formulas are one text wherever they are shown, need no sympy, and leave nothing behind."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from typing import Any

import pytest
from command_line import Run
from networks import each_network

from convcost.algebra import atoms
from convcost.algebra.derivation import derive
from convcost.algebra.polynomial import size_symbol
from convcost.errors import Source
from convcost.reading.description import Description
from convcost.reading.sources import bundled


def layers(run: Run, *arguments: str) -> list[dict[str, Any]]:
    ran = run(*arguments, "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    found: list[dict[str, Any]] = json.loads(ran.out)["layers"]
    return found


@pytest.mark.parametrize("name", each_network(sorted(bundled())))
def test_layers_have_one_formula(run: Run, name: str) -> None:
    table = layers(run, "analyze", name, "--symbolic")
    formulas = layers(run, "formula", name, "--per-layer")
    assert [(row["name"], row["output_shape"], row["macs"]) for row in table] == [
        (row["name"], row["output_shape"], row["formula"]) for row in formulas
    ]


@pytest.mark.parametrize(
    ("name", "free"), [("resnet50", "H,classes"), ("mobilenet_v2", "alpha"), ("efficientnet_b0", "depth,width")]
)
def test_layers_have_one_formula_in_what_is_left_free(run: Run, name: str, free: str) -> None:
    table = layers(run, "analyze", name, "--symbolic", "--in", free)
    for of in ("params", "macs"):
        formulas = layers(run, "formula", name, "--per-layer", "--in", free, "--of", of)
        assert [row[of] for row in table] == [row["formula"] for row in formulas]


def test_what_is_left_free_goes_with_formulas(run: Run) -> None:
    assert "--in goes with --symbolic" in run("analyze", "lenet5", "--in", "classes").err
    assert "has no symbol `clases`" in run("analyze", "lenet5", "--symbolic", "--in", "clases").err


def test_formulas_as_csv(run: Run) -> None:
    header, first, *_ = run("analyze", "lenet5", "alexnet", "--symbolic", "--format", "csv").out.splitlines()
    assert header == 'network,layer,operator,output CxHxW,"receptive field, px",params,MACs'
    assert first == "lenet5,C1,conv,6 x (resolution - 4) x (resolution - 4),5x5,156,150*(resolution - 4)**2"


def test_powers_of_roundings_in_latex(run: Run) -> None:
    text = run("analyze", "mobilenet_v2", "--symbolic", "--format", "latex").out
    assert r"\operatorname{make\_divisible}\left(24\,\alpha, 8\right)^{2}" in text


WITHOUT_SYMPY = [
    "analyze mobilenet_v2 --symbolic",
    "analyze lenet5 --symbolic --format json",
    "analyze lenet5 --symbolic --format csv",
    "analyze lenet5 --symbolic --format markdown",
    "operators",
    "operators conv --format json",
    "explain depthwise_separable",
    "explain max_pool",
    "explain fire",
    "compare resnet18 resnet34",
    "formula mobilenet_v1",
    "formula lenet5 --per-layer",
    "formula lenet5 --format python",
]


@pytest.mark.parametrize("command", WITHOUT_SYMPY)
def test_formulas_need_no_sympy(command: str) -> None:
    code = (
        "import sys; from convcost.cli.main import main\n"
        "try:\n    main()\nfinally:\n    print('sympy' in sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code, *command.split()], capture_output=True, text=True, check=True)
    assert ran.stderr.strip() == "False"


@pytest.mark.slow
def test_atoms_go_with_their_numbers() -> None:
    alive = []
    for n in range(400):
        layer = f"conv: {{out: w{n}//2, kernel: 3}}"
        text = f"symbols: {{w{n}: 64}}\ninput: {{channels: 3, size: [32, 32]}}\nlayers:\n  - {layer}\n"
        assert derive(Description(Source("net.yaml", text), "net")).per_sample("macs") != 0
        gc.collect(0)
        if n in (299, 399):
            gc.collect()
            alive.append(len(atoms._known))
    assert alive[1] <= alive[0]


def test_there_is_one_atom_of_the_same_parts() -> None:
    H = size_symbol("H")
    assert ((H + 3) // 4).atoms == (((H + 1) // 2 + 1) // 2).atoms
