"""`convcost export`: source of PyTorch that reads like a person's, and is what the spec says, as torch counts it."""

from __future__ import annotations

import ast
import keyword
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from command_line import DATA, Run
from networks import CHOSEN, each_network

from convcost.errors import Source, UsageError
from convcost.reading.description import Description
from convcost.reading.load import open_description
from convcost.reading.sources import bundled
from convcost.writing.pytorch import write
from convcost.writing.pytorch.check import check

needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
PROJECT = str(Path(__file__).parents[1] / "pyproject.toml")
SAID = [name for name in bundled() if name != "lenet5"]


def written(text: str) -> str:
    """The source of a spec."""
    return write(Description(Source("mine.yaml", text), "mine")).text


@pytest.mark.parametrize("name", ["googlenet", "mobilenet_v2", "resnet50", "unet", "yolov8"])
def test_whole_files(run: Run, renew: bool, name: str) -> None:
    ran = run("export", name)
    assert (ran.code, ran.err) == (0, "")
    path = DATA / "export" / f"{name}.py.txt"
    if renew:
        path.write_text(ran.out, encoding="utf-8")
    assert ran.out == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", each_network(SAID))
def test_every_network_is_written_with_its_blocks(name: str) -> None:
    description = open_description(name)
    tree = ast.parse(write(description).text)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assert len(classes) >= (2 if description.spec.blocks else 1)
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imported <= {"torch", "torch.nn.functional", "collections.abc", "typing", "math"}


def test_what_is_written_keeps_the_rules_of_the_house(tmp_path: Path) -> None:
    for name in CHOSEN.keys() - {"lenet5"}:
        (tmp_path / f"{name}.py").write_text(write(open_description(name)).text, encoding="utf-8")
    words = [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", PROJECT, str(tmp_path)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@needs_torch
@pytest.mark.slow
@pytest.mark.skipif(find_spec("mypy") is None, reason="mypy is not installed")
def test_what_is_written_is_clean_to_a_type_checker(tmp_path: Path) -> None:
    for name in CHOSEN.keys() - {"lenet5"}:
        (tmp_path / f"{name}.py").write_text(write(open_description(name)).text, encoding="utf-8")
    (tmp_path / "held.py").write_text(written(HELD), encoding="utf-8")
    words = [sys.executable, "-m", "mypy", "--strict", "--config-file", "", "--cache-dir", str(tmp_path), str(tmp_path)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@needs_torch
@pytest.mark.slow
def test_the_check_says_that_figures_agree(run: Run, tmp_path: Path) -> None:
    ran = run("export", "resnet18", "--check", "-o", str(tmp_path / "net.py"))
    assert ran.code == 0
    assert ran.out.splitlines()[0].split() == ["params", "11,689,512,", "as", "counted"]
    assert (tmp_path / "net.py").read_text().startswith("import torch.nn.functional as F\n")


def test_without_torch_the_check_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convcost.writing.pytorch.check.find_spec", lambda name: None)
    ran = run("export", "resnet18", "--check")
    assert (ran.code, ran.out) == (2, "")
    assert "needs PyTorch" in ran.err


HOSTILE = """
network: "class\\n__import__('os').system('touch pwned') # \\"\\"\\" "
symbols: {self: 8, torch: 16, max_: 4, l: 3, nn: 2, print: 5}
input: {channels: l, size: [8, 8]}
blocks:
  Tensor:                # \"\"\" + exec("x") + \\
    args: {x: , type: 1}
    layers:
      - {conv: {out: x, kernel: type}, name: forward}
      - {relu: , name: train}
      - {add: , from: [forward, train], name: lambda-}
layers:
  - {Tensor: {x: self}, name: import}
  - {Tensor: {x: torch, type: nn}, name: half}
  - {Tensor: {x: print}, name: __class__}
  - {conv: {out: max_, kernel: 1}, name: x}
  - {add: , from: [x, x], name: return}
"""


def test_hostile_names_are_inert_identifiers() -> None:
    tree = ast.parse(written(HOSTILE))
    assert not any(
        isinstance(node, ast.Call) and ast.unparse(node.func) in ("exec", "__import__") for node in ast.walk(tree)
    )
    named = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    parameters = [node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)]
    assert len({*named[:1]}) == 1
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in [*named, *parameters])
    assert {"torch", "nn", "print", "type"}.isdisjoint(parameters)
    kept = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)]
    assert {"forward", "train", "half", "__class__"}.isdisjoint(kept)


