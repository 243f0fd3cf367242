"""`convcost analyze --device`: bounds on time, worked by hand, and device files."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction
from pathlib import Path

import pytest
from command_line import Run
from networks import each_network

from convcost.analysis.costs import analyze, rows_of
from convcost.analysis.roofline import roofline
from convcost.errors import Source, SpecError
from convcost.reading.device import KINDS, device_names, open_device, read_device
from convcost.reading.load import load
from convcost.reading.sources import bundled

HAND = "kind: measured, date: 2026-11-30, source: by hand"
DEVICE = f"""
device: slow
peak: {{float32: {{value: 100, {HAND}}}, int8: null}}
bandwidth: {{value: 20, {HAND}}}
"""
SPEC = b"""
network: two
input: {channels: 1, size: [4, 4]}
layers:
  - conv: {out: 1, kernel: 1, bias: false}
  - conv: {out: 5, kernel: 4, padding: 2, bias: false}
"""
# The first: 16 MACs are 32 operations, 0.32 s; 16 inputs, 16 outputs and a weight are 132 bytes, 6.6 s.
# The second: 5 outputs of 5x5, 16 products each, are 2,000 MACs and 4,000 operations, 40 s; 16 inputs, 125 outputs and
# 80 weights are 884 bytes, 44.2 s as float32, 11.05 s as int8. On padding are all but (2+3+4+3+2)**2 * 5 = 980 MACs.


@pytest.fixture
def slow(tmp_path: Path) -> str:
    path = tmp_path / "slow.yaml"
    path.write_text(DEVICE)
    return str(path)


@pytest.fixture
def fast_memory(tmp_path: Path) -> str:
    path = tmp_path / "fast.yaml"
    path.write_text(DEVICE.replace("value: 20", "value: 80"))
    return str(path)


def bounds(run: Run, *words: str, spec: bytes = SPEC) -> dict[str, object]:
    ran = run("analyze", "-", "--format", "json", *words, stdin=spec)
    assert (ran.code, ran.err) == (0, "")
    return json.loads(ran.out)


def test_the_larger_bounds_a_layer(run: Run, slow: str, fast_memory: str) -> None:
    found = bounds(run, "--device", slow)
    assert [(one["time_bound"], one["bound_by"]) for one in found["layers"]] == [(6.6, "memory"), (44.2, "memory")]
    found = bounds(run, "--device", fast_memory)
    assert [(one["time_bound"], one["bound_by"]) for one in found["layers"]] == [(1.65, "memory"), (40, "operations")]
    totals = found["totals"]
    assert (totals["time_bound"], totals["time_bound_by_memory"], totals["bound_by"]) == (41.65, 1.65, "both")
    assert totals["by_operator"]["conv"]["time_bound"] == 41.65


def test_fused_layers_multiply_and_move_the_ends(run: Run, slow: str, fast_memory: str) -> None:
    # 16 + 980 useful MACs are 1,992 operations; 16 inputs, 125 outputs and 81 weights are 888 bytes.
    assert bounds(run, "--device", slow)["totals"]["time_bound_fused"] == 44.4
    assert bounds(run, "--device", fast_memory)["totals"]["time_bound_fused"] == 19.92


def test_a_batch_shares_the_parameters(run: Run, slow: str) -> None:
    found = bounds(run, "--device", slow, "--set", "N=2")
    assert [one["time_bound"] for one in found["layers"]] == [13, 80]  # 260 bytes; 8,000 operations, 72.4 s of bytes


def test_what_is_not_known_bounds_nothing(run: Run, slow: str) -> None:
    found = bounds(run, "--device", slow, "--dtype", "int8")
    assert [(one["time_bound"], one["bound_by"]) for one in found["layers"]] == [(1.65, "memory"), (11.05, "memory")]
    assert found["device"]["peak"] is None
    assert "no number known of operations/s as int8" in run("analyze", "lenet5", "--device", slow, "--dtype=int8").out


def test_a_ninth_of_the_multiplies_is_no_ninth_of_the_time(run: Run, slow: str) -> None:
    """9 channels of 4x4: 11,664 MACs for a convolution, 1,296 depthwise; 1,017 and 369 numbers are moved."""
    spec = b"""
