"""`convcost diff`: two versions of a network, layer by layer, and what must not change."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest
from command_line import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import each_network

from convcost.analysis.costs import Analysis, analyze
from convcost.checks.budgets import budget
from convcost.diff.changes import FOLLOWS, SAME, diff, sums
from convcost.diff.rows import rows_of
from convcost.errors import Source, UsageError
from convcost.reading.description import Description
from convcost.reading.load import load
from convcost.reading.sources import bundled
from convcost.render.diff.table import failure, in_code, relative

RESNET = bundled()["resnet50"].read_text(encoding="utf-8")
MOBILENET = bundled()["mobilenet_v1"].read_text(encoding="utf-8")
HEAD = "network: net\ninput: {channels: 8, size: [10, 10]}\nlayers:\n"
PLAIN = HEAD + "  - conv: {out: 16, kernel: 3, padding: 1}\n  - relu\n  - global_avg_pool\n  - linear: {out: 10}\n"
ONE = "      one: [conv: {out: 4, kernel: 1}]\n"
THREE = "      three: [conv: {out: 8, kernel: 3, padding: 1}, relu]\n"
BRANCHES = HEAD + (
    f"  - concat:\n{ONE}{THREE}"
    "  - {conv: {out: 16, kernel: 3, padding: 1}, name: body}\n  - {relu: , name: act}\n"
    "  - {add: , from: [body, act], name: sum}\n"
)
VGG = "".join(f"  - conv: {{out: {out}, kernel: 3, padding: 1}}\n  - relu\n" for out in (64, 64, 128, 256, 512))


def network(text: str) -> Analysis:
    return analyze(Description(Source("net.yaml", text), "net").network(expecting=False))


def told(old: str, new: str) -> list[tuple[str, str, int, str, int, int]]:
    rows = rows_of(diff(network(old), network(new)).changes)
    return [(row.state, row.name, row.layers, row.what, row.costs["params"], row.costs["macs"]) for row in rows]


# A bottleneck of layer3 has 1x1, 3x3 and 1x1 convolutions of 1024 -> 256 -> 256 -> 1024 channels on 14x14, and batch
# norms on 256, 256 and 1024: 262144 + 589824 + 262144 + 2*(256 + 256 + 1024) parameters.
BOTTLENECK = (1_117_184, 1_114_112 * 14 * 14)

CHANGES = {
    "one bottleneck more": (
        RESNET,
        RESNET.replace("units: 6", "units: 7"),
        [("added", "layer3.rest.5", 10, "repeated 6, was 5", *BOTTLENECK)],
    ),
    "two bottlenecks less": (
        RESNET.replace("units: 6", "units: 8"),
        RESNET,
        [("removed", "layer3.rest.5-6", 20, "repeated 5, was 7", -2 * BOTTLENECK[0], -2 * BOTTLENECK[1])],
    ),
    "a larger kernel": (  # 16*8 channel pairs, 25 - 9 taps more, at 100 positions
        PLAIN,
        PLAIN.replace("kernel: 3, padding: 1", "kernel: 5, padding: 2"),
        [("changed", "conv", 1, "kernel 3 -> 5, padding 1 -> 2", 2048, 204_800)],
    ),
    "more channels": (  # 8*9 weights and a bias for each of 4 filters more; 10 weights for each in the linear layer
        PLAIN,
        PLAIN.replace("out: 16", "out: 20"),
        [
            ("changed", "conv", 1, "out 16 -> 20", 4 * 73, 4 * 72 * 100),
            ("follows", "relu ...", 3, "", 40, 40),
        ],
    ),
    "a dilation costs nothing": (
        PLAIN,
        PLAIN.replace("padding: 1", "padding: 2, dilation: 2"),
        [("changed", "conv", 1, "padding 1 -> 2, dilation 1 -> 2", 0, 0)],
    ),
    "another activation": (PLAIN, PLAIN.replace("relu", "gelu"), [("changed", "gelu", 1, "relu -> gelu", 0, 0)]),
    "branches in another order": (
        BRANCHES,
        HEAD + f"  - concat:\n{THREE}{ONE}" + BRANCHES.split("relu]\n")[1],
        [("changed", "concat", 1, "inputs in another order", 0, 0)],
    ),
    "another input of the same shape": (
        BRANCHES,
        BRANCHES.replace("from: [body, act]", "from: [body, body]"),
        [("changed", "sum", 1, "reads act -> body", 0, 0)],
    ),
    "a block renamed": (RESNET, RESNET.replace("layer3", "stage3"), []),
    "a layer put in among counted names": (  # 64*64*9 + 64 at 100 positions
        HEAD + VGG,
        HEAD + VGG.replace("  - relu\n", "  - relu\n  - conv: {out: 64, kernel: 3, padding: 1}\n", 1),
        [("added", "conv_3", 1, "conv 64x10x10, kernel 3, padding 1", 36_928, 3_686_400)],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes(name: str) -> None:
    old, new, rows = CHANGES[name]
    assert told(old, new) == rows


def test_one_change_in_many_places_is_one_row() -> None:
    bottleneck = "stride**(1 - early), padding: 1"
    new = RESNET.replace(f"kernel: 3, stride: {bottleneck}", f"kernel: 5, stride: {bottleneck[:-1]}2")
    (row,) = told(RESNET, new)
    # 16 more taps for each pair of channels: 64, 128, 256 and 512 squared in 3, 4, 6 and 3 bottlenecks.
    taps = 16 * (3 * 64**2 + 4 * 128**2 + 6 * 256**2 + 3 * 512**2)
    assert row[:5] == ("changed", "*.body.conv_bn_relu_2.conv", 16, "kernel 3 -> 5, padding 1 -> 2", taps)


def test_repeats_are_told_where_they_differ() -> None:
    """He et al. 2015, table 1: stages of 2, 2, 2 and 2 blocks, and of 3, 4, 6 and 3; all but the first are `rest`."""
    rows = rows_of(diff(analyze(load("resnet18")), analyze(load("resnet50"))).changes)
    told = {row.name: (row.what, row.layers) for row in rows if "repeated" in row.what}
    assert told == {
        "layer1.rest.1": ("repeated 2, was 1", 10),
        "layer2.rest.1-2": ("repeated 3, was 1", 20),
        "layer3.rest.1-4": ("repeated 5, was 1", 40),
        "layer4.rest.1": ("repeated 2, was 1", 10),
    }
    assert not any(row.name.startswith("*") and row.name[2:].isdigit() for row in rows)


def test_a_layer_of_the_same_name_that_does_another_job_is_another_layer() -> None:
    old = HEAD + "  - {relu: , name: a}\n"
    assert [row[:2] for row in told(old, old.replace("relu: ", "max_pool: {kernel: 2}"))] == [
        ("removed", "a"),
        ("added", "a"),
    ]


@pytest.mark.parametrize(("columns", "cut"), [(60, True), (80, False)])
def test_what_room_there_is_names_have(run: Run, tmp_path: Path, columns: int, cut: bool) -> None:
    """Without a column that would be empty, names of 36 characters fit 80 columns, and what changed stays at 60."""
    name = "a_convolution_with_a_name_of_36_char"
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    text = HEAD + f"  - {{conv: {{out: 8, kernel: 3, groups: 1}}, name: {name}}}\n"
    old.write_text(text, encoding="utf-8")
    new.write_text(
        text + f"  - bottleneck: {{out: 8, width: 4}}\n    name: {name.replace('36', '35')}\n", encoding="utf-8"
    )
    added = run("diff", str(old), str(new), columns=columns).out.split("the same")[0]
    assert "change" not in added
    assert "10 layers" in added
    assert ("…" in added) is cut
    new.write_text(text.replace("groups: 1", "groups: 2"), encoding="utf-8")
    changed = run("diff", str(old), str(new), columns=columns).out.split("the same")[0]
    assert "groups 1 -> 2" in changed
    assert ("…" in changed) is cut


def test_a_long_table_keeps_its_sum() -> None:
    old, new = load("googlenet"), load("resnet50")
    found = diff(analyze(old), analyze(new))
    rows = rows_of(found.changes, most=5)
    assert [row.state for row in rows].count("others") == 1
    assert sum(row.costs["macs"] for row in rows) == found.totals["macs"][1] - found.totals["macs"][0]


LAYERS = st.sampled_from(
    [
        *(f"conv: {{out: {out}, kernel: {kernel}, padding: 2}}" for out in (4, 8) for kernel in (1, 3, 5)),
        *("relu", "batch_norm", "max_pool: {kernel: 2}", "gelu", "depthwise_conv: {kernel: 3}"),
        "depthwise_separable: {out: 4, padding: 1}",
        "{conv: {out: 4, kernel: 1}, repeat: 2}",
    ]
)
EDITS = st.lists(st.tuples(st.sampled_from(["in", "out", "over", "swap"]), st.integers(0, 20), LAYERS), max_size=4)


def spec(layers: list[str]) -> str:
    head = "input: {channels: 4, size: [64, 64]}\nlayers:\n"
    return head + "".join(f"  - {layer}\n" for layer in [*layers, "global_avg_pool"])


@settings(max_examples=60, deadline=None)
@given(st.lists(LAYERS, min_size=1, max_size=9), EDITS)
def test_costs_of_changes_add_up(layers: list[str], edits: list[tuple[str, int, str]]) -> None:
    edited = list(layers)
    for what, place, layer in edits:
        at = place % len(edited)
        if what == "in":
            edited.insert(at, layer)
        elif what == "over":
            edited[at] = layer
        elif what == "swap":
            edited[at], edited[0] = edited[0], edited[at]
        elif len(edited) > 1:
            del edited[at]
    old, new = network(spec(layers)), network(spec(edited))
    found = diff(old, new)
    for figure in sums():
        before, after = found.totals[figure]
        assert sum(change.costs.get(figure, 0) for change in found.changes) == after - before
        assert sum(row.costs[figure] for row in rows_of(found.changes, most=3)) == after - before
    for side, of in ((0, old), (1, new)):
        parts = [(change.pair.left, change.pair.right)[side] for change in found.changes]
        names = [cost.layer.name for part in parts if part for cost in part.layers]
        assert sorted(names) == sorted(cost.layer.name for cost in of.layers)
    assert diff(new, new).is_empty
    assert found.is_empty or layers != edited


@pytest.mark.parametrize("name", each_network(bundled()))
def test_a_network_does_not_differ_from_itself(name: str) -> None:
    one = analyze(load(name))
    assert {change.state for change in diff(one, one).changes} == {SAME}


def test_a_changed_symbol_explains_everything(run: Run, tmp_path: Path) -> None:
    thin = tmp_path / "thin.yaml"
    thin.write_text(MOBILENET.replace("alpha: 1 ", "alpha: 0.75 "), encoding="utf-8")
    ran = run("diff", "mobilenet_v1", str(thin), columns=80)
    assert ran.code == 0
    assert "symbols   alpha 1 -> 0.75; nothing else differs\n" in ran.out
    # Howard et al. 2017, table 6: 569 and 325 million mult-adds, 4.2 and 2.6 million parameters.
    assert ran.out.endswith("mobilenet_v1: MACs 569 M -> 325 M (-42.8 %), params 4.23 M -> 2.59 M (-38.9 %)\n")
    thin.write_text(thin.read_text(encoding="utf-8").replace("relu", "gelu"), encoding="utf-8")
    assert "symbols   alpha 1 -> 0.75\n" in run("diff", "mobilenet_v1", str(thin), columns=80).out


def test_a_smaller_input_is_one_row() -> None:
    small = RESNET.replace("H: 224", "H: 192")
    ((state, _, layers, _, params, _),) = told(RESNET, small)
    assert (state, layers, params) == (FOLLOWS, 173, 0)  # all but the linear layer


@pytest.mark.parametrize("columns", [50, 60, 80, 100])
def test_it_fits(run: Run, tmp_path: Path, columns: int) -> None:
    new = tmp_path / "new.yaml"
    new.write_text(RESNET.replace("units: 6", "units: 8").replace("kernel: 7", "kernel: 9"), encoding="utf-8")
    ran = run("diff", "resnet50", str(new), columns=columns)
    assert max(map(len, ran.out.splitlines())) <= columns
    assert "MACs" in ran.out


def test_markdown(run: Run, tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(PLAIN, encoding="utf-8")
    new.write_text(PLAIN.replace("out: 16", "out: 20"), encoding="utf-8")
    ran = run("diff", str(old), str(new), "--format", "markdown", "--fail-if", "macs > +5%")
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "### `net`: MACs 115 k -> 144 k (+25.0 %), params 1.34 k -> 1.67 k (+24.8 %)",
        "",
        "|  | layer | change | params | MACs |",
        "| :--- | :--- | :--- | ---: | ---: |",
        "| ~ | `conv` | `out 16 -> 20` | +292 | +28,800 |",
        "| ~ | (3 layers that follow) | another input | +40 | +40 |",
        "|  | **total** |  | **+332** | **+28,840** |",
        "",
        "|  | old | new | change | relative |",
        "| :--- | ---: | ---: | ---: | ---: |",
        "| params | 1,338 | 1,670 | +332 | +24.8 % |",
        "| MACs | 115,360 | 144,200 | +28,840 | +25.0 % |",
        # A 3x3 window on 10x10 with padding 1 reads 28 rows and 28 columns of real elements.
        f"| useful MACs | {16 * 8 * 28**2 + 160:,} | {20 * 8 * 28**2 + 200:,} | +{4 * 8 * 28**2 + 40:,} | +25.0 % |",
        "| activation elements | 3,226 | 4,030 | +804 | +24.9 % |",
        "| peak memory, bytes | 12,800 | 16,000 | +3,200 | +25.0 % |",
        "| additions | 3,194 | 3,990 | +796 | +24.9 % |",
        "| comparisons | 1,600 | 2,000 | +400 | +25.0 % |",
        "| divisions | 16 | 20 | +4 | +25.0 % |",
        "",
        "- the same: no layers",
        "- **failed**: `macs went from 115,360 to 144,200 (+25.0 %), which --fail-if 'macs > +5%' forbids`",
    ]
    assert ran.err == "error: net: macs went from 115,360 to 144,200 (+25.0 %), which --fail-if 'macs > +5%' forbids\n"
    same = run("diff", str(old), str(old), "--format", "markdown")
    assert same.out == "`net`: no layer changed; 115,360 MACs, 1,338 params.\n"


def test_data(run: Run, tmp_path: Path) -> None:
    new = tmp_path / "new.yaml"
    new.write_text(RESNET.replace("units: 6", "units: 7"), encoding="utf-8")
    ran = run("diff", "resnet50", str(new), "--format", "json", "--fail-if", "layers > 180", columns=None)
    found = json.loads(ran.out)
    assert ran.code == 1
    assert found["totals"]["macs"] == {
        "old": 4_089_184_256,
        "new": 4_089_184_256 + BOTTLENECK[1],
        "change": BOTTLENECK[1],
        "percent": pytest.approx(5.34, abs=0.01),
    }
    assert {layer["state"] for layer in found["layers"]} == {"added"}
    assert sum(layer["change"].get("params", 0) for layer in found["layers"]) == BOTTLENECK[0]
    assert [one["condition"] for one in found["failed"]] == ["layers > 180"]
    rows = list(csv.DictReader(io.StringIO(run("diff", "resnet50", str(new), "-f", "csv").out)))
    assert [row["new_layer"] for row in rows] == [layer["new"]["name"] for layer in found["layers"]]
    assert sum(int(row["macs"]) for row in rows) == BOTTLENECK[1]
    same = json.loads(run("diff", "lenet5", "lenet5", "-f", "json").out)
    assert (same["unchanged"], same["layers"], same["failed"]) == (True, [], [])


HOSTILE = "::error::=1+1|a`b``c\x1b[31m<img src=x>[red] ::error file=x,line=1::boom ::error::boom"


@pytest.mark.parametrize("format", ["table", "markdown", "json", "csv"])
def test_names_are_inert(run: Run, tmp_path: Path, format: str) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    text = PLAIN.replace("network: net", "network: " + json.dumps(HOSTILE))
    old.write_text(text, encoding="utf-8")
    new.write_text(text.replace("out: 16", "out: 20"), encoding="utf-8")
    ran = run("diff", str(old), str(new), "-f", format, "--fail-if", "macs > +1%", columns=60)
    assert ran.code == 1
    assert "\x1b" not in ran.out + ran.err
    assert not any(line.lstrip().startswith("::") for line in (ran.out + ran.err).splitlines())
    if format == "markdown":
        assert ran.out.startswith("### ```\\x3a:error\\x3a:=1+1|a`b``c\\x1b[31m<img src=x>[red] \\x3a:error file=x")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a|b", "`a|b`"), ("a\\|b", "`a\\\\|b`"), ("`", "`` ` ``"), ("a\\", "`a\\\\`"), ("a\nb", "`a\\nb`")],
)
def test_code_in_markdown(text: str, shown: str) -> None:
    assert in_code(text) == shown


@pytest.mark.parametrize(
    ("text", "old", "new", "holds"),
    [
        ("macs > +5%", 1000, 1050, False),
        ("macs > +5%", 1000, 1051, True),
        ("macs >= +5%", 1000, 1050, True),
        ("macs < -5%", 1000, 949, True),
        ("macs < -5 %", 1000, 950, False),
        ("macs > +0.1%", 10**18, 10**18 + 10**15 + 1, True),
        ("macs > +0.1%", 10**18, 10**18 + 10**15, False),
        ("params > +1e6", 10, 10 + 10**6, False),
        ("params > +1e6", 10, 11 + 10**6, True),
        ("params > +1.5 k", 0, 1501, True),
        ("params < -3", 10, 6, True),
        ("params>4.2e9", 1, 4_200_000_001, True),
        ("params > 1_000", 1, 1001, True),
        ("params >= 300e+6", 1, 300_000_000, True),
        ("training_macs >= 1 T", 1, 10**12, True),
        ("params <= 4.2G", 1, 4_200_000_000, True),
        ("peak_memory > 32 MiB", 0, 2**25, False),
        ("peak_memory > 32 MiB", 0, 2**25 + 1, True),
        ("weight_memory >= +1 kB", 0, 1000, True),
        ("macs > +5%", 0, 0, False),
        ("macs >= +5%", 0, 0, False),
        ("macs > +500%", 0, 1, True),
        ("macs < -5%", 0, 1, False),
        ("macs > -5%", 0, 0, True),
    ],
)
def test_conditions(text: str, old: int, new: int, holds: bool) -> None:
    assert budget(text).holds(old, new) is holds


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("macz > 3", 1, "did you mean `macs`?"),
        ("> 3", 1, "here should be a figure"),
        ("macs", 5, "here should be one of > >= < <="),
        ("macs = 3", 6, "here should be one of > >= < <="),
        ("macs >", 7, "here should be an amount"),
        ("macs > 5%", 8, "did you mean `+5%`?"),
        ("macs > five", 8, "`five` is not a number"),
        ("macs > 3 X", 10, "no unit `X`"),
        ("macs > 3 MiB", 10, "`MiB` does not fit `macs`"),
        ("macs > 1e999", 8, "exponents go up to 18"),
        ("macs > +-3", 9, "`-3` is not a number"),
        ("output_shape > 3", 1, "`output_shape` can't be limited"),
        ("macs > \x1b[31m", 8, "is not a number"),
        ("macs > +3,5 M", 9, "decimals follow a point"),
        ("peak_memory > 5 M", 17, "bytes take B, kB,"),
        ("macs > +5 k%", 8, "a percentage has no unit `k`"),
    ],
)
def test_malformed_conditions(run: Run, text: str, column: int, says: str) -> None:
    ran = run("diff", "lenet5", "lenet5", "--fail-if", text)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"--fail-if:1:{column}: error: ")
    assert says in ran.err
    assert "\x1b" not in ran.err


@pytest.mark.parametrize(
    ("old", "new", "beside", "text"),
    [
        (0, 0, None, "as before"),
        (0, 5, None, "from 0"),
        (5, 0, None, "-100.0 %"),
        (1000, 1051, None, "+5.1 %"),
        (10**9, 10**9 + 1, None, "+0.0000001 %"),
        (10**6, 1_050_001, Fraction(5), "+5.0001 %"),
        (1, 11, None, "11 times as much"),
        (1000, 10999, None, "+999.9 %"),
        (1, 4_410_429, Fraction(5), "4,410,429 times as much"),
        (10, 121, Fraction(1000), "+1,110.0 %"),
    ],
)
def test_relative_changes(old: int, new: int, beside: Fraction | None, text: str) -> None:
    assert relative(old, new, beside) == text


@pytest.mark.parametrize(
    ("text", "old", "new", "says"),
    [
        ("peak_memory > 10 MiB", 13_895_360, 13_895_360, "peak memory 13.3 MiB (13,895,360 bytes), which"),
        (
            "weight_memory > +5%",
            1024,
            2048,
            "weight memory went from 1.00 KiB to 2.00 KiB (+100.0 %; 1,024 to 2,048 bytes), which",
        ),
        ("macs > 1", 2000, 2000, "macs 2,000, which --fail-if 'macs > 1' forbids"),
    ],
)
def test_why_a_condition_failed(text: str, old: int, new: int, says: str) -> None:
    assert failure(budget(text), old, new).startswith(says)


def test_settings(run: Run, tmp_path: Path) -> None:
    new = tmp_path / "new.yaml"
    new.write_text(MOBILENET.replace("symbols:\n", "symbols:\n  extra: 2\n"), encoding="utf-8")
    assert run("diff", "mobilenet_v1", str(new), "--set", "alpha=0.5", "--set", "extra=3").code == 0
    ran = run("diff", "mobilenet_v1", str(new), "--set", "alpah=0.5")
    assert (ran.code, ran.out) == (2, "")
    assert "neither version has a symbol `alpah`" in ran.err
    assert "did you mean `alpha`?" in ran.err
    ran = run("diff", "mobilenet_v1", "mobilenet_v1", "--variant", "none")
    assert ran.code == 2


def test_broken_versions(run: Run, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(PLAIN.replace("kernel", "kernal"), encoding="utf-8")
    ran = run("diff", "lenet5", str(broken))
    assert (ran.code, ran.out) == (2, "")
    assert f"{broken}:4:21: error: `conv` takes no `kernal`" in ran.err
    ran = run("diff", "-", str(broken), stdin=PLAIN.replace("out", "owt").encode())
    assert "<stdin>:4:12: error" in ran.err
    assert str(broken) in ran.err
    assert "can be one version, not both" in run("diff", "-", "-").err
    assert run("diff", "lenet5", "none_such").code == 2


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "net.yaml").write_text(PLAIN, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(PLAIN.replace("kernel", "kernal"), encoding="utf-8")
    (tmp_path / "binary.yaml").write_bytes(b"\x00\x01")
    (tmp_path / "latin.yaml").write_bytes(b"network: caf\xe9\n")
    (tmp_path / "huge.yaml").write_text("# " + "x" * 2**21, encoding="utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    (tmp_path / "specs" / "net.yaml").write_text(PLAIN.replace("out: 16", "out: 20"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_revisions(run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run("diff", "git:HEAD:specs/net.yaml", "specs/net.yaml", "-f", "json")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["old"]["spec"] == "git:HEAD:specs/net.yaml"
    assert json.loads(ran.out)["totals"]["macs"]["change"] == 28_840
    assert json.loads(run("diff", "git:main:specs/net.yaml", "git::specs/net.yaml", "-f", "json").out)["unchanged"]
    monkeypatch.chdir(repository / "specs")
    assert run("diff", "git:HEAD:./net.yaml", "net.yaml").code == 0


@pytest.mark.parametrize(
    "command",
    ["analyze", "check", "compare lenet5", "conventions", "formula", "verify", "sweep --over H=8 --of macs",
     "solve --for H --subject-to macs<1e6", "compare --replace conv=depthwise_separable"],
)  # fmt: skip
def test_every_command_reads_a_revision(run: Run, repository: Path, command: str) -> None:
    """The file has 20 filters by now; what was committed has 16."""
    name, *options = command.split()
    (repository / "net.yaml").write_text(PLAIN, encoding="utf-8")
    specs = "git:HEAD:specs/net.yaml", "net.yaml"
    before, after = (run(name, spec, *options, "-f", "json").out.replace(spec, "") for spec in specs)
    assert before == after != ""


def test_what_a_revision_is_not_for(run: Run, repository: Path) -> None:
    assert "`git:HEAD:specs/net.yaml` is not one" in run("check", "--update", "git:HEAD:specs/net.yaml").err
    assert "a lock file keeps files as they are now" in run("lock", "git:HEAD:specs/net.yaml").err


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("git:HEAD~5:specs/net.yaml", "there is no revision `HEAD~5`"),
        ("git:nope:specs/net.yaml", "there is no revision `nope`"),
        ("git:HEAD:specs/none.yaml", "there is no `specs/none.yaml` in HEAD"),
        ("git:HEAD:specs", "`git:HEAD:specs` is a folder"),
        ("git:--output=stolen:specs/net.yaml", "`--output=stolen` can't be a revision"),
        ("git:HEAD", "names no file in a revision"),
        ("git:HEAD:", "names no file in a revision"),
        ("git:HEAD:a\nb", "names no file in a revision"),
        ("git:HEAD:binary.yaml", "`git:HEAD:binary.yaml` is a binary file"),
        ("git:HEAD:huge.yaml", "`git:HEAD:huge.yaml` has more than 1,048,576 bytes"),
        ("git:HEAD:latin.yaml", "git:HEAD:latin.yaml:1:13: error: byte 0xe9 is not UTF-8"),
        ("git:HEAD:bad.yaml", "git:HEAD:bad.yaml:4:21: error: `conv` takes no `kernal`"),
        ("git:HEAD:../net.yaml", "can't read `git:HEAD:../net.yaml`"),
        ("git:HEAD; touch stolen:net.yaml", "there is no revision `HEAD; touch stolen`"),
    ],
)
def test_no_such_revision(run: Run, repository: Path, word: str, says: str) -> None:
    ran = run("diff", word, "specs/net.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert not list(repository.glob("**/stolen*"))


RUNS = "remote.origin.uploadpack core.sshCommand core.gitProxy core.fsmonitor core.pager core.editor core.askPass"
RUNS += (
    " diff.own.textconv diff.own.command filter.own.smudge filter.own.clean alias.cat-file alias.rev-parse gpg.program"
)
RUNS += " credential.helper core.alternateRefsCommand uploadpack.packObjectsHook ssh.variant diff.external"


@pytest.mark.parametrize("url", ["origin.git", "ext::sh -c 'touch stolen'", "ssh://there/net", "git://there/net"])
@pytest.mark.parametrize("what", ["blob", "tree"])
def test_a_strangers_repository_runs_nothing(run: Run, repository: Path, url: str, what: str) -> None:
    """Its configuration names a program wherever it can, and what is asked for has to be fetched."""
    script = repository / "script.sh"
    script.write_text(f"#!/bin/sh\ntouch {repository}/stolen\n", encoding="utf-8")
    script.chmod(0o755)
    (repository / ".gitattributes").write_text("*.yaml filter=own diff=own\n", encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "second")
    git(repository, "clone", "-q", "--bare", ".", "origin.git")
    name = {"blob": "HEAD:specs/net.yaml", "tree": "HEAD^{tree}"}[what]
    found = subprocess.run(["git", "rev-parse", name], cwd=repository, check=True, capture_output=True, text=True)
    missing = found.stdout.strip()
    (repository / ".git" / "objects" / missing[:2] / missing[2:]).unlink()
    for hook in ("post-index-change", "fsmonitor-watchman", "reference-transaction", "post-checkout"):
        (repository / ".git" / "hooks" / hook).symlink_to(script)
    settings = {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
    }
    settings |= {"remote.origin.url": url, "protocol.allow": "always", "remote.origin.fetch": "+refs/*:refs/*"}
    for key, value in (settings | dict.fromkeys(RUNS.split(), str(script))).items():
        git(repository, "config", key, value)
    for word in ("git:HEAD:specs/net.yaml", "git::specs/net.yaml", "git:HEAD:specs/none.yaml", "git:origin/x:a.yaml"):
        ran = run("diff", word, "lenet5")
        assert ran.code in (0, 2)
    assert not list(repository.glob("**/stolen*"))
    ran = run("diff", "git:HEAD:specs/net.yaml", "lenet5")
    assert ran.code == 2
    assert what == "tree" or "this clone does not have the file" in ran.err


def test_a_path_from_here_is_offered(run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / "specs")
    assert "from here: `git:HEAD:./net.yaml`" in run("diff", "git:HEAD:net.yaml", "net.yaml").err


def test_no_repository_and_no_git(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert "this is not a git repository" in run("diff", "git:HEAD:net.yaml", "lenet5").err
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "there is no `git` here" in run("diff", "git:HEAD:net.yaml", "lenet5").err


def test_two_networks_without_layers(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("network: none\ninput: {channels: 1, size: [4]}\nlayers: []\n", encoding="utf-8")
    ran = run("diff", str(path), str(path))
    assert (ran.code, ran.out) == (0, "none: no layer changed; 0 MACs, 0 params\n")


def test_the_error_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        budget("macs")