HELD = """
input: {channels: 4, size: [8, 8]}
layers:
  - {swish: {per: channel}}
  - {locally_connected: {out: 4, kernel: 3, padding: same}}
  - {deformable_conv: {out: 4, kernel: 3, padding: same, groups: 2, modulated: true}}
  - {append: {count: 2, axis: height, before: true}}
  - {blur_pool: {kernel: [2, 3], stride: 1}}
  - {conv: {out: 8, kernel: 1}, name: queries}
  - {subsample: {kernel: 2}, name: keys}
  - {matmul: {groups: 2}, from: [queries, keys], name: dot_products}
  - {matmul: {over: positions, groups: 2}, from: [dot_products, keys], name: values}
  - {where: , from: [values, queries, values]}
"""


@needs_torch
@pytest.mark.slow
def test_what_pytorch_has_no_module_for_runs() -> None:
    assert all(one.counted == one.said for one in check(write(Description(Source("mine.yaml", HELD), "mine"))))


TABLES = """
symbols: {a: 0.5, units: 2}
variants: {wide: {a: 0.75}}
input: {channels: 4, size: [16, 16]}
blocks:
  unit:
    args: {out: , act: relu, wide: 1, scaled: 8*a}
    layers:
      - conv: {out: out*wide, kernel: 1}
      - act
      - {conv: {out: scaled, kernel: 1}, when: out > 4}
  keep:
    args: {kernel: , dilation: 1}
    layers: [conv: {out: input.channels, kernel: kernel, padding: dilation*(kernel//2), dilation: dilation}]
layers:
  - {unit: , rows: [[out, act, wide], [4, silu, 1], [8, null, 2], [2*units, tanh, 1]]}
  - {keep: , rows: [[kernel, dilation], [3, 1], [5, 2], [1, null]]}
  - {unit: , rows: [[out, wide, name], [4, 1, a], [8, 2, b], [16, 1, c]]}
  - {unit: , rows: [[out], [8], [4], [12]]}
  - linear: {out: 3}
"""


REPEATED = """
symbols: {i: 2}
input: {channels: 4, size: [8, 8]}
blocks:
  dense: {args: {n: }, layers: [{concat: {a: [], b: [{conv: {out: i*n, kernel: 1}}]}}]}
  outer: {args: {n: }, layers: [{dense: {n: n}, repeat: n}]}
layers:
  - {outer: {n: 3}}
  - {outer: {n: 2}}
"""


def test_what_counts_repetitions_is_no_name_of_the_spec() -> None:
    assert "for j in range(n)" in written(REPEATED)


@pytest.mark.parametrize(
    ("file", "begins"),
    [
        ("net.py", b"import torch"),
        ("net.onnx", b"\x08"),
        ("net.csv", b"layer"),
        ("net.DOT", b"digraph"),
        ("net.mmd", b"flowchart"),
        ("net.tex", b"\\documentclass"),
        ("net.svg", b"<svg"),
        ("net.txt", b"import torch"),
        ("net", b"import torch"),
    ],
)
def test_the_ending_of_a_file_says_what_is_written(run: Run, tmp_path: Path, file: str, begins: bytes) -> None:
    assert run("export", "alexnet", "-o", str(tmp_path / file)).code == 0
    assert (tmp_path / file).read_bytes().startswith(begins)


@needs_torch
@pytest.mark.slow
def test_hostile_names_run() -> None:
    assert all(one.counted == one.said for one in check(write(Description(Source("mine.yaml", HOSTILE), "mine"))))


UNSAID = {
    "connections: [[0], [1]]": "whose maps are connected by a table",
}


def test_a_table_of_connections_is_refused(run: Run, tmp_path: Path) -> None:
    output = tmp_path / "net.py"
    ran = run("export", "lenet5", "-o", str(output))
    assert ran.code == 2
    assert "`C3`: PyTorch has no conv whose maps are connected by a table" in ran.err
    assert not output.exists()
    with pytest.raises(UsageError, match="whose maps are connected by a table"):
        written("input: {channels: 2, size: [4, 4]}\nlayers: [conv: {out: 2, kernel: 1, connections: [[0], [1]]}]")


