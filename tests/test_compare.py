"""`convcost compare`: formulas against numbers, break-evens against trying, networks against themselves."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import takewhile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from command_line import DATA, Run
from hypothesis import given, settings
from hypothesis import strategies as st
from json_schemas import validator

from convcost.algebra.evaluation import Evaluation
from convcost.analysis.costs import analyze
from convcost.comparison.against import Against, measure
from convcost.comparison.alignment import align
from convcost.comparison.convolutions import Asked, Question, Table, work_out
from convcost.comparison.networks import _ONE_JOB, ONLY_LEFT, ONLY_RIGHT, SAME
from convcost.errors import ConvcostError, Source
from convcost.family import DEFAULTS, FAMILY, SYNONYMS, TYPICAL, find_member, layer_of, network_of
from convcost.ops import OPERATORS
from convcost.ops.base import Shape
from convcost.reading.load import load, read
from convcost.render.comparison.lines import Line, tree_lines

CONVOLUTIONS = [name for name, member in FAMILY.items() if member.rank in (None, 2) and "kernel" in member.sizes]


def table_of(names: list[str], given: Shape | None = None, **sizes: Any) -> Table:
    return work_out(Question([Asked(name, FAMILY[name], {}) for name in names], given, sizes))


def against(table: Table) -> Against:
    return measure(table.sides[0], table.sides[1], table)


SCHEMA = validator("comparison")


def as_json(run: Run, *arguments: str) -> dict[str, Any]:
    ran = run("compare", *arguments, "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    found: dict[str, Any] = json.loads(ran.out)
    SCHEMA.validate(found)
    return found


JSON = [
    "depthwise_separable standard --input 7x7x3 --out 128",
    "depthwise standard",
    "spatially_separable standard --input 5x5x1 --out 1",
    "conv1d",
    "conv3d standard --baseline conv3d --input 5x5x5x3",
    "squeeze_excite inverted_residual bottleneck resnext inception shuffle --input 8x8x256",
    "transposed deformable --input 7x7x4",
    "grouped:groups=2 grouped:groups=4 --dtype int8",
    "resnet18",
    "resnet18 resnet34",
    "vgg16 mobilenet_v1 lenet5",
    "vgg11 --replace conv=depthwise_separable",
    "unet vgg11",
]


@pytest.mark.parametrize("arguments", JSON)
def test_json_is_as_its_schema_says(run: Run, arguments: str) -> None:
    found = as_json(run, *arguments.split())
    sides = len(found["sides"])
    assert len(found["ratios"]) == sides - 1
    assert found["ratio"] == (found["ratios"][0] if found["ratios"] else None)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["sides", 0, "macs"], 1.5),
        (["sides", 0, "params"], None),
        (["sides", 0, "layer"], 3),
        (["sides", 0, "symbolic", "weights"], 9),
        (["ratio", "macs", "exact"], "0.5"),
        (["ratio", "break_even", 0, "fewer"], [[1]]),
        (["ratio", "replaces", "standard"], "yes"),
        (["input"], [3, 7, 7]),
        (["letters", "k"], "3"),
    ],
)
def test_the_schema_can_fail(run: Run, path: list[Any], value: Any) -> None:
    found = as_json(run, "grouped", "standard", "--input", "8x8x4")
    inside = found
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        SCHEMA.validate(found)


# The family


def test_the_family_is_in_order_and_complete() -> None:
    wanted = (
        "standard pointwise conv1d conv3d transposed dilated spatially_separable depthwise depthwise_separable "
        "flattened grouped shuffled_grouped pointwise_grouped deformable squeeze_excite inverted_residual bottleneck "
        "resnext inception shuffle"
    )
    assert list(FAMILY) == sorted(wanted.split())
    assert all(member.name == name for name, member in FAMILY.items())


@pytest.mark.parametrize("name", FAMILY)
def test_member(name: str) -> None:
    member = FAMILY[name]
    assert set(member.sizes) <= {*DEFAULTS}
    assert re.search(r"\b(19|20)\d\d, ", member.reference), "authors, year, title or arXiv number"
    network = network_of(member, TYPICAL[member.rank or 2], {"padding": 1} if "padding" in member.sizes else {})
    assert analyze(network).macs > 0
    read(Source("again.yaml", f"input: {{channels: 64, size: [9, 9]}}\nlayers:\n  - {layer_of(member, 64, {})}\n"))


@pytest.mark.parametrize(
    ("word", "name"),
    [*SYNONYMS.items(), ("Depthwise-Separable", "depthwise_separable"), ("transposed convolution", "transposed")],
)
def test_synonyms(word: str, name: str) -> None:
    found = find_member(word)
    assert found is FAMILY[name]


# Formulas and numbers


@pytest.mark.slow
@settings(deadline=None, max_examples=20)
@given(
    st.sampled_from(CONVOLUTIONS),
    st.sampled_from(CONVOLUTIONS),
    st.integers(2, 6),
    st.integers(2, 6),
    st.sampled_from([1, 3, 5]),
    st.integers(7, 12),
    st.integers(7, 12),
)
def test_ratios_in_letters_are_those_in_numbers(
    one: str, other: str, channels: int, out: int, kernel: int, height: int, width: int
) -> None:
    sizes = {"kernel": kernel, "out": 2 * out, "padding": 2, "groups": 2}
    names = [one, other]
    taken = {size: n for size, n in sizes.items() if any(size in FAMILY[name].sizes for name in names)}
    table = table_of(names, Shape(2 * channels, (height, width)), **taken)
    found = against(table)
    at = {**table.letters, "H": height, "W": width}
    at |= {letter: Evaluation(at)(size) for letter, size in found.short.items()}
    for figure, ratio in found.symbolic.items():
        value = ratio.subs({letter: at[str(letter)] for letter in ratio.free_symbols})
        assert Fraction(str(value)) == found.exact[figure], figure


def multiplies(name: str, shape: Shape, sizes: dict[str, int]) -> int:
    return int(analyze(network_of(FAMILY[name], shape, sizes)).all_multiplies)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["depthwise_separable", "spatially_separable", "flattened", "grouped"])
@settings(deadline=None, max_examples=7)
@given(
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(2, 5),
    st.integers(5, 9),
    st.sampled_from([1, 2]),
)
def test_break_evens_are_those_of_trying(
    name: str, channels: int, out: int, kernel: int, size: int, stride: int
) -> None:
    if name == "grouped":
        channels, out = 2 * channels, 2 * out
    sizes = {"kernel": kernel, "out": out, "stride": stride}
    found = against(table_of([name, "standard"], Shape(channels, (size, size)), **sizes))

    def difference(letter: str, n: int) -> int:
        tried = dict(sizes) | ({"kernel": n} if letter == "k" else {"out": n} if letter == "C_out" else {})
        shape = Shape(n if letter == "C" else channels, (n if letter == "N" else size,) * 2)
        return multiplies(name, shape, tried) - multiplies("standard", shape, tried)

    for pays in found.pays:
        if pays.letter == "g":
            continue
        step = 2 if name == "grouped" and pays.letter in ("C", "C_out") else 1
        last = min(pays.domain.last or 14, 14)
        first = -(-pays.domain.first // step) * step
        for n in range(first, last + 1, step):
            negative = any(span.first <= n and (span.last is None or n <= span.last) for span in pays.below)
            more = difference(pays.letter, n)
            assert (negative, n in pays.even) == (more < 0, more == 0), (pays, n)


@pytest.mark.parametrize(
    ("sides", "letters"),
    [
        # Sizes that the sides do not share are numbers, those they share are letters.
        (["grouped:groups=2", "grouped:groups=4"], "1/2"),
        (["grouped", "standard"], "1/g"),
        (["depthwise_separable:multiplier=2", "standard"], "m/C_out + m/k**2"),
        (["depthwise_separable", "standard:kernel=5"], "(C_out + 9)/(25*C_out)"),
        (["spatially_separable", "standard", "--set", "middle=4"], "C_mid/(C_out*k) + C_mid/(C*k)"),
    ],
)
def test_letters(run: Run, sides: list[str], letters: str) -> None:
    found = as_json(run, *sides)["ratio"]["all_multiplies"]
    assert found["symbolic"] == letters


# Networks

HEAD = "input: {channels: 4, size: [8, 8]}\nlayers:\n"


def network(layers: str) -> Any:
    return analyze(read(Source("spec.yaml", HEAD + layers)))


ALIGNED = [
    # (left, right, states)
    ("  - relu\n  - conv: {out: 4, kernel: 1}\n", "  - relu\n  - conv: {out: 4, kernel: 1}\n", [SAME, SAME]),
    # By name, though an operator was put in before it.
    (
        "  - {conv: {out: 4, kernel: 1}, name: a}\n  - {conv: {out: 4, kernel: 1}, name: b}\n",
        "  - {conv: {out: 4, kernel: 1}, name: a}\n  - tanh\n  - {conv: {out: 4, kernel: 1}, name: b}\n",
        [SAME, ONLY_RIGHT, SAME],
    ),
    # By operator and shape where the names differ.
    (
        "  - {relu: , name: x}\n  - {tanh: , name: y}\n  - {conv: {out: 4, kernel: 1}, name: z}\n",
        "  - {tanh: , name: p}\n  - {conv: {out: 4, kernel: 1}, name: q}\n",
        [ONLY_LEFT, SAME, SAME],
    ),
    # As many on either side stand beside each other.
    ("  - relu\n", "  - tanh\n", ["changed"]),
    # A layer and the block that has its name.
    (
        "  - {conv: {out: 8, kernel: 3, padding: 1}, name: a}\n  - relu\n",
        "  - {depthwise_separable: {out: 8, padding: 1}, name: a}\n  - relu\n",
        ["changed", SAME],
    ),
    # In that block are also the layers that follow it.
    (
        "  - {conv: {out: 8, kernel: 3, padding: 1}, name: a}\n  - relu\n  - tanh\n",
        "  - {conv_bn_relu: {out: 8, kernel: 3, padding: 1}, name: a}\n  - tanh\n",
        ["changed", ONLY_RIGHT, SAME, SAME],
    ),
]


@pytest.mark.parametrize("work", [0, 10**8])
@pytest.mark.parametrize(("left", "right", "states"), ALIGNED)
def test_alignment(left: str, right: str, states: list[str], work: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convcost.comparison.alignment._MOST_WORK", work)  # 0: as for thousands of layers
    assert [pair.state for pair in align(network(left), network(right))] == states


def test_blocks_around_the_same_layers_change_nothing() -> None:
    flat = "  - conv: {out: 4, kernel: 3}\n  - relu\n  - conv: {out: 4, kernel: 1}\n  - relu\n"
    nested = "  - {concat: {one: [conv: {out: 4, kernel: 3}, relu, conv: {out: 4, kernel: 1}, relu]}, name: box}\n"
    states = [pair.state for pair in align(network(flat), network(nested))]
    assert states[:4] == [SAME] * 4


def test_names_of_any_depth_are_aligned() -> None:
    deep = ".".join(["a"] * 3000)
    sides = [network(f"  - conv: {{out: 4, kernel: {kernel}}}\n") for kernel in (1, 3)]
    left, right = (
        analyze(side.network._replace(layers=tuple(one._replace(name=deep) for one in side.network.layers)))
        for side in sides
    )
    assert [pair.state for pair in align(left, right)] == ["changed"]
    assert [pair.state for pair in align(left, left)] == [SAME]


# What one of an operator can become; all others only what they are.
JOBS = [
    {"conv", "depthwise_conv", "conv_transpose", "deformable_conv"},
    {"relu", "relu6", "silu", "sigmoid", "hard_swish", "hard_sigmoid", "tanh"},
    {"max_pool", "avg_pool", "global_avg_pool", "adaptive_avg_pool", "subsample"},
    {"batch_norm", "local_response_norm"},
    {"add", "concat", "mul"},
]


@pytest.mark.parametrize(
    "names", ["mobilenet_v2 mnasnet1_0", "resnet18 efficientnet_b0", "lenet5 alexnet", "googlenet unet"]
)
def test_what_changed_does_the_job_it_did(run: Run, names: str) -> None:
    rows = list(csv.DictReader(io.StringIO(run("compare", *names.split(), "-f", "csv").out)))
    for row in rows:
        if row["state"] == "changed":
            operators = {row["operator"], row["operator_after"]}
            assert len(operators) == 1 or any(operators <= job for job in JOBS), row


def test_operators_that_do_one_job_exist_and_have_one() -> None:
    names = [name for job in _ONE_JOB for name in job]
    assert len(set(names)) == len(names)
    assert set(names) <= OPERATORS.keys()


def rows_under(lines: list[Line]) -> Iterator[tuple[Line | None, list[Line]]]:
    """Every block, and the whole, with the rows right inside it."""
    yield None, [line for line in lines if line.level == 0]
    for n, line in enumerate(lines):
        inside = list(takewhile(lambda one, level=line.level: one.level > level, lines[n + 1 :]))  # type: ignore[misc]
        if inside:
            yield line, [one for one in inside if one.level == line.level + 1]


@pytest.mark.parametrize(
    "names", ["resnet18 resnet50", "mobilenet_v2 mnasnet1_0", "resnet50 resnext50_32x4d", "resnet34 efficientnet_b0"]
)
@pytest.mark.parametrize("most", [20, 10**6])
def test_rows_of_one_level_add_up_and_blocks_have_their_sums(names: str, most: int) -> None:
    sides = [analyze(load(name)) for name in names.split()]
    lines = tree_lines(align(*sides), False, most)
    for block, inside in rows_under(lines):
        for n, side in enumerate(sides):
            whole = (side.params, side.macs) if block is None else (block.params[n], block.macs[n])
            assert (sum(line.params[n] for line in inside), sum(line.macs[n] for line in inside)) == whole
    for line in lines:
        if line.level == 0 and line.folded and "(" not in line.name and "." not in line.name and line.copies == 1:
            for n, name in enumerate(line.name.split(" -> ") if " -> " in line.name else [line.name] * 2):
                sums = [cost.macs for cost in sides[n].layers if cost.layer.name.startswith(f"{name}.")]
                assert line.macs[n] == sum(sums), line.name


def test_a_terminal_shows_the_sums_of_both_sides(run: Run) -> None:
    """He et al. 2015, table 1: layer1 of ResNet-18 is 2 blocks of 2 3x3 convolutions of 64 channels at 56x56."""
    out = run("compare", "resnet18", "resnet50", columns=160, lines=40).out
    basic = 4 * 9 * 64 * 64 * 56**2
    bottlenecks = (3 * (64 * 64 * 9 + 64 * 256) + 64 * 64 + 2 * 256 * 64 + 64 * 256) * 56**2
    assert re.search(rf"^~   layer1 .* {basic:,} +{bottlenecks:,} +\+{bottlenecks - basic:,}$", out, re.MULTILINE)
    assert len(re.findall(r"^[~+-]? +layer1\b", out, re.MULTILINE)) == 1


def test_a_pipe_calls_no_block_new_that_both_have(run: Run) -> None:
    out = run("compare", "resnet18", "resnet50", columns=None).out
    added = set(re.findall(r"^\+   (\S+) \(\d+ layers\)", out, re.MULTILINE))
    assert {"layer1.rest.1", "layer3.rest.4"} <= added
    both = {f"layer{n}{block}" for n in range(1, 5) for block in ("", ".first", ".first.body", ".rest", ".rest.0")}
    assert not added & both


GATED = "  - {conv: {out: 4, kernel: 3}, name: a}\n"


def test_a_receptive_field_with_gates_stands_beside_that_without(run: Run, tmp_path: Path) -> None:
    plain, gated = tmp_path / "plain.yaml", tmp_path / "gated.yaml"
    plain.write_text(f"network: plain\n{HEAD}{GATED}{GATED.replace('a}', 'b}')}", encoding="utf-8")
    gate = "  - squeeze_excite: {reduction: 2}\n"
    gated.write_text(f"network: gated\n{HEAD}{GATED}{gate}{GATED.replace('a}', 'b}')}", encoding="utf-8")
    for command in ("compare", "diff"):
        out = run(command, str(plain), str(gated)).out
        assert re.search(r"^receptive field, px +5x5 +3x3", out, re.MULTILINE), out
        assert re.search(r"^receptive field, gates left out, px +5x5 +5x5", out, re.MULTILINE), out
        assert "gates left out" not in run(command, str(plain), "lenet5").out
    assert "gates left" in run("compare", str(plain), str(gated), "lenet5", columns=None).out


def test_a_side_has_one_name_in_all_tables(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(
        f"network: mine\nsymbols: {{width: 4}}\n{HEAD}  - conv: {{out: width, kernel: 1}}\n", encoding="utf-8"
    )
    ran = run("compare", str(path), f"{path}:width=8", "--baseline", f"{path}:width=8")
    assert (ran.code, str(path) in ran.out) == (0, False)
    # A 1x1 convolution of 4 channels on 8x8, at 4 and at 8 filters.
    assert "mine / mine:width=8, MACs: 0.5 times as many, 2 times fewer" in ran.out


@pytest.mark.parametrize("words", ["compare resnet18 resnet34", "diff resnet18 resnet34"])
def test_shapes_in_csv_are_as_in_json(run: Run, words: str) -> None:
    rows = csv.DictReader(io.StringIO(run(*words.split(), "-f", "csv").out))
    layers = json.loads(run(*words.split(), "-f", "json").out)["layers"]
    names = (
        ("output_shapes", "output_shapes_after")
        if words.startswith("c")
        else ("old_output_shapes", "new_output_shapes")
    )
    for row, layer in zip(rows, layers, strict=True):
        sides = layer.get("left", layer.get("old")), layer.get("right", layer.get("new"))
        assert [json.loads(row[name] or "null") for name in names] == [side and side["output_shapes"] for side in sides]


@pytest.mark.parametrize(
    "names",
    [
        ("resnet18", "resnet34"),
        ("vgg16", "mobilenet_v1"),
        ("alexnet", "lenet5"),
        ("googlenet", "googlenet_torchvision"),
    ],
)
@pytest.mark.parametrize("work", [0, 10**8])
def test_nothing_is_lost_in_alignment(work: int, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    left, right = (analyze(load(name)) for name in names)
    monkeypatch.setattr("convcost.comparison.alignment._MOST_WORK", work)
    pairs = align(left, right)
    assert [cost for pair in pairs if pair.left for cost in pair.left.layers] == list(left.layers)
    assert [cost for pair in pairs if pair.right for cost in pair.right.layers] == list(right.layers)


def test_networks_in_json(run: Run) -> None:
    found = as_json(run, "resnet18", "vs", "resnet34")
    assert [side["name"] for side in found["sides"]] == ["resnet18", "resnet34"]
    assert found["ratio"]["of"] == "resnet34"
    assert found["ratio"]["macs"]["exact"] == str(Fraction(3_663_761_408, 1_814_073_344))
    assert sum(pair["right"]["macs"] for pair in found["layers"] if pair["right"]) == 3_663_761_408


# What is said where it can't be done

REFUSED = [
    (["depthwize", "standard"], "did you mean `depthwise`?"),
    (["alexnett", "standard"], "did you mean `alexnet`?"),
    (["vs"], "`vs` stands between two sides"),
    (["depthwise", "vs"], "`vs` stands between two sides"),
    (["depthwise", "vs", "vs.", "standard"], "`vs` stands between two sides"),
    (["depthwise:kernel", "standard"], "is NAME:size=value"),
    (["depthwise:kernel=3+", "standard"], "depthwise:kernel:1:2: error"),
    (["depthwise", "--kernel", "3+"], "--kernel:1:2: error"),
    (["vgg11", "--replace", "conv=grouped", "--groups", "2: {x"], "--groups:1:2: error"),
    (["vgg11", "--replace", "conv=depthwise_separable", "--save", "-"], "--save names a file"),
    (["standard", "--input", "7x7"], "write 7x7x1"),
    (["standard", "--input", "sevenx7x3"], "write its size with the channels last"),
    (["standard", "--groups", "2"], "standard takes no groups"),
    (["standard:strid=2"], "did you mean `stride`?"),
    (["grouped", "--input", "7x7x3"], "3 input channels are not divisible by groups 2"),
    (["standard", "--input", "7x7x3", "--kernel", "9"], "kernel 9 exceeds the padded input, 7"),
    (["transposed", "--input", "2x2x1", "--padding", "2"], "padding 2 + 2 leaves nothing of the output"),
    (["conv1d", "conv3d"], "`conv1d` needs an input with 1 spatial axis, `conv3d` one with 3 spatial axes"),
    (["conv1d", "--input", "7x7x3"], "`conv1d` needs an input with 1 spatial axis; this one has 2 spatial axes"),
    (["standard", "grouped", "--baseline", "flat"], "they are standard, grouped"),
    (["vgg16", "standard"], "compare like with like"),
    (["vgg16", "vgg11", "--kernel", "3"], "--kernel is for convolutions, and for --replace"),
    (["vgg16", "vgg11", "--input", "3x3x3"], "--input is for convolutions"),
    (["vgg16", "--where", "kernel > 1"], "--where goes with --replace"),
    (["standard", "--all"], "--all is for networks"),
    (["-", "-"], "standard input can be read once"),
    (["vgg16", "nowhere.yaml"], "no file and no bundled network `nowhere.yaml`"),
]


@pytest.mark.parametrize(("arguments", "text"), REFUSED, ids=lambda value: str(value)[:60])
def test_refused(run: Run, arguments: list[str], text: str) -> None:
    ran = run("compare", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert text in ran.err


# Whole outputs

OUTPUTS = {
    "compare_depthwise_separable": ["depthwise_separable", "vs", "standard", *["--input", "7x7x3", "--out", "128"]],
    "compare_letters": ["depthwise", "vs", "standard"],
    "compare_many": ["standard", "grouped", "depthwise_separable", "flattened"],
    "compare_markdown": ["grouped", "standard", "--input", "8x8x4", "--format", "markdown"],
    "compare_csv": ["grouped", "standard", "--input", "8x8x4", "--format", "csv"],
    "compare_json": ["spatially_separable", "standard", *["--input", "5x5x1", "--out", "1", "--format", "json"]],
    "compare_networks": ["resnet18", "resnet34"],
    "compare_many_networks": ["vgg16", "resnet50", "mobilenet_v1"],
    "compare_replaced": ["vgg11", "--replace", "conv=depthwise_separable"],
}


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize("columns", [80])
def test_output(run: Run, name: str, columns: int, renew: bool) -> None:
    ran = run("compare", *OUTPUTS[name], columns=columns)
    assert (ran.code, ran.err) == (0, "")
    if "--format" not in OUTPUTS[name]:
        assert max(map(len, ran.out.splitlines())) <= columns
    path = DATA / "output" / f"{name}.txt"
    if renew:
        path.write_text(ran.out, encoding="utf-8")
    assert ran.out == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("columns", [40, 50, 60])
@pytest.mark.parametrize(
    "arguments",
    [
        "spatially_separable standard --input 5x5x1",
        "depthwise standard",
        "standard grouped flattened",
        "resnet18 resnet34",
        "vgg16 resnet50 lenet5",
        "vgg11 --replace conv=depthwise_separable",
    ],
)
def test_narrow(run: Run, arguments: str, columns: int) -> None:
    ran = run("compare", *arguments.split(), columns=columns)
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= columns


def test_both_sides_stay_in_a_narrow_table(run: Run) -> None:
    for columns in (40, 50, 60):
        out = run("compare", *["depthwise_separable", "standard", "--input", "7x7x3"], columns=columns).out
        assert {"2,025", "900"} <= set(out.split("No room")[0].split())


def test_a_network_has_its_own_settings(run: Run) -> None:
    sides = ["mobilenet_v1:alpha=0.5,resolution=160", "mobilenet_v1"]
    assert [side["macs"] for side in as_json(run, *sides)["sides"]] == [76_524_800, 568_740_352]


def test_errors_are_ours() -> None:
    with pytest.raises(ConvcostError):
        table_of(["grouped"], Shape(3, (7, 7)))


def test_no_layer_has_no_receptive_field(run: Run, tmp_path: Path) -> None:
    paths = [str(tmp_path / f"{name}.yaml") for name in ("none", "one")]
    for path, layers in zip(paths, ("[]", "[conv: {out: 1, kernel: 3}]"), strict=True):
        Path(path).write_text(f"input: {{channels: 1, size: [8, 8]}}\nlayers: {layers}\n", encoding="utf-8")
    for words in ([], ["--columns", "receptive_field", "-f", "markdown"]):
        out = run("compare", *paths, *words).out
        assert ("3x3" in out, " all" in out.partition("receptive field")[2].partition("\n")[0]) == (True, False)
    assert re.search(r"^receptive field, px +- +3x3$", run("compare", *paths).out, re.MULTILINE)


def test_networks_that_share_no_layer(run: Run, tmp_path: Path) -> None:
    for name, layer in (("one", "conv: {out: 4, kernel: 1}"), ("two", "max_pool: {kernel: 2}")):
        (tmp_path / f"{name}.yaml").write_text(f"network: {name}\n{HEAD}  - {layer}\n", encoding="utf-8")
    assert "in both      no layer" in run("compare", str(tmp_path / "one.yaml"), str(tmp_path / "two.yaml")).out
    assert "the same in all layers that both have" not in run("compare", "lenet5", "alexnet").out
    assert "the same in all layers that both have" in run("compare", "resnet18", "resnet34").out