network: ninth
input: {channels: 9, size: [4, 4]}
layers:
  - conv: {out: 9, kernel: 3, padding: 1, bias: false}
  - depthwise_conv: {kernel: 3, padding: 1, bias: false}
  - relu
"""
    out = run("analyze", "-", "--device", slow, "--dtype", "int8", stdin=spec, columns=None).out
    # relu moves 288: of 1,674 numbers 60.8, 22.0 and 17.2 %.
    assert (
        "conv 90.0 % of MACs, 60.8 % of the least time; depthwise_conv 10.0 % of MACs, 22.0 % of the least time; "
        "other layers none of MACs, 17.2 %" in out
    )
    assert "memory 3 of 3 layers, 100.0 % of the least time" in out


def test_table_csv_and_markdown(run: Run, fast_memory: str) -> None:
    def words(format: str) -> list[str]:
        return ["analyze", "-", "--device", fast_memory, "--sort", "time_bound", "--top", "1", "--format", format]

    table = run(*words("table"), stdin=SPEC, columns=None).out
    assert " ".join(table.splitlines()[3].split()) == "conv_2 conv 2,000 99.2 % 884 4.525 40,000 96.0 % operations"
    assert "Rows shown: 1 of 2." in table
    assert "least time     41,650 ms per sample, if every layer reads its inputs from memory" in table
    assert "slow: 100 operations/s as float32 (measured, 2026-11-30), 80 bytes/s to and from memory" in table
    assert "| conv_2 | conv | 2,000 |" in run(*words("markdown"), stdin=SPEC).out
    (row,) = csv.DictReader(io.StringIO(run(*words("csv"), stdin=SPEC).out))
    assert (row["layer"], row["macs"], row["time_bound"], row["bound_by"]) == ("conv_2", "2000", "40.0", "operations")


@pytest.mark.parametrize("name", each_network(bundled()))
def test_blocks_add_up_and_fusing_takes_no_longer(name: str) -> None:
    analysis = analyze(load(name))
    for device in ("v100", "jetson_nano"):
        found = roofline(analysis, open_device(device))
        blocks = [found.of(row) for row in rows_of(analysis, 1)]
        assert sum(block.time for block in blocks) == found.total.time
        assert sum(one.time for one in found.by_operator().values()) == found.total.time
        assert 0 < found.fused <= found.total.time


@pytest.mark.parametrize("name", device_names())
def test_devices_say_where_their_numbers_are_from(name: str) -> None:
    device = open_device(name)
    rates = [rate for rate in (*device.peak.values(), device.bandwidth) if rate]
    assert rates
    for rate in rates:
        assert rate.kind in KINDS
        assert "https://" in rate.source or rate.kind != "vendor"


def test_the_file_on_the_page_is_one() -> None:
    page = (Path(__file__).parents[1] / "docs" / "devices.md").read_text(encoding="utf-8")
    device = read_device(Source("board.yaml", page.partition("```yaml\n")[2].partition("```")[0]))
    assert (device.peak["float32"].value, device.peak["int8"], device.bandwidth.value) == (48e9, None, 4.2e9)


def test_a_file_of_the_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("v100").write_text(DEVICE)
    assert open_device("v100").name == "slow"


RATE = f"{{value: 1 G, {HAND}}}"
MOVED = f"{{value: 1 GB, {HAND}}}"

# A text with what is wrong between « and », the message, the help.
BAD = [
    ("«»", "the document is empty", "a device has `device: name`"),
    ("«- a»", "a device is a mapping at its top level", "a device has `device: name`"),
    (f"«device: x»\npeak: {{float32: {RATE}}}", "a device needs `bandwidth`", "`bandwidth: null` where none is known"),
    (f"device: x\n«peek»: {{}}\npeak: {{}}\nbandwidth: {MOVED}", "a device has no `peek`", "did you mean `peak`?"),
    (f"device: x\npeak: {{«float23»: {RATE}}}\nbandwidth: null", "`peak` has no `float23`", "did you mean `float32`?"),
    (f"device: «[x]»\npeak: {{}}\nbandwidth: {MOVED}", "`device` is its name, not a list", None),
    ("device: x\npeak: «3 T»\nbandwidth: null", "`peak` is {float64: ..., ", None),
    ("device: x\npeak: {}\nbandwidth: «900 GB»", "a number is {value: ..., kind: ..., ", None),
    (f"device: x\npeak: {{}}\nbandwidth: «{{{HAND}}}»", "a number needs `value`", None),
    ("device: x\npeak: {}\nbandwidth: «{value: 1, date: 2020, source: a}»", "a number needs `kind`", "one of vendor"),
    (f"device: x\npeak: {{}}\nbandwidth: {{value: 1 «TF», {HAND}}}", "no unit `TF`", "bytes take B, kB"),
    (f"device: x\npeak: {{}}\nbandwidth: {{value: 1 «G», {HAND}}}", "`G` does not fit `bytes_moved`", "bytes take B"),
    (f"device: x\npeak: {{}}\nbandwidth: {{value: «-1», {HAND}}}", "`-1` is not a number", None),
    (f"device: x\npeak: {{}}\nbandwidth: {{value: «0», {HAND}}}", "`value` is 1 or more", "write null"),
    ("device: x\npeak: {}\nbandwidth: {value: 1, kind: «vender», date: 2020, source: a}", "there is no kind `vender`",
     "did you mean `vendor`?"),
    ("device: x\npeak: {}\nbandwidth: {value: 1, kind: vendor, date: «May», source: a}", "`May` is no date",
     "a date is 2020, 2020-05"),
    ("device: x\npeak: {}\nbandwidth: {value: 1, kind: vendor, date: 2020, source: «{}»}", "`source` is one value",
     None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "help"), BAD)
def test_errors_in_device_files_point(text: str, message: str, help: str | None) -> None:
    before, wrong, _ = text.replace("»", "«").split("«")
    with pytest.raises(SpecError) as caught:
        read_device(Source("slow.yaml", text.replace("«", "").replace("»", "")))
    (problem,) = caught.value.problems
    assert problem.message.startswith(message)
    assert (problem.help or "").startswith(help or "")
    place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert problem.span is not None
    assert (problem.span.line, problem.span.column) == place
    assert wrong == "" or problem.span.length <= len(wrong)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--device", "v10"], "error: no file and no device `v10`\n  = help: did you mean `v100`?\n"),
        (["--device", "toaster"], "error: no file and no device `toaster`\n  = help: there are a100, h100, "),
        (["--device", "."], "error: can't read `.`: Is a directory\n"),
        (["--device", "stm32f746"], "has neither a peak for float32 nor a bandwidth\n  = help: there are peaks for: i"),
        (["--device", "v100", "--training"], "error: --device goes with --set, "),
        (["--device", "v100", "--columns", "macs"], "error: --device goes with --set, "),
        (["--device", "v100", "--algorithms"], "error: --algorithms goes with "),
        (["--device", "v100", "--symbolic"], "error: --symbolic goes with "),
        (["--device", "v100", "--format", "latex"], "error: --format can't be `latex` here"),
        (["--sort", "time_bound"], "error: --sort can't be `time_bound`"),
    ],
)
def test_what_is_refused(run: Run, words: list[str], message: str) -> None:
    ran = run("analyze", "lenet5", *words)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_the_peak_is_that_of_the_type(run: Run) -> None:
    single, half = (
        json.loads(run("analyze", "resnet50", "--device", "a100", "--dtype", dtype, "-f", "json").out)["device"]["peak"]
        for dtype in ("float32", "float16")
    )
    assert (single["value"], half["value"]) == (19.5e12, 312e12)  # the data sheet, without sparsity
    assert Fraction(open_device("a100").peak["int8"].value) == 624 * 10**12