LINES = {
    "in place behind a convolution": ("[conv: {out: 2, kernel: 1}, relu]", "nn.ReLU(inplace=True)"),
    "not on the input": ("[relu, conv: {out: 2, kernel: 1}]", "nn.ReLU()"),
    "not behind a sigmoid": ("[conv: {out: 2, kernel: 1}, sigmoid, relu]", "nn.ReLU()"),
    "not where two read": (
        "[{conv: {out: 2, kernel: 1}, name: a}, {relu: , name: b}, {add: , from: [a, b]}]",
        "x = F.relu(a)",
    ),
    "padding that differs": ("[conv: {out: 2, kernel: 2, padding: [[0, 1], [2, 0]]}]", "nn.ZeroPad2d((2, 0, 0, 1))"),
    "same": ("[conv: {out: 2, kernel: 3, padding: same}]", 'padding="same"'),
    "same, of a pool": ("[avg_pool: {kernel: 3, stride: 1, padding: same}]", "nn.AvgPool2d(3, stride=1, padding=1)"),
    "same, with one more behind": (
        "[conv: {out: 2, kernel: 2, padding: same}]",
        "nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(2, 2, 2)",
    ),
    "same, with a stride": ("[conv: {out: 2, kernel: 3, stride: 2, padding: same}]", "nn.ZeroPad2d((0, 1, 0, 1))"),
    "a pool that pads with nothing": (
        "[max_pool: {kernel: 3, padding: [[0, 1], [0, 1]], stride: 1}]",
        'nn.ConstantPad2d((0, 1, 0, 1), float("-inf"))',
    ),
    "calls inside a sum": (
        "[{add: {body: [{conv: {out: 2, kernel: 1}, name: a}], short: [{conv: {out: 2, kernel: 1}}]}}, relu]",
        "F.relu(self.body(x) + self.short(x), inplace=True)",
    ),
    "not what is called as a helper": (
        "[{crop: {size: [6, 6]}}, {relu: , name: a}, {add: , from: [crop, a]}]",
        "crop_2 = crop(x, (6, 6))",
    ),
    "a power": ("[conv: {out: 2, kernel: 'b**2'}]", "nn.Conv2d(2, 2, b**2)"),
    "a power that is there or not": ("[conv: {out: 2, kernel: 'b**on'}]", "nn.Conv2d(2, 2, b if on else 1)"),
    "a power that is there if another is not": (
        "[conv: {out: 2, kernel: 'b**(1 - on)'}]",
        "nn.Conv2d(2, 2, 1 if on else b)",
    ),
    "a table of sums": (
        "[subsample: {kernel: 2}]",
        "nn.AvgPool2d(2, divisor_override=1), nn.Conv2d(2, 2, 1, groups=2)",
    ),
    "axes in another order": (
        "[rearrange: {cut: [[2], [4, 2], [8]], order: [[1, 0], [2], [3]]}]",
        "reshape(reshape(x, 2, 4, 2, 8).permute(0, 2, 1, 3, 4), 8, 2, 8)",
    ),
    "a vector": ("[linear: {out: 3}]", "nn.Flatten(), nn.Linear(128, 3)"),
    "a rounded width": (
        "[conv: {out: 'make_divisible(9*a, 8)', kernel: 1}]",
        "nn.Conv2d(2, make_divisible(9 * a, 8), 1)",
    ),
    "repetitions among repetitions": (
        "[{add: {body: [{conv_bn_relu: {out: 2, kernel: 1}, repeat: 3}], short: []}, repeat: 2}]",
        "self.body = nn.Sequential(*(ConvBNReLU(2, 2, 1) for _ in range(3)))",
    ),
    "a fraction of a width": ("[conv: {out: 8*a, kernel: 1}]", "nn.Conv2d(2, round(8 * a), 1)"),
}


@pytest.mark.parametrize("name", LINES)
def test_lines(name: str) -> None:
    layers, line = LINES[name]
    symbols = "symbols: {a: 0.5, b: 2, on: 0}\nvariants: {with: {on: 1}}\n"
    text = written(f"{symbols}input: {{channels: 2, size: [8, 8]}}\nlayers: {layers}")
    assert line in text


def test_a_table_of_rows_is_a_loop() -> None:
    text = written(TABLES)
    assert "(8, nn.ReLU, 2)," in text
    assert "for out, act, wide in rows:" in text
    assert "for kernel, dilation in rows_2:" in text
    assert "for out_2 in (8, 4, 12):" in text
    assert "self.b = Unit(4, 8, wide=2, a=a)" in text, "rows that have names are attributes"


@needs_torch
@pytest.mark.slow
def test_a_table_of_rows_runs() -> None:
    assert all(one.counted == one.said for one in check(write(Description(Source("mine.yaml", TABLES), "mine"))))
