"""What the spec language means: which layers, shapes, names and weights a text stands for."""

from __future__ import annotations

import json
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from networks import each_network

from convcost.analysis.costs import analyze, figure_or_none
from convcost.errors import Source, SpecError
from convcost.figures import FIGURES
from convcost.language.expression import evaluate
from convcost.language.syntax import ExpressionError
from convcost.network import Layer, Network
from convcost.ops.base import Shape
from convcost.ops.windows import Window
from convcost.reading.load import load, read
from convcost.reading.sources import bundled

INPUT = "input: {channels: 4, size: [8, 8]}\n"


def network(text: str, **choices: Any) -> Network:
    return read(Source("net.yaml", text), **choices)


def shapes(text: str, **choices: Any) -> dict[str, str]:
    """Every layer's full name and what it writes."""
    return {layer.name: " ".join(map(str, layer.output_shapes)) for layer in network(text, **choices).layers}


SCOPE = {
    "alpha": Fraction(3, 4),
    "width": 30,
    "flag": True,
    "word": "same",
    "sizes": [8, 9],
    "input.channels": 24,
    "input.0.channels": 5,
    "input.0.size": [7],
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("12", 12),
        ("-12", -12),
        ("+3", 3),
        ("0.75", Fraction(3, 4)),
        (".5", Fraction(1, 2)),
        ("2.", 2),
        ("64.0", 64),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("1/3", Fraction(1, 3)),
        ("6/3", 2),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("7 % 3", 1),
        ("-7 % 3", 2),
        ("2 ** 10", 1024),
        ("2 ** -2", Fraction(1, 4)),
        ("-2 ** 2", -4),
        ("2 ** 3 ** 2", 512),
        ("2 + 3*4", 14),
        ("(2 + 3) * 4", 20),
        ("  32*alpha ", 24),
        ("width*alpha", Fraction(45, 2)),
        ("floor(width*alpha)", 22),
        ("ceil(width*alpha)", 23),
        ("round(width*alpha)", 22),
        ("round(23.5)", 24),
        ("floor(-1.5)", -2),
        ("ceil(-1.5)", -1),
        ("make_divisible(22.5, 8)", 24),
        ("make_divisible(3, 8)", 8),
        ("make_divisible(33, 8)", 32),
        ("make_divisible(35, 8)", 32),
        ("make_divisible(36, 8)", 40),
        ("make_divisible(90, 100)", 100),
        ("make_divisible(19, 8)", 24),  # 16 would be more than 10 % below
        ("min(3, 4)", 3),
        ("max(3, alpha)", 3),
        ("min(alpha, 3)", Fraction(3, 4)),
        ("max(min(9, 5), 2*3)", 6),
        ("stride**0", 1),
        ("input.channels // 4", 6),
        ("input.0.channels*2", 10),
        ("input.0.size", [7]),
        ("sizes", [8, 9]),
        ("true", True),
        ("false", False),
        ("flag", True),
        ("same", "same"),
        ("word", "same"),
        ("bilinear", "bilinear"),
        ("stride == 2", True),
        ("stride != 2", False),
        ("alpha < 1", True),
        ("3/4 <= alpha", True),
        ("alpha > 0.75", False),
        ("1 < stride <= 2", True),
        ("1 < stride < 2", False),
        ("not flag", False),
        ("flag and stride == 2", True),
        ("not flag or stride > 2", False),
        ("false and stride == 1 or true", True),
        ("input.channels == 24 and input.0.channels == 5", True),
    ],
)
def test_expression(text: str, value: object) -> None:
    found = evaluate(text, {**SCOPE, "stride": 2})
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no value here"),
        ("   ", "there is no value here"),
        ("1 +", "this is not an expression"),
        ("alpha beta", "this is not an expression"),
        ("1,2", "several values are a list"),
        ("()", "this is not part of an expression"),
        ("alpha.real", "unknown name `alpha.real`"),
        ("(1).real", "unknown name"),
        ("alpha()", "no function `alpha`"),
        ("floor(*sizes)", "this is not part of an expression"),
        ("floor(x=1)", "`=` is not part of an expression"),
        ("min(1)", "`min` takes 2 arguments or more"),
        ("make_divisible(8, 0)", "the divisor must be positive"),
        ("make_divisible(8, -8)", "the divisor must be positive"),
        ("flag + 1", "this is not a number"),
        ("-same", "this is not a number"),
        ("sizes * 2", "this is not a number"),
        ("floor(true)", "this is not a number"),
        ("1/0", "division by zero"),
        ("1 % (2 - 2)", "division by zero"),
        ("0 ** -1", "division by zero"),
        ("2 ** 0.5", "an exponent is a whole number up to 64"),
        ("2 ** 999", "an exponent is a whole number up to 64"),
        ("(2**64)**64", "a number too large to be meant"),
        ("1 << 3", "this is not part of an expression"),
        ("3 | 4", "`|` is not part of an expression"),
        ("1 if flag else 2", "this is not part of an expression"),
        ("1 in 2", "this is not part of an expression"),
        ("await width", "this is no"),
        ("2 @ 3", "`@` is not part of an expression"),
        ("1; 2", "`;` is not part of an expression"),
        ("8 # eight", "`#` is not part of an expression"),
        ("(8\n+ 1)", "`\n` is not part of an expression"),
        ("8\\", "`\\` is not part of an expression"),
        ("2 * 010", "`010` is not a number"),
        ("2e3 * 2", "`2e3` is not a number"),
        ("3j", "`3j` is not a number"),
        ("1if flag else 2", "`1if` is not a number"),
        ("0b11", "numbers are decimal"),
        ("1" * 41, "a number of more than 40 digits"),
        ("1 + " * 100 + "1", "an expression of 401 characters"),
        ("-" * 60 + "1", "an expression too long to be meant"),
        ("(" * 300 + "1" + ")" * 99, "this is not an expression"),
        ("nothing", "unknown name `nothing`"),
        ("None", "`None` is not a number here"),
    ],
)
def test_no_expression(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, SCOPE)
    assert message in caught.value.message
    assert 0 <= caught.value.start <= len(text)


