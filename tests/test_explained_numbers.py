"""Numbers that were worked out by hand or by execution, each out of the command that explains it.

A key of the JSON is written with dots; `depthwise.MACs` is that step of that layer.
"""

from __future__ import annotations

import json
import math
import shlex
from typing import Any, NamedTuple

import pytest
from command_line import Run

from convcost.explain.prose import FOLDER


class Row(NamedTuple):
    """`convcost explain` with these words, and what it says."""

    words: str
    said: dict[str, Any]


ROWS = [
    # The standard convolution
    Row("standard --input 7x7x3 --out 128 --kernel 3", {"conv.weights": 3456, "conv.biases": 128, "macs": 86_400}),
    Row("standard --input 5x5x1 --out 1", {"output": [1, 3, 3], "macs": 81, "conv.weights": 9}),
    Row("standard --input 5x5x3 --out 1", {"output": [1, 3, 3], "macs": 243, "conv.weights": 27}),
    Row("standard --input 7x7x3 --out 1", {"output": [1, 5, 5]}),
    Row("standard --input 5x5x1 --out 1 --padding 1", {"macs": 225, "useful_macs": 169, "output": [1, 5, 5]}),
    Row("standard --input 5x5x1 --out 1 --padding 1 --stride 2", {"output": [1, 3, 3]}),
    Row("standard --input 6x6x1 --stride 2 --padding same", {"output": [1, 3, 3]}),
    Row("standard --input 5x5x16 --out 120 --kernel 5", {"conv.weights": 48_000, "macs": 48_000}),
    Row("standard --input 28x28x192 --out 32 --kernel 5 --padding 2", {"macs": 120_422_400}),
    Row("conv3d --input 4x6x6x3 --out 8 --padding 1", {"params": 656, "macs": 93_312, "useful_macs": 61_440}),
    # Pointwise
    Row("pointwise --input 14x14x200 --out 1", {"conv.weights": 200}),
    Row("pointwise --input 7x7x8 --stride 2", {"output": [8, 4, 4], "macs": 1_024}),
    Row("pointwise_grouped --input 6x6x12 --out 24 --groups 3", {"conv.weights": 96, "macs": 3_456}),
    # Groups
    Row("grouped --input 7x7x8 --out 16 --groups 2", {"conv.weights": 576, "macs": 14_400}),
    Row("standard --input 7x7x8 --out 16", {"conv.weights": 1_152, "macs": 28_800}),
    Row(
        "grouped --input 27x27x96 --out 256 --kernel 5 --padding 2 --groups 2",
        {"conv.weights": 307_200, "elements": 186_624},
    ),
    Row(
        "standard --input 27x27x96 --out 256 --kernel 5 --padding 2",
        {"conv.weights": 614_400, "elements": 186_624},
    ),
    # Depthwise and separable
    Row("depthwise --input 7x7x3", {"macs": 675}),
    Row("depthwise --input 7x7x4 --multiplier 2", {"depthwise_conv.weights": 72, "output": [8, 5, 5]}),
    Row("standard --input 7x7x4 --out 8", {"conv.weights": 288}),
    Row(
        "depthwise_separable --input 7x7x3 --out 128",
        {"depthwise.MACs": 675, "pointwise.MACs": 9_600, "macs": 10_275},
    ),
    Row("depthwise_separable --input 9x9x3 --out 128 --kernel 5", {"macs": 11_475, "depthwise.MACs": 1_875}),
    Row(
        "spatially_separable --input 5x5x1",
        {"vertical.output": [1, 3, 5], "vertical.MACs": 45, "horizontal.MACs": 27, "macs": 72},
    ),
    Row("spatially_separable --input 3x3x1", {"macs": 12}),
    Row("spatially_separable --input 4x4x1", {"macs": 36}),
    Row("spatially_separable --input 7x7x1 --kernel 5", {"macs": 150}),
    Row("standard --input 7x7x1 --kernel 5", {"macs": 225}),
    Row("spatially_separable --input 8x8x1 --padding 1", {"macs": 384, "useful_macs": 352}),
    Row("spatially_separable --input 9x9x3 --out 8 --no-bias", {"params": 264, "macs": 13_944}),
    Row("spatially_separable --input 9x9x8 --no-bias", {"params": 384, "macs": 21_504}),
    Row("flattened --input 7x7x3 --out 128", {"macs": 41_856, "vertical.MACs": 13_440}),
    # Transposed
    Row("transposed --input 2x2x1", {"output": [1, 4, 4], "macs": 36}),
    Row("transposed --input 2x2x1 --stride 2", {"output": [1, 5, 5], "macs": 36, "direct.macs": 225}),
    Row("transposed --input 4x4x1 --stride 2", {"output": [1, 9, 9]}),
    Row("transposed --input 3x3x1 --stride 2 --padding 1", {"output": [1, 5, 5]}),
    Row(
        "transposed --input 3x3x2 --out 3 --stride 2 --padding 1 --output-padding 1",
        {"output": [3, 6, 6], "macs": 486, "useful_macs": 384, "direct.macs": 1_944, "direct.stretched": [5, 5]},
    ),
    Row("transposed --input 5x5x2 --kernel 4 --stride 2 --padding 1", {"output": [2, 10, 10], "macs": 1_600}),
    Row("transposed --input 5x5x2 --out 3 --kernel 4 --stride 2 --padding 1", {"macs": 2_400, "useful_macs": 1_944}),
    Row("standard --input 10x10x2 --out 3 --padding 1", {"macs": 5_400}),  # instead, after resizing
    Row("transposed --input 4x4x1 --kernel 2", {"overlap.axes.0.counts": [1, 2, 2, 2, 1]}),
    Row("transposed --input 4x4x1 --kernel 3", {"overlap.axes.0.counts": [1, 2, 3, 3, 2, 1]}),
    Row("transposed --input 4x4x1 --kernel 2 --stride 2", {"overlap.axes.0.counts": [1] * 8}),
    Row("transposed --input 4x4x1 --kernel 4 --stride 2", {"overlap.axes.0.counts": [1, 1, 2, 2, 2, 2, 2, 2, 1, 1]}),
    Row(
        "transposed --input 4x4x1 --kernel 3 --stride 2",
        {"overlap.axes.0.counts": [1, 1, 2, 1, 2, 1, 2, 1, 1], "overlap.axes.0.ratio": "2", "overlap.ratio": "4"},
    ),
    Row(
        "transposed --input 4x4x1 --kernel 5 --stride 2",
        {"overlap.axes.0.counts": [1, 1, 2, 2, 3, 2, 3, 2, 2, 1, 1], "overlap.axes.0.ratio": "3/2"},
    ),
    Row("transposed --input 4x4x1 --kernel 3 --stride 2 --dilation 2", {"overlap.axes.0.holes": True}),
    # Dilated
    Row("dilated --input 9x9x1 --dilation 2", {"output": [1, 5, 5]}),
    Row("standard --input 9x9x1", {"output": [1, 7, 7]}),
    Row("dilated --stack 2", {"layers.0.receptive_field": 5}),
    Row("dilated --stack 3", {"layers.0.receptive_field": 7}),
    Row("dilated --stack 24", {"layers.0.extent": 49}),
    Row("dilated --stack 1,2,3", {"layers.2.receptive_field": 13}),
    Row("dilated --stack 1,2,4,8", {f"layers.{n}.receptive_field": 2 ** (n + 2) - 1 for n in range(4)}),
    Row("dilated --stack 1,1,1", {"layers.1.receptive_field": 5, "layers.2.receptive_field": 7}),
    Row("dilated --stack 4,4", {"layers.1.receptive_field": 17, "layers.1.positions_read": [0, 4, 8, 12, 16]}),
    # Others
    Row("squeeze_excite --input 8x8x16 --reduction 4", {"macs": 128, "multiplies": 1_024}),
    Row("deformable --input 6x6x2 --out 4 --padding 1", {"params": 418, "macs": 14_256, "multiplies": 18_144 - 14_256}),
    Row(
        "deformable --input 6x6x2 --out 4 --padding 1 --modulated --no-bias",
        {"params": 558, "macs": 3 * 9 * 2 * 9 * 36 + 4 * 2 * 9 * 36, "multiplies": 36 * 9 * (4 + 4 * 2 + 2)},
    ),
    Row("deformable --input 5x9x2 --out 3 --kernel 1x3 --padding 0x2 --dilation 1x2", {"params": 63}),
    Row("resnext --input 8x8x24 --width 12 --groups 3", {"macs": 64_512, "useful_macs": 60_096}),
    Row("shuffle --input 8x8x24 --groups 3", {"macs": 8 * 8 * (2 * 24 * 6 // 3 + 9 * 6)}),
    Row(
        "inception --input 28x28x192 --out 256",
        {
            "params": 163_328 + 368,
            "macs": 128_049_152,
            "five.conv.MACs": 2_408_448,
            "five.conv_2.MACs": 10_035_200,
        },
    ),
    # Algorithms
    Row(
        "standard --input 7x7x3 --out 128 --algorithms",
        {
            "conv.im2col.extra_elements": 675,
            "conv.direct.multiplies": 86_400,
            "conv.winograd_2.multiplies": 71_424,
            "conv.winograd_4.multiplies": 132_672,
            "conv.inside.winograd_2.elementwise_multiplies": 55_296,
            "conv.inside.winograd_4.elementwise_multiplies": 55_296,
        },
    ),
    Row(
        "standard --input 7x7x1 --algorithms",
        {
            "conv.inside.winograd_2.tiles": 9,
            "conv.inside.winograd_2.elementwise_multiplies": 144,
            "conv.inside.winograd_4.tiles": 4,
            "conv.inside.winograd_4.elementwise_multiplies": 144,
            "conv.direct.multiplies": 225,
        },
    ),
    Row(
        "depthwise --input 8x8x4 --padding 1 --algorithms",
        {
            "depthwise_conv.direct.multiplies": 2_304,
            "depthwise_conv.inside.winograd_2.elementwise_multiplies": 1_024,
            "depthwise_conv.inside.winograd_2.filter_additions": 112,
            "depthwise_conv.inside.winograd_2.data_additions": 2_048,
            "depthwise_conv.inside.winograd_2.inverse_additions": 1_536,
            "depthwise_conv.winograd_4.multiplies": 4_308,
        },
    ),
    Row(
        "standard --input 16x16x1 --algorithms",
        {"conv.fft.multiplies": 13_312, "conv.direct.multiplies": 1_764, "conv.inside.fft.size": [16, 16]},
    ),
    Row(
        "standard --input 16x16x64 --algorithms",
        {"conv.fft.multiplies_kernels_beforehand": 4_718_592, "conv.direct.multiplies": 7_225_344},
    ),
    # Separability
    Row("separable --weights sobel_y", {"rank": 1, "products_per_output": 9, "products_per_output_split": 6}),
    Row("separable --weights laplacian8", {"rank": 2, "element_sum": 0}),
    Row("separable --weights sharpen", {"rank": 2, "element_sum": 1}),
    Row("separable --weights emboss", {"rank": 3}),
    Row("separable --weights gaussian", {"rank": 1, "element_sum": 1}),
    Row("separable --weights '0 1 2; 2 2 0; 0 1 2'", {"rank": 2, "separable": False}),
    Row(
        "flattened --weights '[[[1, 2, 1], [2, 4, 2], [1, 2, 1]], [[2, 4, 2], [4, 8, 4], [2, 4, 2]], "
        "[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]'",
        {"products_per_output": 27, "products_per_output_split": 9, "vectors": [[1, 2, 1]] * 3},
    ),
]


# What stands in a sentence, and not in the JSON.
SENTENCES = [
    ("dilated --stack 1,2,4", "Weights per channel pair: 3 x 3^2 = 27; one kernel of 15x15 would have 225."),
    ("dilated --stack 4,4", "of the 17 positions that the field spans along an axis, only 5 are read"),
    ("conv --algorithms", "Tiles of 2x2 outputs from 4x4 inputs, with 16 multiplies instead of 36"),
    ("conv --algorithms", "Tiles of 4x4 outputs from 6x6 inputs, with 36 multiplies instead of 144"),
    # Lavin & Gray 2016, section 4.
    ("conv --algorithms", "28 a filter, 32 a data tile, 24 an output tile"),
    ("conv --algorithms", "72 a filter, 156 a data tile, 100 an output tile"),
    ("transposed --kernel 3 --stride 2", "checkerboard ratio 2. On both axes together the ratio is squared: 4."),
    ("transposed --input 2x2x1 --stride 1", "36 of 64 entries are not zero"),
    ("separable --weights laplacian4", "rank 2. As a sum of 2 separable kernels it takes 2 x 6 = 12 products"),
]


@pytest.mark.parametrize(("words", "sentence"), SENTENCES)
def test_sentence(run: Run, words: str, sentence: str) -> None:
    assert sentence in " ".join(run("explain", *words.split()).out.split())


def flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """Nested objects by dotted key, lists both whole and by index; layers and their steps also by their names."""
    found = {prefix: value}
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found |= flat(item, f"{prefix}.{key}".lstrip("."))
    return found


def said(words: str, run: Run) -> dict[str, Any]:
    ran = run("explain", *shlex.split(words), "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    answer = json.loads(ran.out)
    found = flat(answer)
    for layer in answer.get("layers", []):
        for step in layer.get("steps", []):
            found[f"{layer['name']}.{step['label']}"] = step["value"]
        name = layer.get("name", "")
        found |= flat(layer.get("algorithms", {}), name) | flat(layer.get("inside", {}), f"{name}.inside")
        found[f"{name}.output"] = layer.get("output")
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.words[:60])
def test_number(run: Run, row: Row) -> None:
    found = said(row.words, run)
    assert {key: found.get(key) for key in row.said} == row.said


MODULE = "--input 28x28x192"
POINTWISE = "pointwise --input 8x8x{0} --out {1}"
PLAIN = "conv --input 8x8x64 --out 64 --padding 1"
SOLID = "conv3d --input 8x8x8x4 --out 4 --kernel {0} --padding same"
SEPARABLE = "depthwise_separable --input 8x8x64 --out 128 --kernel {0} --padding same"
NARROW, WIDE = "inverted_residual --input 8x8x16", "inverted_residual --input 8x8x64"
SHARES = [
    # (member, what its text says, commands whose MACs are summed, commands whose sum they are divided by, the quotient)
    ("depthwise_separable", "93 % of the MACs", [POINTWISE.format(64, 128)], [SEPARABLE.format(3)], 0.93),
    ("depthwise_separable", "5x5 adds 12 %", [SEPARABLE.format(5)], [SEPARABLE.format(3)], 1.12),
    ("depthwise_separable", "one of 7x7 29 %", [SEPARABLE.format(7)], [SEPARABLE.format(3)], 1.29),
    (
        "inception",
        "2.4 times the MACs",
        [f"conv {MODULE} --out {out} --kernel {k} --padding same" for out, k in ((64, 1), (128, 3), (32, 5))],
        [f"inception {MODULE} --out 256"],
        2.4,
    ),
    ("inverted_residual", "93 % with 64", [POINTWISE.format(64, 384), POINTWISE.format(384, 64)], [WIDE], 0.93),
    ("inverted_residual", "78 % with 16", [POINTWISE.format(16, 96), POINTWISE.format(96, 16)], [NARROW], 0.78),
    ("conv3d", "1/k + 1/k^2", [SOLID.format("1x3x3"), SOLID.format("3x1x1")], [SOLID.format("3x3x3")], 0.444),
    ("bottleneck", "about as much as two plain 3x3", ["bottleneck --input 8x8x256"], [PLAIN] * 2, 0.94),
    ("resnext", "keeps the cost", ["resnext --input 8x8x256"], ["bottleneck --input 8x8x256"], 1.01),
]


@pytest.mark.parametrize(("name", "quote", "above", "below", "quotient"), SHARES)
def test_share(run: Run, name: str, quote: str, above: list[str], below: list[str], quotient: float) -> None:
    """A quantity of a text is what the product itself counts, to the digits that the text has."""
    assert quote in " ".join((FOLDER / f"{name}.md").read_text(encoding="utf-8").split())

    def macs(commands: list[str]) -> int:
        return sum(json.loads(run("explain", *words.split(), "--format=json").out)["macs"] for words in commands)

    digits = len(str(quotient).partition(".")[2])
    assert round(macs(above) / macs(below), digits) == quotient


def test_pointwise_layers_of_mobilenet_v1(run: Run) -> None:
    """Table 2 of Howard et al. 2017: 94.86 % of the MACs, 74.59 % of the parameters."""
    layers = json.loads(run("analyze", "mobilenet_v1", "--format=json").out)["layers"]
    pointwise = [layer for layer in layers if layer["operator"] == "conv" and layer["arguments"]["kernel"] == [1, 1]]
    shares = [sum(n[key] for n in pointwise) / sum(n[key] for n in layers) for key in ("macs", "weights")]
    assert [f"{100 * share:.1f} %" for share in shares] == ["94.9 %", "74.6 %"]
    assert "94.9 % of the MACs and 74.6 % of the weights" in " ".join(
        (FOLDER / "pointwise.md").read_text(encoding="utf-8").split()
    )


def gaussian(places: int, axes: int) -> Any:
    """An outer product of Gaussian rows, as exact as doubles are, then rounded."""
    row = [math.exp(-n * n / 2) for n in (-1, 0, 1)]
    row = [n / sum(row) for n in row]
    kernel: Any = row
    for _ in range(axes - 1):
        kernel = [scaled(kernel, n) for n in row]
    return rounded(kernel, places)


def scaled(kernel: Any, n: float) -> Any:
    return [scaled(part, n) for part in kernel] if isinstance(kernel, list) else kernel * n


def rounded(kernel: Any, places: int) -> Any:
    return [rounded(part, places) for part in kernel] if isinstance(kernel, list) else round(kernel, places)


@pytest.mark.parametrize("places", [3, 4, 8, 17])
@pytest.mark.parametrize("axes", [2, 3])
def test_a_rounded_separable_kernel(run: Run, places: int, axes: int) -> None:
    said = json.loads(run("explain", "separable", "--weights", str(gaussian(places, axes)), "--format=json").out)
    assert said["separable"]
    assert said["products_per_output_split"] == 3 * axes
    assert said["rank_within_decimals"] == [1] * (1 if axes == 2 else 3)


@pytest.mark.parametrize(
    ("weights", "separable"),
    [
        ("0.0751 0.1238 0.0751; 0.1238 0.2042 0.1238; 0.0751 0.1238 0.0751", True),
        ("0.0751 0.1238 0.0751; 0.1238 0.2052 0.1238; 0.0751 0.1238 0.0751", False),  # ten units off in the middle
        ("1e-3 2e-3; 2e-3 4e-3", True),
        ("1.00e-3 2.00e-3; 2.00e-3 4.01e-3", True),
        ("1.00e-3 2.00e-3; 2.00e-3 4.10e-3", False),
        ("0.5 0.25; 0.25 0.1", False),  # two decimals all through
        ("[[0.25 0.5 ]\n [0.5  1.  ]]", True),  # as numpy prints it
        ("array([[0.25, 0.5 ],\n       [0.5 , 1.  ]], dtype=float32)", True),
        ("[[1. 2.]\n [3. 4.]]", False),
        ("0.0625 0.125 0.0625; 0.125 0.25 0.125; 0.0625 0.125 0.0625", True),
        ("1 2; 2 5", False),  # whole numbers are exact
        ("1e20 1; 1 1", False),  # no rounding of 1e20 makes 1 * 1 of it
    ],
)
def test_decimals_are_as_exact_as_they_are_written(run: Run, weights: str, separable: bool) -> None:
    said = json.loads(run("explain", "separable", "--weights", weights, "--format=json").out)
    assert said["separable"] == separable
