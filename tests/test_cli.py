"""The command line as its users meet it: terminals, pipes, typos, broken files."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
from math import prod
from pathlib import Path
from typing import Any

import pytest
from command_line import Run
from json_schemas import validator
from networks import each_network

import convcost
from convcost.cli.main import COMMANDS
from convcost.reading.sources import bundled

SCHEMA = validator("analysis")
TINY = b"network: tiny\ninput: {channels: 1, size: [4, 4]}\nlayers:\n  - conv: {out: 2, kernel: 3}\n"
SYMBOLS = TINY.replace(b"input", b"symbols: {width: 2, free: }\ninput").replace(b"out: 2", b"out: width*free")


@pytest.fixture
def spec(tmp_path: Path) -> Any:
    def write(text: str | bytes, name: str = "spec.yaml") -> str:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["analyze", "resnet5"], 2, "did you mean `resnet50`?"),
        (["analyze", "no/such/file.yaml"], 2, "no file and no bundled network `no/such/file.yaml`"),
        (["analyze", "."], 2, "is a folder"),
        (["analyze", "lenet5", "--set", "alpha=1"], 2, "`lenet5` has no symbol `alpha`"),
        (["analyze", "mobilenet_v1", "--set", "alpa=1"], 2, "did you mean `alpha`?"),
        (["analyze", "mobilenet_v1", "--set", "alpha"], 2, "a setting is NAME=VALUE"),
        (["analyze", "mobilenet_v1", "--set", "alpha=half"], 2, "--set:1:7: error: unknown name `half`"),
        (["analyze", "mobilenet_v1", "--set", "alpha=1/3"], 2, "make_divisible"),
        (["analyze", "mobilenet_v1", "--variant", "none such"], 2, "has no variant `none such`"),
        (["analyze", "lenet5", "--format", "jsn"], 2, "did you mean `json`?"),
        (["analyze", "lenet5", "--sort", "name"], 2, "there are order, params, weights, biases"),
        (["analyze", "lenet5", "--dtype", "float31"], 2, "did you mean `float32`?"),
        (["analyze", "lenet5", "--depth", "0"], 2, "0 is not in the range x>=1"),
        (["analyze", "lenet5", "--all", "--depth", "1"], 2, "--all shows every layer, --depth folds them"),
        (["list", "--format", "pdf"], 2, "there are table, json, csv, markdown"),
        (["verify", "lenet5", "-o", "figures.sarif"], 2, "-o figures.sarif: there is no format `sarif` here"),
        (["conventions", "-o", "no/such/folder/x.csv"], 2, "can't write `no/such/folder/x.csv`"),
        (["analyze", "lenet5", "--symbolic", "--sort", "macs"], 2, "--symbolic goes with"),
        (["analyze", "lenet5", "--set", "classes=1", "--set", "classes=2"], 2, "--set: `classes` is given twice"),
        (["analyze"], 2, "Missing argument"),
        (["analyse", "lenet5"], 2, "analyse"),
        (["operators", "convolution"], 2, "no operator `convolution`"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_refusals(run: Run, arguments: list[str], code: int, says: str) -> None:
    ran = run(*arguments)
    assert ran.code == code
    assert ran.out == ""
    assert says in " ".join(ran.err.split())
    assert "Traceback" not in ran.err


def test_version_and_help(run: Run) -> None:
    assert run("--version").out == f"convcost {convcost.__version__}\n"
    whole = run("--help")
    assert whole.code == 0
    for command in ("analyze", "list", "operators"):
        assert command in whole.out
        assert run(command, "-h").code == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_the_list_of_commands_says_what_their_help_says(run: Run, command: str) -> None:
    usage, said = run(command, "-h").out, COMMANDS[command].help
    assert " ".join(said.split()) in " ".join(usage.split())


def test_standard_input(run: Run) -> None:
    ran = run("analyze", "-", "--format", "json", stdin=TINY)
    assert ran.code == 0
    # 2 filters of 3x3 and 2 biases; 2*2 positions of 2*9 products.
    assert json.loads(ran.out)["totals"]["params"] == 20
    assert json.loads(ran.out)["totals"]["macs"] == 72


def test_a_symbol_without_a_value(run: Run) -> None:
    assert "`free` has no value" in run("analyze", "-", stdin=SYMBOLS).err
    ran = run("analyze", "-", "--set", "free=3", "--format", "json", stdin=SYMBOLS)
    assert json.loads(ran.out)["layers"][0]["output_shapes"] == [[6, 2, 2]]


def test_what_a_spec_expects_of_itself(run: Run) -> None:
    text = TINY + b"expect: {params: 21, macs: 72}\n"
    analyzed = run("analyze", "-", stdin=text)
    assert analyzed.code == 0
    assert analyzed.err == "warning: <stdin>:5:18: `tiny` has 20 params, 4.8 % less than the 21 expected\n"
    verified = run("verify", "-", stdin=text)
    assert verified.code == 1
    assert "params is 21 as the spec states it and 20 counted" in verified.out
    assert "as the spec states" not in run("verify", "-", stdin=TINY).out
    assert run("analyze", "mobilenet_v1", "--set", "alpha=0.5").err == ""  # stated for other symbols


def test_one_bad_spec_of_several_loses_nothing(run: Run, spec: Any) -> None:
    ran = run("analyze", "lenet5", spec("layers: 3"), "alexnet", "--format", "csv")
    assert ran.code == 2
    assert {line.split(",")[0] for line in ran.out.splitlines()[1:]} == {"lenet5", "alexnet"}
    assert "`layers` is a list of layers" in ran.err


@pytest.mark.parametrize("name", each_network(bundled()))
def test_json_keeps_its_contract(run: Run, name: str) -> None:
    network = json.loads(run("analyze", name, "--format", "json").out)
    SCHEMA.validate(network)
    layers, totals = network["layers"], network["totals"]
    for figure in (figure for figure in layers[0] if isinstance(totals.get(figure), int)):
        assert sum(layer[figure] for layer in layers) == totals[figure], figure
    assert totals["params"] == sum(totals[kind] for kind in ("weights", "biases", "norm"))
    assert totals["all_multiplies"] == totals["macs"] + totals["multiplies"]
    assert sum(tensor["bytes"] for tensor in totals["peak"]["tensors"]) == totals["peak_memory"]


def test_several_networks_are_a_list(run: Run) -> None:
    both = json.loads(run("analyze", "lenet5", "vgg11", "--format", "json").out)
    SCHEMA.validate(both)
    assert [network["name"] for network in both] == ["lenet5", "vgg11"]


@pytest.mark.parametrize("depth", [None, 1, 2])
def test_columns_add_up(run: Run, depth: int | None) -> None:
    folding = [] if depth is None else ["--depth", str(depth)]
    rows = list(csv.DictReader(io.StringIO(run("analyze", "googlenet", "--format", "csv", *folding).out)))
    totals = json.loads(run("analyze", "googlenet", "--format", "json").out)["totals"]
    for column, total in [("params", "params"), ("macs", "macs"), ("elements", "elements")]:
        assert sum(int(row[column]) for row in rows) == totals[total]


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 100, 132, 200])
@pytest.mark.parametrize("arguments", [["analyze", "googlenet"], ["list"], ["analyze", "lenet5", "--symbolic"]])
def test_tables_fit_the_terminal(run: Run, columns: int, arguments: list[str]) -> None:
    ran = run(*arguments, columns=columns)
    assert ran.code == 0
    widest = max(len(line) for line in ran.out.splitlines())
    assert widest <= max(columns, 47)  # below that a label and thirty characters beside it still need their room


@pytest.mark.parametrize(
    ("columns", "words", "line"),
    [
        (40, "list", r"  googlene…rchvision +6\.62 M +1\.50 G"),
        (50, "list", r"  googlenet_torchvision +6\.62 M +1\.50 G"),
        (44, "compare resnet18 resnet34", r"    \(18 …me\) +580,435,968 +580,435,968"),
        (60, "compare resnet18 resnet34", r"\+   layer1\.rest\.1 \(7 layers\) +231,211,008"),
        (60, "verify lenet5", r"weights +59,752 +59,752 +0"),
        (50, "compare resnet18 resnet34", r"resnet34 +21,797,672 +3,663,761,408 +2\.02"),
        (40, "conventions resnet50 --by fvcore", r"global_… 2 axes +x 1 +100,352"),
        (40, "verify lenet5", r"weights +59,752 +0"),
        (40, "sweep shufflenet_v1 --over groups=1,2 --over channels=288,576", r"1 +288 +538,141,824"),
        (40, "solve mobilenet_v1 --for alpha --subject-to macs<=300e6", r"0\.71875 +299,724,592"),
        (40, "analyze mobilenet_v1 --symbolic --top 4", r"separable.…wise_conv   288\*alpha\*ceil\(r…"),
    ],
)
def test_a_narrow_table_keeps_names_and_the_figure(run: Run, columns: int, words: str, line: str) -> None:
    out = run(*words.split(), columns=columns).out
    assert re.search(f"^ *{line}", out, re.MULTILINE), out


def test_a_pipe_cuts_nothing(run: Run) -> None:
    ran = run("analyze", "googlenet", columns=None)
    assert "inception_3a.three.conv_2" in ran.out
    assert "…" not in ran.out
    assert "No room" not in ran.out
    assert not any(line != line.rstrip() for line in ran.out.splitlines())


def test_sorted_and_cut(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("analyze", "vgg16", "--format", "csv", "--sort", "macs").out)))
    macs = [int(row["macs"]) for row in rows]
    assert macs == sorted(macs, reverse=True)
    top = run("analyze", "vgg16", "--sort", "params", "--top", "2").out
    assert "Rows shown: 2 of" in top
    assert "fc6" in top.splitlines()[3]


@pytest.mark.parametrize("ending", ["json", "csv", "md"])
@pytest.mark.parametrize(
    "words",
    [
        "analyze lenet5 m5 --depth 1",
        "analyze lenet5 --algorithms",
        "analyze lenet5 --device v100 --top 2",
        "analyze lenet5 --symbolic --top 2",
        "compare lenet5 alexnet",
        "compare depthwise vs standard --input 8x8x4",
        "conventions lenet5 --by fvcore",
        "diff resnet18 resnet34",
        "formula lenet5 --per-layer",
        "list --blocks",
        "operators conv relu",
        "solve mobilenet_v1 --for alpha --subject-to macs<=300e6",
        "verify lenet5",
    ],
)
def test_a_file_has_what_is_printed(run: Run, tmp_path: Path, words: str, ending: str) -> None:
    format = {"md": "markdown"}.get(ending, ending)
    printed = run(*words.split(), "--format", format, columns=None)
    assert (printed.code, printed.err) == (0, "")
    assert run(*words.split(), "-o", "-", "--format", format, columns=None) == printed
    file = tmp_path / f"report.{ending}"
    assert run(*words.split(), "-o", str(file)) == (0, "", "")
    assert file.read_text(encoding="utf-8") == printed.out
    if format == "json":
        json.loads(printed.out)


@pytest.mark.slow
def test_a_table_in_a_file_is_as_in_a_pipe(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "table.txt"
    assert run("list", "-o", str(file), columns=None).out == ""
    assert file.read_text(encoding="utf-8") == run("list", columns=None).out


def test_where_nothing_is_found_a_file_stays_as_it_is(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("before", encoding="utf-8")
    assert run("analyze", "resnet5", "-o", str(file)).code == 2
    assert run("solve", "lenet5", "--for", "none", "--subject-to", "macs<=1", "-o", str(file)).code == 2
    assert file.read_text(encoding="utf-8") == "before"


def test_folded_rows_in_json(run: Run) -> None:
    """Blocks stand where layers do, under the same keys, and add up to the same totals."""
    whole, folded = (
        json.loads(run("analyze", "googlenet", "--format", "json", *words).out) for words in ([], ["--depth", "1"])
    )
    SCHEMA.validate(folded)
    assert folded["totals"] == whole["totals"]
    assert len(folded["layers"]) < len(whole["layers"])
    block = next(layer for layer in folded["layers"] if layer["name"] == "inception_3a")
    inside = [layer for layer in whole["layers"] if layer["name"].startswith("inception_3a.")]
    assert block["macs"] == sum(layer["macs"] for layer in inside)
    assert (block["operator"], block["arguments"]) == (f"{len(inside)} layers", {})
    assert (block["inputs"], block["output_shapes"]) == (inside[0]["inputs"], inside[-1]["output_shapes"])
    costliest = json.loads(run("analyze", "vgg16", "--format", "json", "--sort", "params", "--top", "2").out)
    assert [layer["name"] for layer in costliest["layers"]] == ["fc6", "fc7"]


NASTY = 'network: "=1+1\\e[31m[red]::error::<b>x</b>|y"\n' + TINY.decode().partition("\n")[2]


@pytest.mark.parametrize("format", ["table", "json", "csv", "markdown"])
def test_names_are_inert(run: Run, spec: Any, format: str) -> None:
    out = run("analyze", spec(NASTY), "--format", format).out
    assert "\x1b" not in out
    assert "[red]" in out.replace("\\", "")  # shown, not obeyed
    if format == "csv":
        assert next(csv.DictReader(io.StringIO(out)))["network"].startswith("'=1+1")


def test_start_up_stays_light() -> None:
    """Numbers need neither sympy nor numpy."""
    code = (
        "import sys; sys.argv = ['convcost', 'analyze', 'resnet50']\n"
        "from convcost.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sorted({'sympy', 'numpy'} & set(sys.modules)), file=sys.stderr)"
    )
    # Without `env` a child is given the size that the test runner's readline tells of a screen.
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ))
    assert ran.stdout.count("conv") > 50
    assert ran.stderr.strip() == ""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "convcost", *arguments]


def test_an_encoding_without_the_character(spec: Any) -> None:
    ran = subprocess.run(
        command("analyze", spec("# \N{HAMMER}\nlayers: [\N{HAMMER}]\n")),
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, b"Traceback" in ran.stderr) == (2, False)


def test_no_standard_output() -> None:
    line = " ".join(map(shlex.quote, command("list")))
    ran = subprocess.run(f"{line} >&-", shell=True, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_a_closed_pipe_is_quiet() -> None:
    process = subprocess.Popen(
        command("analyze", "resnet152", "resnet152", "resnet152"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 141
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written() -> None:
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(command("analyze", "lenet5"), stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == 2
    assert "can't write the output" in ran.stderr


def test_no_colour_and_no_unicode() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "NO_COLOR": "1", "COLUMNS": "120"}
    ran = subprocess.run(command("analyze", "alexnet"), capture_output=True, env=environment, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.isascii()
    assert b"\x1b" not in ran.stdout


def test_a_mistake_of_ours_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convcost.cli.analyze.command.analyze_description", lambda *_: 1 // 0)
    ran = run("analyze", "lenet5")
    assert ran.code == 70
    assert ran.err.startswith("error: convcost failed: ZeroDivisionError")
    with pytest.raises(ZeroDivisionError):
        run("--debug", "analyze", "lenet5")


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "googlenet", "c3d", "m5", "alexnet"])
def test_a_row_says_all_that_its_shape_and_macs_follow_from(run: Run, name: str) -> None:
    checked = 0
    for row in csv.DictReader(io.StringIO(run("analyze", name, "--format", "csv").out)):
        if row["operator"] != "conv":
            continue
        given, ((channels, *size),) = json.loads(row["arguments"]), json.loads(row["input_shapes"])
        per_axis = zip(size, given["kernel"], given["stride"], given["padding"], given["dilation"], strict=True)
        positions = [(i + sum(padding) - d * (k - 1) - 1) // s + 1 for i, k, s, padding, d in per_axis]
        assert json.loads(row["output_shapes"]) == [[given["out"], *positions]]
        assert int(row["macs"]) == given["out"] * channels // given["groups"] * prod([*given["kernel"], *positions])
        checked += 1
    assert checked > 3