def test_a_name_without_a_value() -> None:
    with pytest.raises(ExpressionError, match="`H` has no value"):
        evaluate("2*H", {"H": None})


LAYERS = [
    # The numbers follow from the sizes by hand: 4 channels, 8x8
    ("conv: {out: 6, kernel: 3}", "6x6x6", 6 * 4 * 9 + 6),
    ("conv: {out: 6, kernel: 3, stride: 2}", "6x3x3", 222),
    ("conv: {out: 6, kernel: [3, 5], bias: false}", "6x6x4", 360),
    ("conv: {out: 6, kernel: 3, padding: 1, dilation: 2}", "6x6x6", 222),
    ("conv: {out: 6, kernel: 3, padding: [1, 0]}", "6x8x6", 222),
    ("conv: {out: 6, kernel: 3, padding: [[0, 1], [2, 3]]}", "6x7x11", 222),
    ("conv: {out: 6, kernel: 3, padding: [[0, 1], 2]}", "6x7x10", 222),
    ("conv: {out: 6, kernel: 4, padding: same, stride: 3}", "6x3x3", 390),
    ("conv: {out: 6, kernel: 3, padding: valid}", "6x6x6", 222),
    ("conv: {out: 6, kernel: 3, groups: 2}", "6x6x6", 6 * 2 * 9 + 6),
    ("conv: {out: 2, kernel: 1, connections: [[0, 1, 3], [2]]}", "2x8x8", 6),
    ("depthwise_conv: {kernel: 3, multiplier: 2}", "8x6x6", 80),
    ("conv_transpose: {out: 6, kernel: 2, stride: 2}", "6x16x16", 102),
    ("deformable_conv: {out: 6, kernel: 3, padding: 1}", "6x8x8", 222 + 18 * 36 + 18),
    ("max_pool: {kernel: 3}", "4x2x2", 0),
    ("max_pool: {kernel: 3, ceil_mode: true}", "4x3x3", 0),
    ("max_pool: {kernel: 3, stride: 1, padding: same}", "4x8x8", 0),
    ("avg_pool: {kernel: [2, 4]}", "4x4x2", 0),
    ("subsample: {kernel: 2}", "4x4x4", 8),
    ("global_avg_pool", "4x1x1", 0),
    ("adaptive_avg_pool: {size: [3, 1]}", "4x3x1", 0),
    ("upsample: {scale: 3}", "4x24x24", 0),
    ("upsample: {size: [9, 7], mode: bilinear}", "4x9x7", 0),
    ("crop: {size: 5}", "4x5x5", 0),
    ("pad: {padding: [1, [2, 3]]}", "4x10x13", 0),
    ("linear: {out: 10}", "10", 2570),
    ("flatten", "256", 0),
    ("rbf: {out: 10}", "10", 0),
    ("batch_norm", "4x8x8", 8),
    ("group_norm: {groups: 2, affine: false}", "4x8x8", 0),
    ("prelu", "4x8x8", 4),
    ("channel_shuffle: {groups: 2}", "4x8x8", 0),
    ("split: {parts: 2}", "2x8x8 2x8x8", 0),
    ("split: {channels: [1, 3]}", "1x8x8 3x8x8", 0),
    ("add: {a: [], b: []}", "4x8x8", 0),
    ("concat: {a: [], b: [], c: []}", "12x8x8", 0),
    ("mul: {a: [], gate: [global_avg_pool]}", "4x8x8", 0),
    ("{add: , from: [input, input]}", "4x8x8", 0),
    ('"relu"', "4x8x8", 0),
    ("{relu: {}}", "4x8x8", 0),
    ("? relu", "4x8x8", 0),
]


