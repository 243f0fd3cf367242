"""`convcost explain`: everything has an explanation, every substituted number is true, and it reads well anywhere."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from fractions import Fraction
from math import gcd
from pathlib import Path
from typing import Any

import pytest
from cases import cases
from command_line import Run

from convcost.building.build import bind
from convcost.errors import Source
from convcost.execute import execute
from convcost.explain.channels import reached
from convcost.explain.kernels import KERNELS
from convcost.explain.prose import FOLDER, prose
from convcost.explain.transposed import matrix, overlap
from convcost.explain.worked import substitute
from convcost.family import FAMILY, find_member
from convcost.kernels.tally import Tally
from convcost.language.expression import evaluate
from convcost.language.library import library_names
from convcost.ops import OPERATORS
from convcost.ops.base import WORK_KINDS, Shape
from convcost.ops.windows import TransposedWindow
from convcost.reading.load import read

CASES = cases("operator_cases.yaml")


@pytest.mark.parametrize("name", FAMILY)
def test_every_member_is_explained(run: Run, name: str) -> None:
    text = prose(name)
    assert 150 < len(text.what) < 520  # some five lines
    assert text.when
    assert text.pitfalls
    out = run("explain", name, columns=80).out
    for heading in ("Formulas, per sample", "Worked example", "When to use it", "Pitfalls", "Reference"):
        assert f"\n{heading}" in out
    assert FAMILY[name].title in out
    assert FAMILY[name].reference.split(",")[0] in out


def test_no_text_without_a_member() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(FAMILY)


@pytest.mark.parametrize("name", [*OPERATORS, *sorted(library_names())])
def test_every_operator_and_block_is_explained(run: Run, name: str) -> None:
    ran = run("explain", name)
    assert (ran.code, ran.err) == (0, "")
    assert any(sign in ran.out for sign in ("Worked example", "Its layers"))
    assert json.loads(run("explain", name, "--format", "json").out)


@pytest.mark.parametrize("name", [name for name in OPERATORS if find_member(name) is None])
def test_an_operator_is_worked_through(run: Run, name: str) -> None:
    answer = explained(run, name)
    example = answer["example"]
    assert all(answer["about"])
    for step in example["steps"]:
        text = re.sub(r"gcd\((\d+), (\d+)\)", lambda two: str(gcd(*map(int, two.groups()))), step["substituted"])
        assert evaluate(text, {}) == step["value"]
    # What the steps say is what the kernels count.
    channels, *size = example["input"]
    spec = f"input: {{channels: {channels}, size: {size}}}\nlayers:\n  - {example['layer']}\n"
    layers = execute(read(Source("spec.yaml", spec))).layers
    counted = {kind: n for kind in WORK_KINDS if (n := sum(getattr(layer.tally, kind) for layer in layers))}
    found = {step["label"].lower(): step["value"] for step in example["steps"] if step["label"].lower() in WORK_KINDS}
    assert found == counted
    assert example["output"] == list(layers[-1].shapes[0][1:])
    assert f"Worked example: {example['layer']}" in run("explain", name).out


def test_all_names_are_listed(run: Run) -> None:
    ran = run("explain")
    for name in [*FAMILY, "relu", "max_pool", "fire", "dense_layer"]:
        assert name in ran.out.replace(",", " ").split()
    listed = json.loads(run("explain", "--format", "json").out)
    assert list(listed["convolutions"]) == list(FAMILY)
    assert not {"conv", "bottleneck"} & {*listed["operators"], *listed["blocks"]}


SIZED = [
    *FAMILY,
    "standard --input 13x9x3 --out 24 --kernel 5 --stride 2 --padding 2",
    "standard --input 9x4x8x2 --kernel 3x1x2 --stride 1x2x1 --padding 1x0x1 --no-bias",
    "standard --input 8x11x12 --padding same --stride 2",
    "standard --input 8x11x12 --padding 0:1x2:0",
    "bottleneck --input 7x8x12 --dilation 2 --width 6",
    "conv1d --input 40x3 --dilation 4 --padding 8:0",
    "depthwise --input 10x12x5 --multiplier 3 --stride 2",
    "depthwise_separable --input 9x9x4 --out 6 --multiplier 2 --no-bias",
    "deformable --input 9x7x6 --out 4 --deform-groups 3 --modulated --stride 2",
    "dilated --input 30x20x3 --kernel 3x5 --dilation 3x2",
    "flattened --input 8x11x12 --out 5 --kernel 5 --padding 2 --stride 2",
    "grouped --input 5x5x5x12 --out 24 --groups 3",
    "inception --input 8x11x12 --out 32",
    "inverted_residual --input 8x9x10 --expansion 3 --kernel 5",
    "inverted_residual --input 8x9x10 --expansion 1",
    "resnext --input 9x9x12 --width 6 --groups 3",
    "shuffle --input 5x6x24 --groups 2 --width 8",
    "spatially_separable --input 8x11x12 --out 5 --middle 7 --stride 2",
    "squeeze_excite --input 3x4x5x12 --reduction 3",
    "transposed --input 4x6x3 --out 2 --kernel 3x4 --stride 2x3 --padding 1 --output-padding 1x2",
]


@pytest.mark.parametrize("words", SIZED)
def test_what_is_substituted_comes_to_the_value(run: Run, words: str) -> None:
    answer = explained(run, words)
    steps = answer["sizes"] + [step for part in (*answer["layers"], answer["total"]) for step in part["steps"]]
    assert len(steps) >= 4
    for step in steps:
        assert evaluate(step["substituted"], {}) == step["value"]
        assert not any(letter in step["substituted"] for letter in "CHWDL"), step
    totals = {step["label"]: step["value"] for step in answer["total"]["steps"]}
    assert (totals["params"], totals["MACs"]) == (answer["params"], answer["macs"])
    assert (
        sum(step["value"] for part in answer["layers"] for step in part["steps"] if step["label"] == "MACs")
        == (answer["macs"])
    )


@pytest.mark.parametrize("data", [pytest.param(data, id=data["id"]) for data in CASES["overlap"]])
def test_overlap(data: dict[str, Any]) -> None:
    found = overlap(TransposedWindow(data["kernel"], data["stride"], 0, 0, data["dilation"]), 40)
    ratio = found.ratio
    assert {
        "interior_counts_per_phase": list(found.interior),
        "uniform": found.uniform,
        "ratio_1d": ratio,
        "ratio_2d": ratio and ratio**2,
        "has_holes": found.holes,
    } == {
        **{key: data[key] for key in ("interior_counts_per_phase", "uniform", "has_holes")},
        **{key: data[key] and Fraction(data[key]) for key in ("ratio_1d", "ratio_2d")},
    }
    # The interior is what the outputs far from the edges are really written.
    assert found.counts[20 : 20 + data["stride"] * 2] == tuple(
        found.interior[y % data["stride"]] for y in range(20, 20 + data["stride"] * 2)
    )


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "counts", "small"),  # counts added up by hand
    [
        (2, 3, 1, (1, 2, 2, 1), True),
        (3, 3, 1, (1, 2, 3, 2, 1), False),
        (1, 3, 2, (1, 1, 1), True),
        (2, 4, 2, (1, 1, 2, 2, 1, 1), False),
    ],
)
def test_a_small_input_has_no_output_away_from_the_edges(
    size: int, kernel: int, stride: int, counts: tuple[int, ...], small: bool, run: Run
) -> None:
    found = overlap(TransposedWindow(kernel, stride, 0, 0, 1), size)
    assert (found.counts, found.edges_only) == (counts, small)
    shown = run("explain", "transposed", f"--input={size}x{size}x1", f"--kernel={kernel}", f"--stride={stride}").out
    assert ("this input is too small for that" in " ".join(shown.split())) == small


def test_every_overlap_pattern_is_read() -> None:
    assert len(CASES["overlap"]) == 26


@pytest.mark.parametrize("data", [pytest.param(data, id=data["id"]) for data in CASES["separability"]])
def test_separability(run: Run, data: dict[str, Any]) -> None:
    answer = explained(run, f"separable --weights {shlex.quote(json.dumps(data['kernel']))}")
    assert answer["separable"] is data["separable"]
    if data["op"] == "rank_test_3d":
        assert answer["unfolding_ranks"] == data["unfolding_ranks"]
    else:
        expected = {
            "element_sum": data["element_sum"],
            "rank": data["rank"],
            "products_per_output": data["products_per_output_direct"],
            "products_per_output_split": data["products_per_output_rank_sum"],
        }
        assert {key: answer[key] for key in expected} == expected
        assert answer["singular_values"] == pytest.approx(data["singular_values"], abs=1e-4)
        assert (answer["rank_1_error"] == 0) is data["rank1_equals_full"]
    if data["separable"]:
        assert outer(answer["vectors"]) == data["kernel"]


def outer(vectors: list[list[int]]) -> Any:
    """The product of vectors, as nested lists."""
    first, *rest = vectors
    return [scaled(outer(rest), n) for n in first] if rest else first


def scaled(value: Any, n: int) -> Any:
    return [scaled(part, n) for part in value] if isinstance(value, list) else value * n


@pytest.mark.parametrize("name", KERNELS)
def test_named_kernels(run: Run, name: str) -> None:
    data = next((data for data in CASES["separability"] if data["id"] == f"separable-{name}"), None)
    if data:
        assert [list(map(float, row)) for row in KERNELS[name]] == data["kernel"]
    answer = explained(run, f"separable --weights {name}")
    if name in ("box", "gaussian", "gaussian5"):
        assert (answer["element_sum"], answer["separable"]) == (1, True)
    elif name.startswith(("sobel", "prewitt", "scharr", "laplacian")):
        assert (answer["element_sum"], answer["rank"]) == (0, 2 if "laplacian" in name else 1)


def test_the_best_fit_of_a_kernel_of_rank_2(run: Run) -> None:
    # Laplacian: singular values sqrt(6) + 2 and sqrt(6) - 2.
    answer = explained(run, "separable --weights laplacian4")
    small, large = 6**0.5 - 2, 6**0.5 + 2
    assert answer["rank_1_error"] == pytest.approx(small / (small**2 + large**2) ** 0.5)


@pytest.mark.parametrize(
    ("channels", "groups", "all_of_them"), [(9, 3, True), (6, 3, False), (8, 4, False), (16, 4, True)]
)
def test_a_shuffle_mixes_all_if_a_group_has_enough_channels(
    run: Run, channels: int, groups: int, all_of_them: bool
) -> None:
    assert (reached(channels, groups) == channels) is all_of_them
    out = run("explain", "shuffled_grouped", "--input", f"4x4x{channels}", "--groups", str(groups), "--kernel", "1").out
    assert f"sees {reached(channels, groups)} of {channels} channels" in out


def test_the_matrix_of_a_transposed_convolution(run: Run) -> None:
    """C is 4 x 16 with 36 entries, and its transpose times the input is the layer."""
    import numpy as np

    from convcost.kernels import kernel

    layer = bind("conv_transpose", {"out": 1, "kernel": 3, "bias": False}, 2)
    rows = matrix(layer, Shape(1, (2, 2)))
    assert sum(entry is not None for row in rows for entry in row) == 36
    weight = np.arange(1.0, 10).reshape(1, 1, 3, 3)
    x = np.array([[[[2.0, 3], [5, 7]]]])
    c = np.array([[0 if entry is None else weight.flat[entry] for entry in row] for row in rows])
    y = kernel("conv_transpose").run(layer, {"weight": weight}, Tally(), x)
    assert np.array_equal(c.T @ x.flatten(), y.flatten())
    assert np.linalg.matrix_rank(c) == 4
    out = run("explain", "transposed", "--input", "2x2x1", "--kernel", "3", "--stride", "1").out
    assert "matrix C, 4 x 16: 36 of 64 entries are not zero" in out


WRONG = [
    ("wibble", "nothing called `wibble` to explain"),
    ("dilatd", "did you mean `dilated`?"),
    ("resnet50", "`convcost analyze resnet50`"),
    ("depthwise --out 3", "depthwise takes no out"),
    ("depthwise --set kernal=3", "did you mean `kernel`?"),
    ("grouped --groups 3", "8 input channels are not divisible by groups 3"),
    ("conv --kernel 9", "kernel 9 exceeds the padded input, 7, on axis 0"),
    ("conv --kernel 0", "`kernel` of `conv` wants a positive whole number"),
    ("conv --kernel 3x3x3", "`kernel` of `conv` has 3 numbers for 2 spatial axes"),
    ("conv --kernel {}", "--kernel:1:1: error: `{` is not part of an expression"),
    ("conv --kernel 3x", "is no"),
    ("conv --input 7x7", "--input 7x7 has no channels"),
    ("conv --input 0x7x3", "--input can't be `0x7x3`"),
    ("conv --input big", "--input can't be `big`"),
    ("conv1d --input 7x7x3", "conv1d needs an input with 1 spatial axis"),
    ("transposed --stride 2 --output-padding 2", "output_padding 2 must be smaller than stride 2"),
    ("relu --kernel 3", "`relu` takes no sizes here"),
    ("fire --algorithms", "`fire` takes no --algorithms here"),
    ("squeeze_excite --algorithms", "no convolution that could be computed in another way"),
    ("separable --weights sobel", "did you mean `sobel_y`?"),
    ("separable --weights '1 2; 3'", "full grid"),
    ("separable --weights '[[1, 2], [NaN, 3]]'", "`NaN` is not a number"),
    ("separable --weights '[[[[1]]]]'", "2 or 3 axes"),
    ("separable --weights '[[1, 2'", "not nested lists of numbers"),
    ("separable --weights '0 0; 0 0'", "all numbers of this kernel are zero"),
    ("separable --weights '1e999999 1; 1 1'", "`1e999999` is not a number"),
    ("separable --weights '[[1e999999]]'", "`1e999999` is not a number"),
    ("separable --weights box --kernel 3", "--weights needs no sizes"),
    ("grouped --weights box", "--weights goes with spatially_separable"),
    ("grouped --stack 1,2", "--stack goes with dilated"),
    ("dilated --stack 1,x", "--stack wants dilations"),
    ("dilated --stack 1,2 --padding 1", "--stack goes with --kernel alone"),
    ("dilated --stack 99999,99999", "--stack: more than"),
    ("dilated --stack 1,2 --algorithms", "one at a time"),
    ("--kernel 3", "which convolution?"),
    ("conv --format xml", "--format can't be `xml`"),
]


@pytest.mark.parametrize(("words", "message"), WRONG)
def test_what_does_not_fit(run: Run, words: str, message: str) -> None:
    ran = run("explain", *shlex.split(words))
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_upsampling_is_worked_through_as_bilinear(run: Run) -> None:
    out = run("explain", "upsample").out
    assert "multiplies  2*C*H_out*(W + W_out) (mode: bilinear)" in out
    # 112 rows of 56 and of 112 elements are written, for each of 64 channels, by two multiplies each.
    assert "multiplies    2*64*112*(56 + 112) = 2,408,448" in out
    assert json.loads(run("operators", "upsample", "--format", "json").out)[0]["work_where"] == "mode: bilinear"


def test_without_an_input_the_example_is_the_members_own(run: Run) -> None:
    assert explained(run, "depthwise_separable")["output"] == [128, 5, 5]
    assert explained(run, "depthwise_separable --kernel 5")["output"] == [128, 3, 3]
    assert explained(run, "depthwise_separable --input 7x7x3")["output"] == [3, 5, 5]


@pytest.mark.parametrize("columns", [40, 50, 80, 132])
@pytest.mark.parametrize(
    "words",
    [
        *FAMILY,
        *["conv --algorithms", "dilated --stack 2,2,2,2,2", "separable --weights gaussian5"],
        *["relu", "max_pool", "upsample", "linear_bottleneck", "fire", "shuffle_v2_unit"],
    ],
)
def test_it_fits_the_terminal(run: Run, words: str, columns: int) -> None:
    ran = run("explain", *words.split(), columns=columns)
    assert max(map(len, ran.out.splitlines())) <= columns
    assert "\n\n\n" not in ran.out
    assert not any(line != line.rstrip() for line in ran.out.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("words", [["transposed"], ["shuffled_grouped"], ["dilated", "--stack", "2,2"], ["bottleneck"]])
def test_no_colour_and_no_unicode(words: list[str]) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "convcost", "explain", *words]
    ran = subprocess.run(command, capture_output=True, env=environment, check=False, cwd=Path(__file__).parent.parent)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.isascii()
    assert b"#" in ran.stdout


def explained(run: Run, words: str) -> Any:
    ran = run("explain", *shlex.split(words), "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    return json.loads(ran.out)


@pytest.mark.parametrize(
    ("name", "sizes", "output", "rounded_up"),  # rounded up as torch does, worked by hand
    [
        ("max_pool", {"H": 56, "k": 3, "s": 1, "p": 0, "d": 1}, 54, 54),
        ("max_pool", {"H": 56, "k": 3, "s": 2, "p": 0, "d": 1}, 27, 28),
        ("max_pool", {"H": 224, "k": 3, "s": 2, "p": 1, "d": 1}, 112, 113),
        ("max_pool", {"H": 32, "k": 3, "s": 3, "p": 0, "d": 2}, 10, 10),
        ("max_pool", {"H": 4, "k": 2, "s": 3, "p": 1, "d": 1}, 2, 2),  # a third window would start in the padding
        ("avg_pool", {"H": 57, "k": 2, "s": 2, "p": 0}, 28, 29),
        ("subsample", {"H": 28, "k": 2, "s": 2}, 14, None),
    ],
)
def test_a_pools_formula_has_its_stride(
    run: Run, name: str, sizes: dict[str, int], output: int, rounded_up: int | None
) -> None:
    formulas = explained(run, name)
    assert evaluate(substitute(formulas["output"][1], sizes), {}) == output
    if rounded_up is not None:
        assert evaluate(substitute(formulas["output_ceil_mode"][1], sizes), {}) == rounded_up
