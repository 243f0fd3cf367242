"""One row per operator, worked by hand on sizes small enough to count on paper."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from convcost.analysis.costs import Costs, analyze
from convcost.editor.meanings import ARGUMENTS
from convcost.errors import ShapeError, Source
from convcost.ops import OPERATORS, operator
from convcost.ops.arguments import Axes
from convcost.reading.load import read
from convcost.verification import verify


class Row(NamedTuple):
    """A layer as in a spec, its input, and what it writes, holds and computes."""

    layer: str
    input: tuple[int, ...]
    output: tuple[int, ...]
    params: dict[str, int] = {}  # noqa: RUF012 - never changed
    work: dict[str, int] = {}  # noqa: RUF012


ROWS = [
    Row("abs", (2, 2), (2, 2), work={"comparisons": 4}),
    # Windows 0-1, 1-3 and 3-4: 2 + 3 + 2 reads an axis, 49 a channel.
    Row("adaptive_avg_pool: {size: 3}", (2, 5, 5), (2, 3, 3), work={"additions": 98 - 18, "divisions": 18}),
    Row("adaptive_max_pool: {size: 3}", (2, 5, 5), (2, 3, 3), work={"comparisons": 98 - 18}),
    Row("add: {a: [], b: [], c: []}", (2, 3, 3), (2, 3, 3), work={"additions": 2 * 18}),
    # A number per channel and one per position are spread over 12 numbers.
    Row(
        "add: {a: [], means: [global_avg_pool], map: [mean: {over: channels}]}",
        (3, 2, 2),
        (3, 2, 2),
        work={"additions": 24},
    ),
    # CoordConv's two coordinates of 3x2 positions, held and not trained.
    Row("append: {count: 2, trained: false}", (8, 3, 2), (10, 3, 2), {"statistics": 12}),
    Row("append: {axis: height, before: true}", (8, 3, 2), (8, 4, 2), {"weights": 16}),
    Row("arg_max: {over: channels}", (19, 2, 3), (1, 2, 3), work={"comparisons": 6 * 18}),
    # torch's nn.MultiheadAttention(8, 2): 3*8*8 + 8*8 weights, 24 + 8 biases; 5 positions, 2 heads, 25 scores.
    Row(
        "attention: {heads: 2}",
        (8, 5),
        (8, 5),
        {"weights": 256, "biases": 32},
        {
            "macs": 5 * 256 + 2 * 25 * (4 + 4),
            "multiplies": 5 * 8,
            "additions": 5 * 32 + 10 * (5 + 4),
            "comparisons": 10 * 4,
            "divisions": 50,
            "exponentials": 50,
        },
    ),
    # Swin: four windows of 2x2 positions, so that each of 16 queries has 4 keys.
    Row(
        "attention: {heads: 1, window: 2, bias: false}",
        (3, 4, 4),
        (3, 4, 4),
        {"weights": 36},
        {
            "macs": 16 * 36 + 16 * 4 * (3 + 3),
            "multiplies": 48,
            "additions": 16 * (4 + 3),
            "comparisons": 16 * 3,
            "divisions": 64,
            "exponentials": 64,
        },
    ),
    # 16 positions averaged to 4: queries 16*3*2, keys and values 4*3*(2 + 5), output 16*5*7; 16*4 scores and weights.
    Row(
        "attention: {heads: 1, key: 2, value: 5, out: 7, stride: 2, bias: false, out_bias: true}",
        (3, 4, 4),
        (7, 4, 4),
        {"weights": 3 * 2 + 3 * 2 + 3 * 5 + 5 * 7, "biases": 7},
        {
            "macs": 96 + 84 + 560 + 64 * 7,
            "multiplies": 32,
            "additions": 3 * 4 * 3 + 16 * (4 + 3) + 16 * 7,
            "comparisons": 16 * 3,
            "divisions": 12 + 64,
            "exponentials": 64,
        },
    ),
    # timm's BottleneckAttn(8, feat_size=(2, 3), num_heads=2): 3*8*8 weights, 3 + 5 vectors of 4; 2 heads, 36 scores.
    Row(
        "attention: {heads: 2, bias: false, project: false, relative: embedding}",
        (8, 2, 3),
        (8, 2, 3),
        {"weights": 192 + 8 * 4},
        {
            "macs": 6 * 192 + 2 * 36 * (4 + 4) + 2 * 6 * 8 * 4,
            "multiplies": 6 * 8,
            "additions": 2 * 6 * (6 + 5) + 2 * 72,
            "comparisons": 2 * 6 * 5,
            "divisions": 72,
            "exponentials": 72,
        },
    ),
    # Swin's WindowAttention(4, window_size=2, num_heads=2): 4*4*4 weights, 16 biases, a table of 3*3 numbers a head.
    Row(
        "attention: {heads: 2, window: 2, relative: bias}",
        (4, 2, 4),
        (4, 2, 4),
        {"weights": 64 + 2 * 9, "biases": 16},
        {
            "macs": 8 * 64 + 8 * 4 * (4 + 4),
            "multiplies": 8 * 4,
            "additions": 8 * 16 + 16 * (4 + 3) + 64,
            "comparisons": 16 * 3,
            "divisions": 64,
            "exponentials": 64,
        },
    ),
    # Rows of 2, 3, 3 and 2 real elements (padding 1, size 7, stride 2): 10 reads an axis.
    Row(
        "avg_pool: {kernel: 3, stride: 2, padding: 1}",
        (1, 7, 7),
        (1, 4, 4),
        work={"additions": 100 - 16, "divisions": 16},
    ),
    Row(
        "batch_norm",
        (3, 2, 2),
        (3, 2, 2),
        {"norm": 6, "statistics": 6},
        {"multiplies": 12, "additions": 12},
    ),
    Row(
        "depthwise_conv: {kernel: 3, bias: false, trained: false}",
        (2, 5, 5),
        (2, 3, 3),
        {"statistics": 18},
        {"macs": 18 * 9},
    ),
    Row("blur_pool", (2, 5, 5), (2, 3, 3), {"statistics": 9}, {"macs": 18 * 9}),
    Row(
        "celu",
        (2, 2),
        (2, 2),
        work={"multiplies": 4, "additions": 4, "comparisons": 4, "divisions": 4, "exponentials": 4},
    ),
    Row("channel_shuffle: {groups: 2}", (6, 2, 2), (6, 2, 2)),
    # ViT-B/16 on 224: 196 patches and the class token.
    Row("class_token", (768, 196), (768, 197), {"weights": 768}),
    Row("clip: {min: -0.5, max: 1}", (2, 2), (2, 2), work={"comparisons": 8}),
    Row("clip: {max: 4}", (2, 2), (2, 2), work={"comparisons": 4}),
    Row("compare", (2, 3), (2, 3), work={"comparisons": 6}),
    # Each of 12 numbers with the mean of its channel.
    Row("compare: {a: [], mean: [global_avg_pool]}", (3, 2, 2), (3, 2, 2), work={"comparisons": 12}),
    Row("concat: {a: [], b: []}", (3, 2, 2), (6, 2, 2)),
    Row("concat: {axis: height, a: [], b: [], c: []}", (3, 2, 4), (3, 6, 4)),
    Row(
        "conv: {out: 4, kernel: [2, 3], groups: 2}",
        (6, 4, 5),
        (4, 3, 3),
        {"weights": 4 * 3 * 6, "biases": 4},
        {"macs": 36 * 18, "additions": 36},
    ),
    # torch's weight_norm: original0 is [4, 1, 1, 1], original1 [4, 3, 2, 3].
    Row(
        "conv: {out: 4, kernel: [2, 3], groups: 2, weight_norm: true}",
        (6, 4, 5),
        (4, 3, 3),
        {"weights": 4 + 72, "biases": 4},
        {"macs": 36 * 18, "additions": 36},
    ),
    Row("conv: {out: 1, kernel: 1, bias: false, weights: indices}", (16, 4), (1, 4), {"weights": 16}, {"macs": 64}),
    # Table of 2 + 3 connections.
    Row(
        "conv: {out: 2, kernel: 1, connections: [[0, 1], [0, 1, 2]], bias: false}",
        (3, 2, 2),
        (2, 2, 2),
        {"weights": 5},
        {"macs": 20},
    ),
    Row(
        "conv: {out: 1, kernel: 3, padding: 1, padding_mode: reflect, bias: false}",
        (1, 3, 3),
        (1, 3, 3),
        {"weights": 9},
        {"macs": 81},
    ),
    Row(
        "conv_transpose: {out: 2, kernel: 3, stride: 2}",
        (3, 2, 2),
        (2, 5, 5),
        {"weights": 54, "biases": 2},
        {"macs": 12 * 18, "additions": 50},
    ),
    Row("crop: {size: [1, 2]}", (3, 4, 4), (3, 1, 2)),
    # 2x2 taps, 3x3 positions, 1 channel: 8 offset channels (4 taps each), then 1 output channel.
    Row(
        "deformable_conv: {out: 1, kernel: 2, bias: false}",
        (1, 4, 4),
        (1, 3, 3),
        {"weights": 8 * 4 + 4},
        {"macs": 9 * 32 + 9 * 4, "multiplies": 4 * 36 + 4 * 36, "additions": 3 * 36},
    ),
    Row(
        "depthwise_conv: {kernel: 3, multiplier: 2}",
        (2, 4, 4),
        (4, 2, 2),
        {"weights": 36, "biases": 4},
        {"macs": 16 * 9, "additions": 16},
    ),
    Row("div: {a: [], sums: [sum: {over: channels}]}", (3, 2), (3, 2), work={"divisions": 6}),
    Row("dropout: {p: 0.2}", (2, 2), (2, 2)),
    Row("elu", (2, 2), (2, 2), work={"multiplies": 4, "additions": 4, "comparisons": 4, "exponentials": 4}),
    Row("exp", (2, 2), (2, 2), work={"exponentials": 4}),
    Row("flatten", (2, 3, 4), (24,)),
    Row("flatten: {over: positions}", (2, 3, 4), (2, 12)),
    Row("gelu", (2, 2), (2, 2), work={"multiplies": 12, "additions": 4, "exponentials": 4}),
    Row(
        "gelu: {approximate: tanh}",
        (2, 2),
        (2, 2),
        work={"multiplies": 24, "additions": 16, "divisions": 4, "exponentials": 4},
    ),
    Row("global_avg_pool", (2, 3, 4), (2, 1, 1), work={"additions": 22, "divisions": 2}),
    Row("global_max_pool", (2, 3, 4), (2, 1, 1), work={"comparisons": 22}),
    # Two groups of 8 numbers: means 7+7 and squares 7+7 additions, 16 subtractions, 2 eps, 16 shifts.
    # Each of 3 positions lies between 4: 4 products of two distances, then 4 products and 3 sums for both channels.
    Row(
        "grid_sample: {map: [], places: [crop: {size: [1, 3]}]}",
        (2, 3, 4),
        (2, 1, 3),
        work={"multiplies": 4 * 3 + 4 * 6, "additions": 3 * 6},
    ),
    Row(
        "group_norm: {groups: 2}",
        (4, 2, 2),
        (4, 2, 2),
        {"norm": 8},
        {"multiplies": 32, "additions": 14 + 14 + 16 + 2 + 16, "divisions": 2 + 2 + 16, "exponentials": 2},
    ),
    # torch's nn.GRU(10, 20) has 1,920 parameters. In 2 steps: biases 2*60, gates 7 additions an element.
    Row(
        "gru: {hidden: 20}",
        (10, 2),
        (20, 2),
        {"weights": 60 * 30, "biases": 120},
        {
            "macs": 2 * 60 * 30,
            "multiplies": 4 * 40,
            "additions": 2 * 120 + 7 * 40,
            "divisions": 3 * 40,
            "exponentials": 3 * 40,
        },
    ),
    Row("hard_sigmoid", (2, 2), (2, 2), work={"additions": 4, "comparisons": 8, "divisions": 4}),
    Row("hard_swish", (2, 2), (2, 2), work={"multiplies": 4, "additions": 4, "comparisons": 8, "divisions": 4}),
    Row("hard_tanh", (2, 2), (2, 2), work={"comparisons": 8}),
    Row("identity", (2, 2), (2, 2)),
    # Two channels of 3 numbers: 2+2 and 2+2 additions, 6 subtractions, 2 eps.
    Row(
        "instance_norm",
        (2, 3),
        (2, 3),
        work={"multiplies": 6, "additions": 4 + 4 + 6 + 2, "divisions": 2 + 2 + 6, "exponentials": 2},
    ),
    Row(
        "instance_norm: {affine: true, running_stats: true}",
        (2, 3),
        (2, 3),
        {"norm": 4, "statistics": 4},
        {"multiplies": 6, "additions": 6},
    ),
    # Two channels of 4 positions: 8 squares, 3+3 additions, two roots.
    Row(
        "l2_norm: {over: positions}",
        (2, 2, 2),
        (2, 1, 1),
        work={"multiplies": 8, "additions": 6, "exponentials": 2},
    ),
    # Two positions of 4 channels: 3+3 and 3+3 additions, 8 subtractions, 2 eps.
    Row(
        "layer_norm: {affine: false}",
        (4, 2),
        (4, 2),
        work={"multiplies": 8, "additions": 6 + 6 + 8 + 2, "divisions": 2 + 2 + 8, "exponentials": 2},
    ),
    # 8 numbers together, with 8 scales and 8 shifts: 7+7 additions, 8 subtractions, 1 eps, 8 shifts.
    Row(
        "layer_norm: {over: [channels, positions]}",
        (4, 2),
        (4, 2),
        {"norm": 16},
        {"multiplies": 16, "additions": 7 + 7 + 8 + 1 + 8, "divisions": 1 + 1 + 8, "exponentials": 1},
    ),
    Row("leaky_relu", (2, 2), (2, 2), work={"multiplies": 4, "comparisons": 4}),
    Row("linear: {out: 5, weight_norm: true, bias: false}", (2, 3), (5,), {"weights": 5 + 30}, {"macs": 30}),
    Row("linear: {out: 5}", (2, 3, 4), (5,), {"weights": 120, "biases": 5}, {"macs": 120, "additions": 5}),
    Row(
        "local_response_norm: {size: 5}",
        (6, 2, 2),
        (6, 2, 2),
        work={"multiplies": 48, "additions": 24 * 5, "divisions": 24, "exponentials": 24},
    ),
    # Keras counts 30*30 * (3*3*3*64 + 64) = 1,612,800 for LocallyConnected2D(64, 3) on 32x32x3.
    Row(
        "locally_connected: {out: 64, kernel: 3}",
        (3, 32, 32),
        (64, 30, 30),
        {"weights": 900 * 27 * 64, "biases": 900 * 64},
        {"macs": 900 * 27 * 64, "additions": 900 * 64},
    ),
    # Two positions of 3 channels: 2 comparisons, 3 subtractions, 2 additions, a logarithm and 3 subtractions each.
    Row("log_softmax", (3, 2), (3, 2), work={"additions": 16, "comparisons": 4, "exponentials": 6 + 2}),
    # torch's nn.LSTM(10, 20, bidirectional=True) has 5,120 parameters. 3 steps each way, 20 numbers in each.
    Row(
        "lstm: {hidden: 20, bidirectional: true}",
        (10, 3),
        (40, 3),
        {"weights": 2 * 80 * 30, "biases": 2 * 160},
        {
            "macs": 6 * 80 * 30,
            "multiplies": 5 * 120,
            "additions": 6 * 160 + 8 * 120,
            "divisions": 5 * 120,
            "exponentials": 5 * 120,
        },
    ),
    # 6 positions by 6, 4 channels in all: in each of 2 heads 36 scores of 2 products.
    Row("matmul: {groups: 2, a: [], b: []}", (4, 2, 3), (12, 2, 3), work={"macs": 2 * 36 * 2}),
    Row("max: {over: height}", (2, 3, 4), (2, 1, 4), work={"comparisons": 16}),
    Row("max_pool: {kernel: 2}", (3, 6, 6), (3, 3, 3), work={"comparisons": 27 * 3}),
    Row("max_pool: {kernel: 2, indices: true}", (3, 6, 6), (3, 3, 3), work={"comparisons": 27 * 3}),
    Row("max_unpool: {kernel: 2, a: [], b: []}", (3, 3, 3), (3, 6, 6)),
    Row("maximum: {a: [], b: [], c: []}", (2, 3), (2, 3), work={"comparisons": 12}),
    Row("mean: {over: [channels, width]}", (2, 3, 4), (1, 3, 1), work={"additions": 3 * 7, "divisions": 3}),
    Row("min: {over: height}", (2, 3, 4), (2, 1, 4), work={"comparisons": 16}),
    Row("minimum: {a: [], b: []}", (2, 3), (2, 3), work={"comparisons": 6}),
    Row("mish", (2, 2), (2, 2), work={"multiplies": 8, "additions": 12, "divisions": 4, "exponentials": 4}),
    Row("mul: {a: [], gate: [global_avg_pool]}", (3, 2, 2), (3, 2, 2), work={"multiplies": 12}),
    Row("pad: {padding: [[1, 2], [0, 1]]}", (2, 3, 3), (2, 6, 4)),
    # Option A of ResNets for CIFAR: from 16 to 32 channels.
    Row("pad: {channels: [8, 8]}", (16, 16, 16), (32, 16, 16)),
    Row("pad: {padding: [[-1, 2], [3, -1]]}", (2, 3, 3), (2, 4, 5)),
    Row("pixel_shuffle: {factor: 2}", (12, 3, 4), (3, 6, 8)),
    Row("pixel_unshuffle: {factor: [2, 3]}", (2, 4, 6), (12, 2, 2)),
    Row("pow: {exponent: 3}", (2, 2), (2, 2), work={"exponentials": 4}),
    Row("prelu", (2, 2), (2, 2), {"weights": 2}, {"multiplies": 4, "comparisons": 4}),
    Row("prelu: {per: layer}", (2, 2), (2, 2), {"weights": 1}, {"multiplies": 4, "comparisons": 4}),
    Row("rbf: {out: 10}", (84,), (10,), {"statistics": 840}, {"multiplies": 840, "additions": 840 + 10 * 83}),
    # Two patches of 2x2 pixels side by side, each a column: the 2nd pixel of the 2nd patch is at row 0, column 3.
    Row("rearrange: {cut: [[1], [2], [2, 2]], order: [[1, 3], [0, 2]]}", (1, 2, 4), (4, 2)),
    Row("reciprocal", (2, 2), (2, 2), work={"divisions": 4}),
    Row("relu", (2, 2), (2, 2), work={"comparisons": 4}),
    Row("relu6", (2, 2), (2, 2), work={"comparisons": 8}),
    Row("reshape: {size: [2, 6]}", (4, 9), (3, 2, 6)),
    # Three positions of 2 channels: 2 squares, 1 + 1 additions, 1 + 2 divisions and a root each, 6 scales.
    Row(
        "rms_norm",
        (2, 3),
        (2, 3),
        {"norm": 2},
        {"multiplies": 6 + 6, "additions": 6, "divisions": 9, "exponentials": 3},
    ),
    Row("round: {to: above}", (2, 2), (2, 2), work={"comparisons": 4}),
    Row("scale: {per: position}", (3, 2, 2), (3, 2, 2), {"weights": 4}, {"multiplies": 12}),
    Row("scale: {by: 0.17}", (3, 2, 2), (3, 2, 2), work={"multiplies": 12}),
    Row("selu", (2, 2), (2, 2), work={"multiplies": 8, "additions": 4, "comparisons": 4, "exponentials": 4}),
    Row("shift: {per: element}", (3, 2, 2), (3, 2, 2), {"biases": 12}, {"additions": 12}),
    Row("shift: {table: 5}", (3, 2, 2), (3, 2, 2), {"biases": 5}, {"additions": 12}),
    Row("shift: {trained: false}", (3, 2, 2), (3, 2, 2), {"statistics": 3}, {"additions": 12}),
    Row("sigmoid", (2, 2), (2, 2), work={"additions": 4, "divisions": 4, "exponentials": 4}),
    Row("silu", (2, 2), (2, 2), work={"multiplies": 4, "additions": 4, "divisions": 4, "exponentials": 4}),
    Row("slice: {start: 1, stop: -1, step: 2}", (3, 7, 4), (3, 3, 1)),
    Row("slice: {axis: channels, start: -2}", (3, 7), (2, 7)),
    # Two positions of 3 channels: 2 comparisons, 3 subtractions and 2 additions each.
    Row(
        "softmax",
        (3, 2),
        (3, 2),
        work={"additions": 10, "comparisons": 4, "divisions": 6, "exponentials": 6},
    ),
    # Two positions of two blocks of 3 channels.
    Row(
        "softmax: {groups: 2}",
        (6, 2),
        (6, 2),
        work={"additions": 20, "comparisons": 8, "divisions": 12, "exponentials": 12},
    ),
    Row(
        "softmax: {over: positions}",
        (2, 3),
        (2, 3),
        work={"additions": 10, "comparisons": 4, "divisions": 6, "exponentials": 6},
    ),
    Row("softplus", (2, 2), (2, 2), work={"additions": 4, "comparisons": 4, "exponentials": 8}),
    Row("split: {channels: [1, 3]}", (4, 2, 2), (1, 2, 2)),
    Row("sqrt", (2, 2), (2, 2), work={"exponentials": 4}),
    Row("sub: {a: [], mean: [global_avg_pool]}", (3, 2, 2), (3, 2, 2), work={"additions": 12}),
    # LeNet-5's S2: 6 maps of 14x14; the paper counts 12 parameters.
    Row(
        "subsample: {kernel: 2}",
        (6, 28, 28),
        (6, 14, 14),
        {"weights": 6, "biases": 6},
        {"macs": 1176, "additions": 3 * 1176},
    ),
    Row("sum: {over: channels}", (3, 2, 2), (1, 2, 2), work={"additions": 8}),
    Row(
        "swish: {per: layer}",
        (2, 2),
        (2, 2),
        {"weights": 1},
        {"multiplies": 8, "additions": 4, "divisions": 4, "exponentials": 4},
    ),
    Row("tanh", (2, 2), (2, 2), work={"multiplies": 4, "additions": 8, "divisions": 4, "exponentials": 4}),
    Row("transcendental: {function: erf}", (2, 2), (2, 2), work={"exponentials": 4}),
    Row("transpose", (3, 7), (7, 3)),
    Row("transpose: {axis: width}", (3, 7, 5), (5, 7, 3)),
    Row("upsample: {scale: 2}", (2, 3, 3), (2, 6, 6)),
    # The first pass writes 6x3, the second 6x6, of 2 channels each; two multiplies and an addition an element.
    Row(
        "upsample: {scale: 2, mode: bilinear}",
        (2, 3, 3),
        (2, 6, 6),
        work={"multiplies": 2 * (36 + 72), "additions": 36 + 72},
    ),
    Row("upsample: {scale: 1.5}", (2, 3, 5), (2, 4, 7)),
    # 4 products and 3 sums an element: 2x6x3 of the first pass, 2x6x6 of the second.
    Row(
        "upsample: {scale: 2, mode: bicubic, align_corners: true}",
        (2, 3, 3),
        (2, 6, 6),
        work={"multiplies": 4 * (36 + 72), "additions": 3 * (36 + 72)},
    ),
    # A mask of one channel, spread over 12 numbers.
    Row(
        "where: {mask: [mean: {over: channels}], map: [], means: [global_avg_pool]}",
        (3, 2, 2),
        (3, 2, 2),
        work={"comparisons": 12},
    ),
]


def cost_of(layer: str, shape: tuple[int, ...]) -> Costs:
    """The costs of one layer of a network."""
    text = f"input: {{channels: {shape[0]}, size: {list(shape[1:])}}}\nlayers: [{{{layer}}}]\n"
    return analyze(read(Source("<test>", text if ":" in layer else text.replace("{" + layer + "}", layer)))).layers[-1]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.layer)
def test_operator(row: Row) -> None:
    cost = cost_of(row.layer, row.input)
    shape = cost.layer.output_shapes[0]
    assert (shape.channels, *shape.size) == row.output
    assert {kind: n for kind, n in cost.layer.params.items() if n} == row.params
    assert {kind: n for kind, n in cost.layer.work.items() if n} == row.work


def test_every_operator_has_a_row() -> None:
    missing = OPERATORS.keys() - {row.layer.partition(":")[0] for row in ROWS}
    assert not missing, "add a row to ROWS, with numbers worked by hand"


def test_every_argument_has_a_meaning() -> None:
    missing = {argument for name in OPERATORS for argument in operator(name).arguments} - ARGUMENTS.keys()
    assert not missing, "add what they mean to ARGUMENTS in convcost/editor/meanings.py"


@pytest.mark.parametrize(
    ("written", "rank", "read"),
    [
        ("channels", 0, (0,)),
        ("positions", 2, (1, 2)),
        ("length", 1, (1,)),
        ("width", 2, (2,)),
        ("width", 3, (3,)),
        ("depth", 3, (1,)),
        (["width", "channels"], 2, (0, 2)),
        (["channels", "positions"], 3, (0, 1, 2, 3)),
    ],
)
def test_axes_by_name(written: object, rank: int, read: tuple[int, ...]) -> None:
    kind = Axes()
    assert kind.read(written, rank) == read
    assert kind.read(kind.written(read, rank), rank) == read


@pytest.mark.parametrize(
    ("written", "rank", "message"),
    [
        ("height", 1, "names `height`; the input has 1 spatial axis"),
        ("positions", 0, "names no axis"),
        ([], 2, "names no axis"),
        (["height", "positions"], 2, "names an axis twice"),
        ("widht", 2, "wants an axis or a list of axes: .*, not `widht`"),
        (1, 2, "wants an axis or a list of axes: .*, not 1"),
    ],
)
def test_axes_that_are_none(written: object, rank: int, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        Axes().read(written, rank)


def test_the_table_is_alphabetical() -> None:
    assert list(OPERATORS) == sorted(OPERATORS)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation", "same", "valid"),
    [
        # Keras's rule: same i*s; valid i*s + max(d(k-1) + 1 - s, 0)
        (8, 3, 2, 1, 16, 17),
        (8, 4, 2, 1, 16, 18),
        (8, 2, 3, 1, 24, 24),
        (8, 2, 2, 1, 16, 16),
        (7, 5, 1, 1, 7, 11),
        (8, 3, 1, 2, 8, 12),
        (5, 1, 4, 1, 20, 20),
    ],
)
def test_padding_of_a_transposed_convolution_in_words(
    size: int, kernel: int, stride: int, dilation: int, same: int, valid: int
) -> None:
    """The output's size as Keras has it; what `same` computes is the middle of the uncut output, the rest after."""
    for word, wanted in (("same", same), ("valid", valid)):
        layer = f"conv_transpose: {{out: 2, kernel: {kernel}, stride: {stride}, dilation: {dilation}, padding: {word}}}"
        cost = cost_of(layer, (2, size))
        assert cost.layer.output_shapes[0].size == (wanted,)
        assert verify(cost.walks.network).agrees
    before, after = cost_of(layer.replace("valid", "same"), (2, size)).layer.operator.padding[0]
    assert 0 <= after - before <= 1