@pytest.mark.parametrize(("layer", "shape", "params"), LAYERS)
def test_a_layer(layer: str, shape: str, params: int) -> None:
    analysis = analyze(network(f"{INPUT}layers:\n  - {layer}\n"))
    last = analysis.layers[-1].layer
    assert " ".join(map(str, last.output_shapes)) == shape
    assert analysis.params == params


NETWORKS = [
    pytest.param(
        "network: named\nlayers: []\n",
        {},
        id="no layers",
    ),
    pytest.param(
        "layers: [relu, relu, {relu: , name: relu_2}, relu, {tanh: , name: relu_4}]",
        {"relu": "4x8x8", "relu_3": "4x8x8", "relu_2": "4x8x8", "relu_5": "4x8x8", "relu_4": "4x8x8"},
        id="names count up and keep clear of those that are given",
    ),
    pytest.param(
        "layers: [{crop: {size: 7}, repeat: 0}, {max_pool: {kernel: 2}, repeat: 2}, {relu: , repeat: 1, name: last}]",
        {"max_pool.0": "4x4x4", "max_pool.1": "4x2x2", "last.0": "4x2x2"},
        id="repeat",
    ),
    pytest.param(
        "layers: [{split: {parts: 2}, name: s}, {conv: {out: 5, kernel: 1}, from: s.1}, {concat: , from: [s, conv]}]",
        {"s": "2x8x8 2x8x8", "conv": "5x8x8", "concat": "9x8x8"},
        id="the outputs of a split, one by one and together",
    ),
    pytest.param(
        """
layers:
  - add:
      body:
        - conv: {out: 4, kernel: 1}
        - concat:
            left: [relu, {tanh: , name: inner}]
            right: [{relu: , from: conv}]
        - conv: {out: 4, kernel: 1}
      short:
  - {relu: , from: [body]}
  - {relu: , from: short}
  - add: {body: [sigmoid], short: []}
""",
        {
            "body.conv": "4x8x8",
            "body.left.relu": "4x8x8",
            "body.left.inner": "4x8x8",
            "body.right.relu": "4x8x8",
            "body.concat": "8x8x8",
            "body.conv_2": "4x8x8",
            "add": "4x8x8",
            "relu": "4x8x8",
            "relu_2": "4x8x8",
            "body_2.sigmoid": "4x8x8",
            "add_2": "4x8x8",
        },
        id="paths within paths see the lists around them; an empty path is the identity",
    ),
    pytest.param(
        """
symbols: {alpha: 0.5, base: 8*alpha}
blocks:
  unit:
    args: {out: , mid: out/2, act: 2*base}
    layers:
      - conv: {out: mid, kernel: 1}
      - conv: {out: act, kernel: 1}
      - conv: {out: out + input.channels, kernel: 1}
  pair:
    args: {n: 2}
    layers:
      - {unit: {out: 2*n}, repeat: n, name: units}
      - {identity: , from: input}
layers:
  - pair
  - {pair: {n: 1}, name: tail}
""",
        {
            "pair.units.0.conv": "2x8x8",
            "pair.units.0.conv_2": "8x8x8",
            "pair.units.0.conv_3": "8x8x8",
            "pair.units.1.conv": "2x8x8",
            "pair.units.1.conv_2": "8x8x8",
            "pair.units.1.conv_3": "12x8x8",
            "pair.identity": "4x8x8",
            "tail.units.0.conv": "1x8x8",
            "tail.units.0.conv_2": "8x8x8",
            "tail.units.0.conv_3": "6x8x8",
            "tail.identity": "4x8x8",
        },
        id="blocks: defaults from symbols, other arguments and the input",
    ),
    pytest.param(
        """
blocks:
  same_size:
    args: {pad: same, bias: false, k: [3, 1], mode: bilinear}
    layers:
      - conv: {out: input.channels*2, kernel: k, padding: pad, bias: bias}
      - {upsample: {size: input.size, mode: mode}}
layers: [same_size, same_size: {pad: [[1, 1], 0], k: 3, mode: nearest}]
""",
        {
            "same_size.conv": "8x8x8",
            "same_size.upsample": "8x8x8",
            "same_size_2.conv": "16x8x6",
            "same_size_2.upsample": "16x8x8",
        },
        id="arguments may be words, flags and lists",
    ),
    pytest.param(
        """
blocks:
  merge:
    layers:
      - {crop: {size: 1}, from: input.1}
      - {conv: {out: input.0.channels + input.1.channels, kernel: input.1.size}, from: input.1}
      - split: {parts: 2}
layers:
  - max_pool: {kernel: 4}
  - {merge: , from: [input, max_pool]}
  - {relu: , from: merge.1}
""",
        {
            "max_pool": "4x2x2",
            "merge.crop": "4x1x1",
            "merge.conv": "8x1x1",
            "merge.split": "4x1x1 4x1x1",
            "relu": "4x1x1",
        },
        id="a block with several inputs and outputs",
    ),
    pytest.param(
        """
blocks:
  unit:
    args: {act: relu, wide: {conv: {kernel: 1}}}
    layers: [{wide: {out: 2*input.channels}}, act, {act: , name: last}]
  outer:
    args: {unit: unit, gate: same_gate}
    layers: [unit: {act: gate, wide: conv_bn_relu6}, {unit: {act: identity}, name: plain}]
  same_gate:
    args: {act: tanh}
    layers: [act]
  conv_bn_relu6:
    args: {out: }
    layers: [conv: {out: out, kernel: 3, padding: 1}, relu]
layers: [unit: {act: {same_gate: {act: {dropout: {p: 0.5}}}}}, outer]
""",
        {
            "unit.wide": "8x8x8",
            "unit.act.act": "8x8x8",
            "unit.last.act": "8x8x8",
            "outer.unit.wide.conv": "16x8x8",
            "outer.unit.wide.relu": "16x8x8",
            "outer.unit.act.act": "16x8x8",
            "outer.unit.last.act": "16x8x8",
            "outer.plain.wide": "32x8x8",
        },
        id="arguments that name operators and blocks, with arguments, handed on, and none",
    ),
    pytest.param(
        """
blocks:
  linear_bottleneck: {layers: [tanh]}
  mine: {layers: [linear_bottleneck]}
layers: [conv_bn_act: {out: 4, kernel: 1, act: mine}, inverted_residual: {expansion: 1}]
""",
        {
            "conv_bn_act.conv": "4x8x8",
            "conv_bn_act.batch_norm": "4x8x8",
            "conv_bn_act.act.linear_bottleneck.tanh": "4x8x8",
            "inverted_residual.body.depthwise_conv": "4x8x8",
            "inverted_residual.body.batch_norm": "4x8x8",
            "inverted_residual.body.act": "4x8x8",
            "inverted_residual.body.project": "4x8x8",
            "inverted_residual.body.batch_norm_2": "4x8x8",
            "inverted_residual.add": "4x8x8",
        },
        id="a block that the library is given means the spec's own blocks, the library its own",
    ),
    pytest.param(
        """
symbols: {deep: false, n: 2}
blocks:
  unit:
    args: {out: , shortcut: input.channels == out}
    layers:
      - {conv: {out: out, kernel: 1}, name: body}
      - {add: , from: [input, body], when: shortcut}
      - {tanh: , from: add}
layers:
  - unit: {out: 4}
  - unit: {out: 8}
  - {relu: , when: deep}
  - {relu: , when: not deep, repeat: n}
  - {rleu: , when: n > 2 and deep, name: relu_3}
  - concat: {a: [], b: {when: n == 2, layers: [relu]}, c: {when: n == 3, layers: [tanh]}}
  - add: {a: [conv: {out: 3, kernel: 1}], b: {when: deep, layers: []}}
""".replace("rleu", "relu"),
        {
            "unit.body": "4x8x8",
            "unit.add": "4x8x8",
            "unit.tanh": "4x8x8",
            "unit_2.body": "8x8x8",
            "unit_2.tanh": "8x8x8",
            "relu_2.0": "8x8x8",
            "relu_2.1": "8x8x8",
            "b.relu": "8x8x8",
            "concat": "16x8x8",
            "a_2.conv": "3x8x8",
        },
        id="conditions: what is left out is as if it were not written",
    ),
    pytest.param(
        """
blocks:
  flat:
    layers: [reshape: {channels: input.channels*input.height, size: [input.width]}]
  two:
    layers:
      - {conv: {out: input.1.length, kernel: 1}, from: input.0, name: a}
      - {reshape: {size: [input.0.positions]}, from: a}
layers:
  - {flat: , name: f}
  - {two: , from: [input, f], name: t}
""",
        {"f.reshape": "32x8", "t.a": "8x8x8", "t.reshape": "8x64"},
        id="the sizes of what a block is given, by the names of the axes",
    ),
    pytest.param(
        """
symbols: {deep: false}
layers:
  - {conv: {out: 8, kernel: 1}, when: deep}
  - conv: {out: 4, kernel: 1}
  - {conv: {out: 3, kernel: 1}, name: body, when: deep}
  - {depthwise_conv: {kernel: 3}, name: body, when: not deep}
  - {conv: {out: 5, kernel: 1}, name: body, when: deep, from: conv}
  - {conv: {out: 6, kernel: 1}, from: conv, name: read}
  - {relu: , from: body}
""",
        {"conv_2": "4x8x8", "body": "4x6x6", "read": "6x8x8", "relu": "4x6x6"},
        id="conditions: a name is that of one line at all settings, or of the one of several that is there",
    ),
    pytest.param(
        """
blocks:
  start:
    layers: [relu, {max_pool: {kernel: 2}, name: half}]
    outputs: [relu, half]
  exchange:
    layers:
      - {upsample: {like: input.0}, from: input.1, name: up}
      - {add: , from: [input.0, up], name: h}
      - {max_pool: {kernel: 2}, from: h, name: l}
    outputs: {high: h, low: l}
layers:
  - start
  - {exchange: , repeat: 3, name: x}
  - {concat: , from: x.high}
  - {tanh: , from: x.low}
  - {crop: {like: x.1}, from: start.half}
  - {add: {a: [exchange, {relu: , from: exchange.low}], b: [{relu: , from: x.low}]}, from: x}
""".replace("{concat: , from", "{tanh: , name: t, from"),
        {
            "start.relu": "4x8x8",
            "start.half": "4x4x4",
            **{f"x.{n}.up": "4x8x8" for n in range(3)},
            **{f"x.{n}.h": "4x8x8" for n in range(3)},
            **{f"x.{n}.l": "4x4x4" for n in range(3)},
            "t": "4x8x8",
            "tanh": "4x4x4",
            "crop": "4x4x4",
            "a.exchange.up": "4x8x8",
            "a.exchange.h": "4x8x8",
            "a.exchange.l": "4x4x4",
            "a.relu": "4x4x4",
            "b.relu": "4x4x4",
            "add": "4x4x4",
        },
        id="a block with several outputs, by name and by number, repeated",
    ),
    pytest.param(
        """
symbols: {w: 2}
blocks:
  unit:
    args: {out: , kernel: 3, act: relu, bias: true}
    layers: [conv: {out: out, kernel: kernel, bias: bias}, act]
layers:
  - unit: {bias: false}
    rows:
      - [out, kernel, act, name, expect]
      - [4*w,      1, tanh, null, {params: 32}]
      - ["8 + w", null, {dropout: {p: 0.5}}, last, {output_shape: [10, 6, 6]}]
  - {relu: , repeat: 2, rows: [[when], [w == 2], [w == 3]]}
  - {tanh: , rows: [[from, name], [unit, a], [[last], unit_2]]}
""",
        {
            "unit.conv": "8x8x8",
            "unit.act": "8x8x8",
            "last.conv": "10x6x6",
            "last.act": "10x6x6",
            "relu.0": "10x6x6",
            "relu.1": "10x6x6",
            "a": "8x8x8",
            "unit_2": "10x6x6",
        },
        id="rows of a table",
    ),
    pytest.param(
        """
blocks:
  merge:
    args: {by: add, from_: 1}
    layers: [relu, {by: , from: [input, relu]}]
layers: [merge, merge: {by: concat}]
""",
        {"merge.relu": "4x8x8", "merge.by": "4x8x8", "merge_2.relu": "4x8x8", "merge_2.by": "8x8x8"},
        id="an argument that names what several tensors are joined by",
    ),
    pytest.param(
        "layers: [{conv: {out: 4, kernel: 3}, name: a}, {upsample: {like: input}}, {crop: {like: a}}]",
        {"a": "4x6x6", "upsample": "4x8x8", "crop": "4x6x6"},
        id="like another tensor",
    ),
    pytest.param(
        "layers: [{tanh: , name: a}, relu]\noutputs: [a, relu]\nexpect: {params: 0, macs: 10**12}",
        {"a": "4x8x8", "relu": "4x8x8"},
        id="outputs and expectations",
    ),
]


