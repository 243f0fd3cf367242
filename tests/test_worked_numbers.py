"""Worked numbers of papers and textbooks, each out of one command: counted by loops or by hand, not by convcost."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from command_line import Run


class Row(NamedTuple):
    """`convcost compare` with these arguments; figures of each side; ratios of the first other side to the baseline."""

    arguments: str
    sides: list[dict[str, Any]]
    ratio: dict[str, str] = {}  # noqa: RUF012

    def __str__(self) -> str:
        return self.arguments


STANDARD_7x7x3 = {"weights": 3_456, "params": 3_584, "macs": 86_400, "output_shape": [128, 5, 5]}

CONVOLUTIONS = [
    # One filter, several input channels, many filters.
    Row("standard --input 5x5x1 --out 1", [{"weights": 9, "macs": 81, "output_shape": [1, 3, 3]}]),
    Row("standard --input 5x5x3 --out 1", [{"weights": 27, "macs": 243, "output_shape": [1, 3, 3]}]),
    Row("standard --input 7x7x3 --out 1", [{"weights": 27, "macs": 675, "output_shape": [1, 5, 5]}]),
    Row("standard --input 7x7x3 --out 128", [STANDARD_7x7x3]),
    # The first layer of AlexNet needs 227 pixels for 55 positions.
    Row("standard --input 227x227x3 --out 96 --kernel 11 --stride 4", [{"output_shape": [96, 55, 55]}]),
    Row("standard --input 224x224x3 --out 96 --kernel 11 --stride 4", [{"output_shape": [96, 54, 54]}]),
    # A third axis is time, not the channels: 3 frames of 3 channels; a kernel as deep as the input leaves one frame.
    Row("conv3d --input 4x6x6x3 --out 8 --padding 1", [{"params": 656, "macs": 93_312, "useful_multiplies": 61_440}]),
    Row("conv3d --input 3x5x5x1 --out 1", [{"output_shape": [1, 1, 3, 3], "weights": 27}]),
    # Padding: 225 products, of which 13 * 13 are real; with stride 2 a 3x3 output.
    Row("standard --input 5x5x1 --out 1 --padding 1", [{"macs": 225, "useful_multiplies": 169}]),
    Row("standard --input 5x5x1 --out 1 --padding 1 --stride 2", [{"output_shape": [1, 3, 3]}]),
    # 1x1: weights D*N; stride 2 reads 16 of 49 positions; 200 channels into 1.
    Row("pointwise --input 7x7x200 --out 1", [{"weights": 200, "macs": 49 * 200}]),
    Row("pointwise --input 7x7x1 --out 1 --stride 2", [{"macs": 16}]),
    # A dense layer over 16x5x5 as a convolution with a 5x5 kernel.
    Row("standard --input 5x5x16 --out 120 --kernel 5", [{"weights": 48_000, "params": 48_120, "macs": 48_000}]),
    # A 5x5 convolution over 192 channels (Szegedy et al. 2015, module 3a) without a 1x1 before it.
    Row("standard --input 28x28x192 --out 32 --kernel 5 --padding 2", [{"macs": 120_422_400}]),
    Row(
        "inception --input 28x28x192 --out 256", [{"weights": 163_328, "macs": 128_049_152, "receptive_field": [5, 5]}]
    ),
    # Squeeze-and-excitation: 2C^2/r, and HWC to apply the gate.
    Row(
        "squeeze_excite --input 8x8x16 --reduction 4",
        [
            {
                "macs": 128,
                "all_multiplies": 128 + 1_024,
                "receptive_field": None,
                "receptive_field_reason": "whole input",
            }
        ],
    ),
    # Transposed: products counted where they are scattered; as a convolution of the input stretched with zeros, 225.
    Row("transposed --input 2x2x1 --out 1", [{"macs": 36, "output_shape": [1, 4, 4]}]),
    Row("transposed --input 2x2x1 --out 1 --stride 2", [{"macs": 36, "output_shape": [1, 5, 5]}]),
    Row("standard --input 3x3x1 --out 1 --padding 2", [{"macs": 225, "output_shape": [1, 5, 5]}]),
    Row("transposed --input 4x4x1 --out 1 --stride 2", [{"output_shape": [1, 9, 9]}]),
    Row("transposed --input 3x3x1 --out 1 --stride 2 --padding 1", [{"output_shape": [1, 5, 5]}]),
    Row(
        "transposed --input 3x3x2 --out 3 --stride 2 --padding 1 --output-padding 1",
        [{"macs": 486, "useful_multiplies": 384, "output_shape": [3, 6, 6]}],
    ),
    Row("standard --input 6x6x2 --out 3 --padding 1", [{"macs": 1_944}]),
    # Dilation costs nothing: as many weights, extents 5, 7, 9; one 15x15 kernel has 225.
    Row(
        "standard:dilation=1 vs dilated:dilation=2 dilated:dilation=3 dilated:dilation=4 --input 20x20x1 --out 1",
        [{"weights": 9, "receptive_field": [extent, extent]} for extent in (3, 5, 7, 9)],
    ),
    Row("dilated --input 60x60x1 --out 1 --dilation 24", [{"receptive_field": [49, 49]}]),
    Row("standard --input 20x20x1 --out 1 --kernel 15", [{"weights": 225}]),
    # AlexNet's conv2 with and without groups: weights and products halve, activations stay.
    Row(
        "grouped vs standard --input 27x27x96 --out 256 --kernel 5 --padding 2",
        [
            {"weights": 307_200, "elements": 186_624, "output_shape": [256, 27, 27]},
            {"weights": 614_400, "elements": 186_624},
        ],
        {"weights": "1/2", "macs": "1/2", "elements": "1"},
    ),
    Row(
        "grouped vs standard --input 7x7x8 --out 16 --padding 0 --no-bias",
        [{"params": 576, "macs": 14_400}, {"params": 1_152, "macs": 28_800}],
        {"params": "1/2", "macs": "1/2"},
    ),
    # As many groups as input channels is the depthwise convolution.
    Row(
        "grouped:groups=3 depthwise:multiplier=2 --input 7x7x3 --out 6",
        [{"weights": 54, "macs": 6 * 9 * 25}, {"weights": 54, "macs": 6 * 9 * 25}],
        {"weights": "1", "macs": "1"},
    ),
    # Separable in space: 45 + 27 products against 81; at N = 3 it is dearer, at N = 4 even.
    Row(
        "spatially_separable standard --input 5x5x1 --out 1",
        [{"macs": 45 + 27, "weights": 6}, {"macs": 81}],
        {"macs": "8/9"},
    ),
    Row("spatially_separable standard --input 3x3x1 --out 1", [{"macs": 12}, {"macs": 9}]),
    Row("spatially_separable standard --input 4x4x1 --out 1", [{"macs": 36}, {"macs": 36}], {"macs": "1"}),
    Row("spatially_separable standard --input 7x7x1 --out 1 --kernel 5", [{"macs": 150}, {"macs": 225}]),
    Row("spatially_separable --input 9x9x3 --out 8", [{"weights": 264}]),
    Row("spatially_separable --input 9x9x8 --out 8", [{"weights": 384}]),
    # Depthwise alone: 1/C_in of the convolution with as many outputs.
    Row("depthwise --input 7x7x3", [{"weights": 27, "macs": 675}]),
    Row(
        "depthwise vs standard --input 6x6x4 --out 8 --multiplier 2",
        [{"weights": 72}, {"weights": 288}],
        {"weights": "1/4"},
    ),
    # Depthwise separable: 675 + 9,600 products against 86,400.
    Row(
        "depthwise_separable vs standard --input 7x7x3 --out 128 --kernel 3",
        [{"macs": 675 + 9_600, "output_shape": [128, 5, 5]}, STANDARD_7x7x3],
        {"macs": "137/1152", "weights": "137/1152"},
    ),
    Row("depthwise_separable depthwise --input 7x7x3 --out 128 --baseline depthwise", [{}, {}], {"macs": "137/9"}),
    # Flattened: C + kh + kw weights per filter.
    Row(
        "flattened standard --input 7x7x3 --out 128",
        [{"weights": 128 * 9, "macs": 41_856}, {"weights": 128 * 27, "macs": 86_400}],
    ),
    # Deformable: offsets, interpolation and the convolution itself.
    Row("deformable --input 6x6x2 --out 4 --padding 1", [{"all_multiplies": 18_144}]),
    # Units of c maps, m in the middle, at h x w: ShuffleNet hw(2cm/g + 9m), ResNeXt hw(2cm + 9m^2/g), ResNet
    # hw(2cm + 9m^2) (Zhang et al. 2018, section 3.2).
    Row("shuffle --input 8x8x24 --groups 3 --width 6", [{"macs": 64 * (2 * 24 * 6 // 3 + 9 * 6)}]),
    Row("resnext --input 8x8x24 --groups 3 --width 12", [{"macs": 64 * (2 * 24 * 12 + 9 * 144 // 3)}]),
    Row("bottleneck --input 7x7x64 --width 16", [{"macs": 49 * (2 * 64 * 16 + 9 * 256)}]),
    # Grouped 1x1: Cin*Cout/g.
    Row("pointwise_grouped --input 8x8x24 --out 12 --groups 3", [{"weights": 24 * 12 // 3}]),
    Row("shuffled_grouped grouped --input 8x8x8 --out 8", [{}, {}], {"macs": "1", "params": "1"}),
]


def compare(run: Run, *arguments: str) -> dict[str, Any]:
    ran = run("compare", *arguments, "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    found: dict[str, Any] = json.loads(ran.out)
    return found


@pytest.mark.parametrize("row", CONVOLUTIONS, ids=str)
def test_convolutions(run: Run, row: Row) -> None:
    found = compare(run, *row.arguments.split())
    assert len(found["sides"]) == len(row.sides)
    for side, expected in zip(found["sides"], row.sides, strict=True):
        assert {figure: side[figure] for figure in expected} == expected
    for figure, exact in row.ratio.items():
        assert found["ratio"][figure]["exact"] == exact
        assert found["ratio"][figure]["decimal"] == float(Fraction(exact))


# (arguments, the ratio of multiplies in decimals as printed)
DECIMALS = [
    ("depthwise_separable vs standard --input 7x7x3 --out 128", "all multiplies: 0.1189 times as many, 8.409 times fe"),
    ("depthwise_separable vs standard --input 7x7x3 --out 128 --kernel 5", "20.92 times fewer"),
    ("spatially_separable vs standard --input 64x64x1 --out 1", "all multiplies: 0.6774 times as many"),
    ("depthwise_separable vs depthwise --input 7x7x3 --out 128 --baseline depthwise", "15.22 times as many"),
    (
        "standard:out=100 standard:out=101 --input 7x7x3",
        "standard:out=101 / standard:out=100, all multiplies: 1 % more",
    ),
    ("standard:out=1000 standard:out=999 --input 7x7x3", "all multiplies: 0.1 % fewer"),
]


@pytest.mark.parametrize(("arguments", "text"), DECIMALS)
def test_decimals(run: Run, arguments: str, text: str) -> None:
    assert text in run("compare", *arguments.split(), columns=200).out


# (sides, the ratio of multiplies in letters, and what it tends to)
LETTERS = [
    ("depthwise_separable standard", "1/C_out + 1/k**2", {"C_out": "1/k**2"}),
    ("grouped standard", "1/g", {}),
    ("depthwise standard", "1/C", {}),
    ("spatially_separable standard", "(C + C_out)/(C*k)", {"C": "1/k"}),
    ("flattened standard", "1/k**2 + 2/(C*k)", {"C": "1/k**2"}),
]


@pytest.mark.parametrize(("sides", "ratio", "limits"), LETTERS, ids=lambda value: str(value)[:40])
def test_letters(run: Run, sides: str, ratio: str, limits: dict[str, str]) -> None:
    found = compare(run, *sides.split())["ratio"]
    assert found["all_multiplies"]["symbolic"] == ratio
    assert {limit["letters"]: limit["ratio"] for limit in found["limits"]} == limits


# Spatially separable with an m x m kernel on one N x N channel: the first N that pays, for m = 2 none.
FIRST_PAYING = {2: None, 3: 5, 4: 5, 5: 6, 6: 7, 7: 8}


@pytest.mark.parametrize(("kernel", "first"), FIRST_PAYING.items())
def test_separable_pays_from(run: Run, kernel: int, first: int | None) -> None:
    sides = ["spatially_separable", "standard", "--input", "9x9x1", "--out", "1", "--kernel", str(kernel)]
    (found,) = (one for one in compare(run, *sides)["ratio"]["break_even"] if one["letter"] == "N")
    assert found["fewer"] == ([] if first is None else [[first, None]])


def test_break_even_is_told(run: Run) -> None:
    out = run("compare", *["spatially_separable", "standard", "--input", "5x5x1", "--out", "1"], columns=200).out
    assert "from N = 5 (as many at N = 4)" in out


# What is about networks: (specs, a figure, its value in each).
LAYERS = {
    # A 5x5 convolution over 192 channels, and a 1x1 before it.
    "naive": ("192, size: [28, 28]", "conv: {out: 32, kernel: 5, padding: 2}"),
    "reduced": ("192, size: [28, 28]", "conv: {out: 16, kernel: 1}", "conv: {out: 32, kernel: 5, padding: 2}"),
    # Twice the size by resizing and convolving, or by a transposed convolution.
    "resize": ("2, size: [5, 5]", "upsample: {scale: 2}", "conv: {out: 3, kernel: 3, padding: 1}"),
    "transposed": ("2, size: [5, 5]", "conv_transpose: {out: 3, kernel: 4, stride: 2, padding: 1}"),
    # 5x5 to 3x3, every output from every input or from a window.
    "dense": ("1, size: [5, 5]", "linear: {out: 9, bias: false}"),
    "windows": ("1, size: [5, 5]", "conv: {out: 1, kernel: 3, bias: false}"),
    # Pooling before a convolution doubles what that sees.
    "pooled": ("1, size: [20, 20]", "max_pool: {kernel: 2}", "conv: {out: 1, kernel: 3}"),
    # Three 3x3 layers, and one 7x7, which see as much.
    "three": ("8, size: [20, 20]", *["conv: {out: 8, kernel: 3, bias: false}"] * 3),
    "one": ("8, size: [20, 20]", "conv: {out: 8, kernel: 7, bias: false}"),
}

NETWORKS = [
    (["naive", "reduced"], "macs", [120_422_400, 12_443_648]),
    (["resize", "transposed"], "macs", [5_400, 2_400]),
    (["dense", "windows"], "macs", [225, 81]),
    (["dense", "windows"], "weights", [225, 9]),
    (["pooled"], "receptive_field", [[6, 6]]),
    (["three", "one"], "receptive_field", [[7, 7], [7, 7]]),
    (["three", "one"], "weights", [27 * 64, 49 * 64]),
]


@pytest.mark.parametrize(("names", "figure", "values"), NETWORKS)
def test_networks(run: Run, tmp_path: Path, names: list[str], figure: str, values: list[Any]) -> None:
    for name in names:
        channels, *layers = LAYERS[name]
        body = "".join(f"  - {layer}\n" for layer in layers)
        (tmp_path / f"{name}.yaml").write_text(f"network: {name}\ninput: {{channels: {channels}}}\nlayers:\n{body}")
    found = compare(run, *(str(tmp_path / f"{name}.yaml") for name in names))
    assert [side[figure] for side in found["sides"]] == values
    if names == ["naive", "reduced"]:
        assert round(1 / found["ratio"]["macs"]["decimal"], 2) == 9.68


def test_alexnet_without_groups(run: Run) -> None:
    found = compare(run, "alexnet", "--replace", "conv=conv", "--groups", "1")
    assert [side["macs"] for side in found["sides"]] == [724_406_816, 1_135_256_096]
    assert [side["params"] for side in found["sides"]] == [60_965_224, 62_378_344]


def layers_of(run: Run, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("analyze", name, "--format", "json").out)["layers"]
    return found


def test_most_of_a_separable_network_is_pointwise(run: Run) -> None:
    # 95.03 % of MobileNet's convolutions, counted apart from its first layer and its depthwise ones.
    layers = [layer for layer in layers_of(run, "mobilenet_v1") if "conv" in layer["operator"]]
    pointwise = sum(layer["macs"] for layer in layers[1:] if layer["operator"] == "conv")
    assert round(pointwise / sum(layer["macs"] for layer in layers), 4) == 0.9503


def test_neurons_and_parameters_of_the_classics(run: Run) -> None:
    # AlexNet's outputs of convolutional and dense layers; LeNet-5's parameters layer by layer (LeCun et al. 1998).
    layers = [layer for layer in layers_of(run, "alexnet") if layer["operator"] in ("conv", "linear")]
    assert sum(layer["elements"] for layer in layers) == 659_272
    params = [layer["params"] for layer in layers_of(run, "lenet5") if layer["params"]]
    assert params == [156, 12, 1_516, 32, 48_120, 10_164]
