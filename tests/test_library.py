"""The library of blocks against numbers counted by execution and worked by hand from the papers' formulas."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from convcost.analysis.costs import Analysis, analyze
from convcost.errors import Source, SpecError
from convcost.language.library import FOLDER, library_comment, library_names
from convcost.ops.base import Shape
from convcost.reading.load import read

DATA = Path(__file__).parent / "data"


def use(layer: str, channels: int, size: tuple[int, ...], before: str = "") -> Analysis:
    """A network of one layer."""
    text = f"{before}input: {{channels: {channels}, size: {list(size)}}}\nlayers:\n  - {layer}\n"
    return analyze(read(Source("library.yaml", text)))


def output(analysis: Analysis) -> Shape:
    return analysis.layers[-1].layer.output_shapes[0]


# Compositions that were executed and counted, by their name in operator_cases.yaml.
EXECUTED = {
    "spatial-sep-N5-m3": "spatially_separable: {out: 1}",
    "spatial-sep-N4-m3": "spatially_separable: {out: 1}",
    "spatial-sep-N9-m7": "spatially_separable: {out: 1, kernel: 7}",
    "spatial-sep-N64-m3": "spatially_separable: {out: 1}",
    "spatial-sep-N64-m7": "spatially_separable: {out: 1, kernel: 7}",
    "spatial-sep-same-pad": "spatially_separable: {out: 1, padding: 1}",
    "spatial-sep-multichannel-3-8": "spatially_separable: {out: 8}",
    "spatial-sep-multichannel-8-8": "spatially_separable: {out: 8}",
    "dwsep-7x7x3-128": "depthwise_separable: {out: 128}",
    "dwsep-7x7x3-128-k5": "depthwise_separable: {out: 128, kernel: 5}",
    "dwsep-multiplier2": "depthwise_separable: {out: 6, padding: 1, multiplier: 2}",
    "flattened-3d-filter": "flattened: {out: 128}",
    "squeeze-excite-16-r4": "squeeze_excite: {reduction: 4}",
}


@pytest.mark.parametrize("name", EXECUTED)
def test_executed(name: str) -> None:
    cases = yaml.load((DATA / "operator_cases.yaml").read_text(), yaml.CSafeLoader)["cases"]
    case: dict[str, Any] = next(case for case in cases if case["id"] == name)
    expect = case["expect"]
    analysis = use(EXECUTED[name], case["input"]["channels"], tuple(case["input"]["spatial"]))
    assert output(analysis) == (expect["output_shape"][0], tuple(expect["output_shape"][1:]))
    assert analysis.weights == expect["params_no_bias"]
    assert analysis.params == expect["params_bias"]
    assert analysis.macs + analysis.multiplies == expect["multiplies_dense"]
    assert analysis.useful_multiplies == expect["multiplies_useful"]


class Row(NamedTuple):
    """A block used once, and what it then has. `macs` is positions times weights, summed over the convolutions."""

    block: str
    channels: int
    size: tuple[int, ...]
    output: tuple[int, ...]
    weights: int
    macs: int
    biases: int = 0
    norm: int = 0


ROWS = [
    Row("depthwise_separable: {out: 6, padding: 1}", 4, (10,), (6, 10), 4 * 3 + 4 * 6, 10 * (4 * 3 + 4 * 6), 4 + 6),
    Row("depthwise_separable: {out: 3, padding: 1}", 2, (4, 4, 4), (3, 4, 4, 4), 2 * 27 + 6, 64 * (2 * 27 + 6), 2 + 3),
    Row(
        "depthwise_separable: {out: 8, kernel: 5, stride: 2, padding: 4, dilation: 2, bias: false}",
        *(2, (9, 9), (8, 5, 5), 2 * 25 + 2 * 8, 25 * (2 * 25 + 2 * 8)),
    ),
    Row(
        "spatially_separable: {out: 5, middle: 2, bias: false}",
        *(3, (6, 6), (5, 4, 4), 3 * 3 * 2 + 3 * 2 * 5, 4 * 6 * (3 * 3 * 2) + 4 * 4 * (3 * 2 * 5)),
    ),
    Row(
        "spatially_separable: {out: 1, stride: 2, padding: 1, bias: false}",
        *(1, (8, 8), (1, 4, 4), 3 + 3, 4 * 8 * 3 + 4 * 4 * 3),
    ),
    Row(
        "flattened: {out: 4, kernel: 5, padding: 2, bias: false}",
        *(3, (6, 6), (4, 6, 6), 4 * (3 + 5 + 5), 36 * 4 * (3 + 5 + 5)),
    ),
    Row(
        "conv_bn_relu: {out: 8, kernel: 3, stride: 2, padding: 2, dilation: 2, groups: 2}",
        *(4, (9, 9), (8, 5, 5), 8 * 2 * 9, 25 * 8 * 2 * 9),
        norm=2 * 8,
    ),
    Row(
        "conv_bn_act: {out: 8, kernel: 3, stride: 2, padding: 2, dilation: 2, groups: 2, act: silu}",
        *(4, (9, 9), (8, 5, 5), 8 * 2 * 9, 25 * 8 * 2 * 9),
        norm=2 * 8,
    ),
    Row(
        "conv_bn_relu6: {out: 6, kernel: 3, stride: 3, padding: 1, dilation: 2, groups: 2}",
        *(4, (10, 10), (6, 3, 3), 6 * 2 * 9, 9 * 6 * 2 * 9),
        norm=2 * 6,
    ),
    # Woo et al. 2023: gamma and beta of C numbers each, and no convolution.
    Row("global_response_norm", 8, (6, 5), (8, 6, 5), 8, 0, 8),
    # Hu et al. 2018: 2 C^2 / r.
    Row("squeeze_excite", 32, (5, 6, 7), (32, 5, 6, 7), 2 * 32**2 // 16, 2 * 32**2 // 16, 2 + 32),
    # With 1x1 convolutions each of the two has as many weights and MACs: 2 C s.
    Row(
        "squeeze_excite: {squeezed: 5, act: silu, gate: hard_sigmoid, dense: {conv: {kernel: 1}}}",
        *(32, (6, 7), (32, 6, 7), 2 * 32 * 5, 2 * 32 * 5, 5 + 32),
    ),
    # Sandler et al. 2018: h w d' t (d' + k^2 + d''); with stride s the expansion still has h w positions.
    Row(
        "linear_bottleneck: {out: 12}",
        *(8, (10, 10), (12, 10, 10), 48 * (8 + 9 + 12), 100 * 48 * (8 + 9 + 12)),
        norm=2 * (48 + 48 + 12),
    ),
    Row(
        "linear_bottleneck: {out: 12, kernel: 5, stride: 2, expansion: 3}",
        *(8, (10, 10), (12, 5, 5), 24 * (8 + 25 + 12), 100 * 24 * 8 + 25 * 24 * (25 + 12)),
        norm=2 * (24 + 24 + 12),
    ),
    Row(
        "linear_bottleneck: {out: 4, expansion: 1}",
        *(8, (10, 10), (4, 10, 10), 8 * (9 + 4), 100 * 8 * (9 + 4)),
        norm=2 * (8 + 4),
    ),
    Row(
        "linear_bottleneck: {out: 4, expansion: 1.5}",
        *(8, (10, 10), (4, 10, 10), 12 * (8 + 9 + 4), 100 * 12 * (8 + 9 + 4)),
        norm=2 * (12 + 12 + 4),
    ),
    # With a stride, or other channels, it is the linear bottleneck alone.
    Row(
        "inverted_residual: {out: 12, kernel: 5, stride: 2, expansion: 3, act: silu}",
        *(8, (10, 10), (12, 5, 5), 24 * (8 + 25 + 12), 100 * 24 * 8 + 25 * 24 * (25 + 12)),
        norm=2 * (24 + 24 + 12),
    ),
    Row(
        "inverted_residual",
        *(8, (10, 10), (8, 10, 10), 48 * (8 + 9 + 8), 100 * 48 * (8 + 9 + 8)),
        norm=2 * (48 + 48 + 8),
    ),
    Row(
        "inverted_residual: {expansion: 3, kernel: 5}",
        *(8, (10, 10), (8, 10, 10), 24 * (8 + 25 + 8), 100 * 24 * (8 + 25 + 8)),
        norm=2 * (24 + 24 + 8),
    ),
    # Zhang et al. 2018, section 3.2, of units with c maps in and out and m in the bottleneck:
    # ResNet hw(2cm + 9m^2), ResNeXt hw(2cm + 9m^2/g), ShuffleNet hw(2cm/g + 9m).
    Row(
        "bottleneck: {width: 16}",
        *(64, (7, 7), (64, 7, 7), 2 * 64 * 16 + 9 * 16**2, 49 * (2 * 64 * 16 + 9 * 16**2)),
        norm=2 * (16 + 16 + 64),
    ),
    Row(
        "resnext_unit: {width: 12, groups: 3}",
        *(24, (8, 8), (24, 8, 8), 1_008, 64 * (2 * 24 * 12 + 9 * 12**2 // 3)),
        norm=2 * (12 + 12 + 24),
    ),
    Row(
        "shuffle_unit: {groups: 3}",
        *(240, (28, 28), (240, 28, 28), 10_140, 784 * (2 * 240 * 60 // 3 + 9 * 60)),
        norm=2 * (60 + 60 + 240),
    ),
    # With a projection the shortcut has cm' weights more, at the smaller size.
    Row(
        "bottleneck: {width: 16, stride: 2}",
        *(32, (8, 8), (64, 4, 4), 32 * 16 + 9 * 16**2 + 16 * 64 + 32 * 64),
        64 * 32 * 16 + 16 * (9 * 16**2 + 16 * 64 + 32 * 64),
        norm=2 * (16 + 16 + 64 + 64),
    ),
    Row(
        "bottleneck: {width: 16, dilation: 4}",
        *(64, (7, 7), (64, 7, 7), 2 * 64 * 16 + 9 * 16**2, 49 * (2 * 64 * 16 + 9 * 16**2)),
        norm=2 * (16 + 16 + 64),
    ),
    Row(
        "resnext_unit: {width: 12, out: 36, groups: 3, stride: 2}",
        *(24, (8, 8), (36, 4, 4), 24 * 12 + 9 * 12**2 // 3 + 12 * 36 + 24 * 36),
        64 * 24 * 12 + 16 * (9 * 12**2 // 3 + 12 * 36 + 24 * 36),
        norm=2 * (12 + 12 + 36 + 36),
    ),
    Row("basic_block: {out: 6}", 6, (5, 5), (6, 5, 5), 2 * 9 * 36, 25 * 2 * 9 * 36, norm=2 * (6 + 6)),
    Row(
        "basic_block: {out: 8, stride: 2}",
        *(6, (6, 6), (8, 3, 3), 9 * 6 * 8 + 9 * 8 * 8 + 6 * 8, 9 * (9 * 6 * 8 + 9 * 8 * 8 + 6 * 8)),
        norm=2 * (8 + 8 + 8),
    ),
    # Szegedy et al. 2015, table 1, (3a): 128 million ops.
    Row(
        "inception: {one: 64, reduce3: 96, three: 128, reduce5: 16, five: 32, pool: 32}",
        *(192, (28, 28), (256, 28, 28), 163_328, 128_049_152),
        biases=64 + 96 + 128 + 16 + 32 + 32,
    ),
    Row("shuffled_group_conv: {out: 8, groups: 2}", 6, (5, 5), (8, 5, 5), 6 * 8 // 2, 25 * 6 * 8 // 2, 8),
    Row(
        "shuffled_group_conv: {out: 8, groups: 2, kernel: 3, stride: 2, padding: 1, bias: false}",
        *(6, (5, 5), (8, 3, 3), 6 * 8 * 9 // 2, 9 * 6 * 8 * 9 // 2),
    ),
    # ShuffleNet, g = 3, the first unit of stages 3 and 2: 240 and 216 maps beside the pooled ones.
    Row(
        "shuffle_unit_down: {out: 480, groups: 3}",
        *(240, (28, 28), (480, 14, 14), 240 * 120 // 3 + 9 * 120 + 120 * 240 // 3),
        784 * 240 * 120 // 3 + 196 * (9 * 120 + 120 * 240 // 3),
        norm=2 * (120 + 120 + 240),
    ),
    Row(
        "shuffle_unit_down: {out: 240, groups: 3, first_groups: 1}",
        *(24, (56, 56), (240, 28, 28), 24 * 60 + 9 * 60 + 60 * 216 // 3),
        3136 * 24 * 60 + 784 * (9 * 60 + 60 * 216 // 3),
        norm=2 * (60 + 60 + 216),
    ),
    # ShuffleNetV2 1x, stage 2.
    Row(
        "shuffle_v2_unit",
        *(116, (28, 28), (116, 28, 28), 2 * 58**2 + 9 * 58, 784 * (2 * 58**2 + 9 * 58)),
        norm=2 * 3 * 58,
    ),
    Row(
        "shuffle_v2_unit_down: {out: 116}",
        *(24, (56, 56), (116, 28, 28), 9 * 24 + 24 * 58 + 24 * 58 + 9 * 58 + 58**2),
        784 * (9 * 24 + 24 * 58) + 3136 * 24 * 58 + 784 * (9 * 58 + 58**2),
        norm=2 * (24 + 58 + 58 + 58 + 58),
    ),
    # Iandola et al. 2016, table 1, fire2: 11,920 parameters.
    Row("fire: {squeeze: 16, one: 64}", 96, (55, 55), (128, 55, 55), 11_920 - 144, 3025 * (11_920 - 144), 16 + 64 + 64),
    Row("fire: {squeeze: 2, one: 3, three: 4}", 5, (6,), (7, 6), 5 * 2 + 2 * 3 + 3 * 2 * 4, 6 * 40, 2 + 3 + 4),
    # Huang et al. 2017: 4k and k new maps; the normalisation before has all the maps so far.
    Row(
        "dense_layer: {growth: 12}",
        *(30, (8, 8), (42, 8, 8), 30 * 48 + 9 * 48 * 12, 64 * (30 * 48 + 9 * 48 * 12)),
        norm=2 * (30 + 48),
    ),
    # Chen et al. 2017: 1x1, three 3x3, the mean's 1x1 at one position, and the last 1x1 over all five.
    Row(
        "atrous_pyramid: {out: 4, rate: 2}",
        *(6, (9, 9), (4, 9, 9), (1 + 27 + 1) * 6 * 4 + 5 * 4 * 4, 81 * (28 * 6 * 4 + 5 * 4 * 4) + 6 * 4),
        norm=2 * 6 * 4,
    ),
]


def block_of(row: Row) -> str:
    return row.block.partition(":")[0]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.block)
def test_block(row: Row) -> None:
    analysis = use(row.block, row.channels, row.size)
    assert output(analysis) == (row.output[0], row.output[1:])
    assert (analysis.weights, analysis.biases, analysis.norm) == (row.weights, row.biases, row.norm)
    assert analysis.macs == row.macs


def test_every_block_has_a_row() -> None:
    assert {block_of(row) for row in ROWS} == library_names()


PLANAR = {"spatially_separable", "flattened"}
SQUARE = [row for row in ROWS if len(row.size) == 2]


@pytest.mark.parametrize("rank", [1, 3])
@pytest.mark.parametrize("row", [row for row in SQUARE if block_of(row) not in PLANAR], ids=lambda row: row.block)
def test_other_dimensions(row: Row, rank: int) -> None:
    assert output(use(row.block, row.channels, row.size[:1] * rank)) == (row.output[0], row.output[1:2] * rank)


@pytest.mark.parametrize("rank", [1, 3])
@pytest.mark.parametrize("row", [row for row in SQUARE if block_of(row) in PLANAR], ids=lambda row: row.block)
def test_planar(row: Row, rank: int) -> None:
    with pytest.raises(SpecError, match=rf"2 (numbers|entries) for {rank} spatial ax"):
        use(row.block, row.channels, row.size[:1] * rank)


def test_convolutions_with_lists_and_words() -> None:
    analysis = use("depthwise_separable: {out: 2, kernel: [3, 5], stride: [1, 2], padding: same}", 1, (7, 9))
    assert output(analysis) == (2, (7, 5))


def test_library_blocks_keep_their_meaning() -> None:
    # A spec may have blocks and symbols by the names that a block of the library uses inside.
    before = """
symbols: {out: 99, project: 1}
blocks:
  conv_bn_relu: {args: {width: }, layers: [bottleneck: {width: width}]}
"""
    analysis = use("conv_bn_relu: {width: 16}", 64, (7, 7), before)
    assert analysis.params == use("bottleneck: {width: 16}", 64, (7, 7)).params
    assert {cost.layer.kind for cost in analysis.layers} == {"conv", "batch_norm", "relu", "add"}


def test_an_argument_in_error_is_reported_once() -> None:
    with pytest.raises(SpecError) as caught:
        use("shuffle_unit_down: {out: nonsense, groups: 2}", 4, (8, 8))
    assert [problem.message for problem in caught.value.problems] == ["unknown name `nonsense`"]


@pytest.mark.parametrize("name", sorted(library_names()))
def test_file(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    head, _, body = text.partition(f"\n{name}:\n")
    assert all(line.startswith("# ") for line in head.splitlines())
    assert re.search(r"[a-z.] (19|20)\d\d\b", library_comment(name)), "the comment cites a paper: authors and year"
    assert all(line.startswith("  ") for line in body.splitlines())