@pytest.mark.parametrize(("text", "expected"), NETWORKS)
def test_a_network(text: str, expected: dict[str, str]) -> None:
    assert shapes(INPUT + text) == expected


@pytest.mark.parametrize(
    ("size", "layers", "expected"),
    [
        ("[]", "linear: {out: 3}, batch_norm, relu, softmax", "3"),
        ("[9]", "conv: {out: 3, kernel: 3, padding: [[2, 0]]}, max_pool: {kernel: 2}", "3x4"),
        ("[9]", "conv: {out: 3, kernel: 3, padding: [2]}, global_avg_pool", "3x1"),
        ("[9, 8, 7]", "conv: {out: 3, kernel: [1, 2, 3], stride: 2}, upsample: {scale: 2}", "3x10x8x6"),
        ("[9, 8, 7]", "avg_pool: {kernel: 2, padding: [0, 1, [1, 0]]}", "4x4x5x4"),
    ],
)
def test_any_number_of_axes(size: str, layers: str, expected: str) -> None:
    text = f"input: {{channels: 4, size: {size}}}\nlayers: [{layers}]"
    assert list(shapes(text).values())[-1] == expected


def test_several_inputs() -> None:
    found = network(
        """
inputs:
  image: {channels: 3, size: [8, 8]}
  depth: {channels: 1, size: [8, 8]}
layers:
  - concat: {rgb: [{conv: {out: 4, kernel: 1}, from: image}], d: [{conv: {out: 4, kernel: 1}, from: depth}]}
  - {add: , from: [d, rgb]}
outputs: [add, concat]
"""
    )
    assert found.inputs == {"image": Shape(3, (8, 8)), "depth": Shape(1, (8, 8))}
    assert [(layer.name, layer.inputs) for layer in found.layers] == [
        ("rgb.conv", ("image",)),
        ("d.conv", ("depth",)),
        ("concat", ("rgb.conv", "d.conv")),
        ("add", ("d.conv", "rgb.conv")),
    ]
    assert found.outputs == ("add", "concat")
    assert dict(found.tensors())["concat"] == Shape(8, (8, 8))


def test_one_named_input_is_read_without_saying_so() -> None:
    found = network("inputs: {x: {channels: 3, size: [8]}}\nlayers: [relu, {tanh: , from: x}, {elu: , from: input}]")
    assert [layer.inputs for layer in found.layers] == [("x",), ("x",), ("x",)]


def test_outputs_are_the_last_layers_unless_said() -> None:
    assert network(f"{INPUT}layers: [relu, {{split: {{parts: 2}}, name: s}}]").outputs == ("s.0", "s.1")
    assert network(f"{INPUT}layers: [relu, tanh]\noutputs: [relu]").outputs == ("relu",)
    assert network(f"{INPUT}layers: []").outputs == ("input",)


SYMBOLS = """symbols: {alpha: 1, width: 8*alpha, deep: 2, biased: true, H: }
input: {channels: 4, size: [H, H/2]}
layers: [{conv: {out: width, kernel: 1, bias: biased}, repeat: deep}]
variants:
  tiny: {alpha: 0.25, H: 4}
  "1.0 x": {deep: 3, H: 6, biased: false}
"""


@pytest.mark.parametrize(
    ("settings", "variant", "shape", "params"),
    [
        ({"H": 8}, None, "8x8x4", 40 + 72),
        ({"H": "8", "alpha": "0.5"}, None, "4x8x4", 40),
        ({"H": 8.0, "alpha": 0.5}, None, "4x8x4", 40),
        ({"H": "2**4", "width": "3"}, None, "3x16x8", 15 + 12),
        ({"alpha": Fraction(1, 8), "H": 2, "deep": 1}, None, "1x2x1", 5),
        ({}, "tiny", "2x4x2", 10 + 6),
        ({"H": 10}, "tiny", "2x10x5", 16),
        ({}, "1.0 x", "8x6x3", 32 + 64 + 64),
        ({"biased": "true"}, "1.0 x", "8x6x3", 40 + 72 + 72),
    ],
)
def test_symbols(settings: dict[str, Any], variant: str | None, shape: str, params: int) -> None:
    found = network(SYMBOLS, settings=settings, variant=variant)
    assert str(found.layers[-1].output_shapes[0]) == shape
    assert analyze(found).params == params
    assert found.variants == ("tiny", "1.0 x")


def test_symbols_are_kept_with_their_values() -> None:
    found = network(SYMBOLS, settings={"H": "8", "alpha": "0.75"})
    assert found.symbols == {"alpha": Fraction(3, 4), "width": 6, "deep": 2, "biased": True, "H": 8}


def test_the_name_and_the_expectations() -> None:
    found = network(f"network: 'a/b'\n{INPUT}layers: []\nexpect: {{macs: 568740352, params: 10**10}}", name="file")
    assert found.name == "a/b"
    (stated,) = found.expect
    assert {expected.figure: expected.low for expected in stated.figures} == {"macs": 568740352, "params": 10**10}
    assert network(f"{INPUT}layers: []", name="file").name == "file"


SHARED = [
    ("layers: [{conv: C, name: a}, {conv: C, share: a}, {conv: C, share: a}]", {"conv": "a", "conv_2": "a"}, 20),
    ("layers: [{conv: C, name: a}, {conv: C, share: a, name: b}, {conv: C, share: b}]", {"b": "a", "conv": "a"}, 20),
    (
        "layers: [{conv: C, repeat: 2, name: a}, {conv: C, repeat: 2, share: a, name: b}]",
        {"b.0": "a.0", "b.1": "a.1"},
        40,
    ),
    (
        "blocks: {u: {layers: [conv: C, relu, prelu]}}\nlayers: [u, {u: , share: u, name: v}, {u: , name: w}]",
        {"v.conv": "u.conv", "v.prelu": "u.prelu"},
        48,
    ),
    (
        "blocks: {u: {layers: [conv: C]}}\nlayers: [{u: , repeat: 2}, {u: , repeat: 2, share: u, name: v}]",
        {"v.0.conv": "u.0.conv", "v.1.conv": "u.1.conv"},
        40,
    ),
    (
        "layers: [add: {a: [{conv: C, name: x}], b: [{conv: C, name: y}, {conv: C, share: y}]}, {conv: C, name: z}]",
        {"b.conv": "b.y"},
        60,
    ),
    (
        "layers: [{conv: C, name: a}, add: {left: [{conv: C, share: a}], right: []}]",
        {"left.conv": "a"},
        20,
    ),
]


@pytest.mark.parametrize(("text", "shares", "params"), SHARED)
def test_shared_weights_count_once_and_cost_each_time(text: str, shares: dict[str, str], params: int) -> None:
    found = network(INPUT + text.replace("conv: C", "conv: {out: 4, kernel: 1}"))
    assert {layer.name: layer.shares for layer in found.layers if layer.shares} == shares
    analysis = analyze(found)
    assert analysis.params == params
    convolutions = sum(layer.kind == "conv" for layer in found.layers)
    assert analysis.macs == convolutions * 16 * 64


def test_a_layer_keeps_its_place_and_its_operator() -> None:
    found = network(f"{INPUT}layers:\n  - relu\n  - {{conv: {{out: 8, kernel: 3, stride: 2}}, name: stem}}\n")
    layer = found.layers[1]
    assert str(layer.span) == "net.yaml:4:6"
    assert (layer.kind, layer.inputs, layer.input_shapes) == ("conv", ("relu",), (Shape(4, (8, 8)),))
    assert layer.operator.reads(*layer.input_shapes) == ((Window(3, 2), Window(3, 2)),)


FOREIGN = [
    ("net.pt", b"not a checkpoint", "a PyTorch file"),
    ("net", b"\x80\x02}q\x00.", "a PyTorch file"),
    ("net", b"PK\x03\x04" + bytes(22) + b"\x0c\0\0\0net/data.pklFB", "a PyTorch file"),
    ("net.keras", b"PK\x03\x04" + bytes(22) + b"\x0d\0\0\0metadata.json{}", "a Keras file"),
    ("net", b"PK\x03\x04" + bytes(22) + b"\x0c\0\0\0a/model.onnx", "a zip archive"),
    ("net.onnx", b"PK\x03\x04" + bytes(22) + b"\x0c\0\0\0net/data.pklFB", "a PyTorch file"),
    ("net", b"\x89HDF\r\n\x1a\n", "a Keras file"),
    ("net", b"\x1c\0\0\0TFL3\x14\0", "a TensorFlow Lite file"),
    ("net.txt", b"# tiny\n[net]\nwidth=416\n[convolutional]\nsize=3\n", "a Darknet file"),
    ("net.txt", b'name: "LeNet"\nlayer {\n  type: "Input"\n}\n', "a Caffe file"),
]


@pytest.mark.parametrize(("name", "data", "what"), FOREIGN)
def test_files_of_other_programs_are_told_apart(name: str, data: bytes, what: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SpecError, match=rf":1:1: error: this is {what}, not a spec(.|\n)*help: .*ONNX"):
        load(str(tmp_path / name))


@pytest.mark.slow
def test_a_chain_of_ten_thousand_layers() -> None:
    started = time.process_time()
    found = network(INPUT + "layers:\n" + "  - conv: {out: 4, kernel: 3, padding: 1}\n" * 10_000)
    analysis = analyze(found)
    figures = [[figure_or_none(costs, name) for name in FIGURES] for costs in (analysis, *analysis.layers)]
    assert time.process_time() - started < 10
    assert len(figures) == 10_001
    assert found.layers[-1].name == "conv_10000"
    assert analysis.params == 10_000 * 148
    assert analysis.layers[-1].receptive_field == (20_001, 20_001)


def test_two_thousand_nested_blocks() -> None:
    blocks = "".join(f"  b{n}: {{layers: [b{n + 1}, relu]}}\n" for n in range(2000))
    found = network(f"{INPUT}blocks:\n{blocks}  b2000: {{layers: [relu]}}\nlayers: [b0]\n")
    assert len(found.layers) == 2001
    assert found.layers[0].name == ".".join(f"b{n}" for n in range(2001)) + ".relu"
    assert found.layers[-1].name == "b0.relu"


def test_a_path_can_be_as_deep_as_yaml() -> None:
    layers = "relu"
    for _ in range(20):
        layers = f"add: {{a: [{layers}], b: []}}"
    assert len(shapes(f"{INPUT}layers: [{layers}]")) == 21


def test_a_file_is_found_by_path_or_by_bundled_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load("lenet5").name == "lenet5"
    mine = tmp_path / "mine.yaml"
    mine.write_text(f"{INPUT}layers: [relu]", encoding="utf-8-sig")
    assert load(str(mine)).name == "mine"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lenet5").write_text(f"network: here\n{INPUT}layers: []", encoding="utf-8")
    assert load("lenet5").name == "here"


@pytest.mark.parametrize("null", ["", "null", "~", "Null", "{}"])
def test_a_layer_without_arguments_as_programs_write_it(null: str) -> None:
    """`yaml.safe_dump` and JSON have no other word for nothing."""
    text = f"""
input: {{channels: 2, size: [4, 4]}}
layers:
  - conv: {{out: 2, kernel: 3, padding: 1}}
  - {{add: {{body: [{{relu: {null}}}, {{conv: {{out: 2, kernel: 1}}}}], short: {"[]" if null == "{}" else null}}}}}
  - {{relu: {null}, name: last}}
  - global_avg_pool: {null}
  - conv_bn_relu: {{out: 3, kernel: 1}}
"""
    assert [layer.kind for layer in read(Source("s.yaml", text), "s").layers][:6] == [
        "conv", "relu", "conv", "add", "relu", "global_avg_pool"
    ]  # fmt: skip


@pytest.mark.parametrize("name", each_network(bundled()))
def test_a_spec_that_a_program_wrote_means_the_same(name: str) -> None:
    """Bundled specs through PyYAML's and json's writers."""
    path, wanted = bundled()[name], without_spans(load(name))
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for text in (yaml.safe_dump(data, sort_keys=False), json.dumps(data)):
        assert without_spans(read(Source(str(path), text), name)) == wanted


def without_spans(network: Network) -> list[Layer]:
    return [layer._replace(span=None) for layer in network.layers]


@pytest.mark.parametrize(
    ("text", "value"), [("max(3, 9, 5)", 9), ("min(7, 2, 4, 8)", 2), ("max(a, 2*a, 3) - min(1, a, 2)", 7)]
)
def test_the_largest_of_several(text: str, value: int) -> None:
    assert evaluate(text, {"a": 4}) == value


def test_a_pointer_in_a_models_place(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n", encoding="utf-8")
    with pytest.raises(SpecError, match=r"this is a pointer of Git LFS(.|\n)*git lfs pull"):
        load(str(path))


def test_branches_in_place_are_others_in_every_repetition() -> None:
    layers = network(
        "input: {channels: 8, size: [8]}\n"
        "layers: [{add: {body: [{conv: {out: 8, kernel: 1}}, relu], short: []}, repeat: 4}]"
    ).layers
    given = "input"
    for conv, relu, add in zip(layers[::3], layers[1::3], layers[2::3], strict=True):
        assert [conv.inputs, relu.inputs, add.inputs] == [(given,), (conv.name,), (relu.name, given)]
        given = add.name
    assert len(layers) == 12
