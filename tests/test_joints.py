"""One network with all that joints make difficult, every figure worked by hand."""

from __future__ import annotations

import pytest

from convcost.analysis.costs import Analysis, analyze, rows_of
from convcost.errors import Source, SpecError
from convcost.execute import Machine
from convcost.reading.load import read
from convcost.verification import verify


def of(text: str) -> Analysis:
    return analyze(read(Source("<test>", text)))


TOWERS = """
inputs:
  left: {channels: 2, size: [8, 8]}
  right: {channels: 2, size: [8, 8]}
  spare: {channels: 1, size: [8, 8]}
blocks:
  tower:
    layers:
      - {conv: {out: 4, kernel: 3, padding: 1, bias: false}, name: body}
      - batch_norm: {affine: false}
layers:
  - {tower: , from: left, name: a}
  - {tower: , from: right, name: b, share: a}
  - {concat: , from: [a, b], name: both}
  - {split: {parts: 2}, name: halves}
  - {global_avg_pool: , from: halves.0, name: early}
  - {linear: {out: 3}, name: aux}
  - {conv: {out: 4, kernel: 3, padding: 1, bias: false}, from: halves.1, name: late}
  - {pad: {padding: 1}, from: halves.1, name: wider}
outputs: [aux, late, wider]
"""


PARAM_KINDS = ("weights", "biases", "norm", "statistics")


def test_towers() -> None:
    analysis = of(TOWERS)
    by_name = {cost.layer.name: cost for cost in analysis.layers}
    # 4 filters of 3x3x2, once; 4 means and 4 variances, once; 3 rows of 4 and 3 biases; 4 filters of 3x3x4.
    assert [analysis.of(kind) for kind in PARAM_KINDS] == [72 + 12 + 144, 3, 0, 8]
    # Each tower 64 * 72; the classifier 12; the last convolution 64 * 144.
    assert analysis.macs == 2 * 4608 + 12 + 9216
    # Gradients of the weights everywhere; of the input for all but the towers, which read no parameter's work.
    assert analysis.training_macs == 2 * (2 * 4608) + 3 * 12 + 3 * 9216
    assert [by_name["a.body"].elements, by_name["halves"].elements] == [256, 512]
    # What depends on both inputs alike has their field; `late` ends the features though `aux` was written before.
    assert analysis.windowed is not None
    assert analysis.windowed.layer.name == "late"
    assert by_name["late"].receptive_field == (5, 5)
    assert by_name["wider"].receptive_field == (3, 3)
    assert by_name["wider"].start_offset == (-2, -2)
    assert by_name["aux"].field.reason == "whole input"
    # While `wider` (4x10x10) is written: both halves' second part, it, the outputs aux and late, the spare input.
    held = dict(analysis.peak.tensors)
    assert held["spare"] == 64
    assert sum(held.values()) == analysis.peak.elements
    assert verify(analysis.network).agrees


def test_two_inputs_read_differently() -> None:
    text = "inputs: {x: {channels: 1, size: [9]}, y: {channels: 1, size: [9]}}\nlayers:\n"
    text += "  - {conv: {out: 1, kernel: 3, padding: 1}, from: x, name: near}\n  - {add: , from: [near, y]}\n"
    field = of(text).layers[-1].field
    assert (field.size, field.reason) == (None, "differs between inputs")


MISALIGNED = """
input: {channels: 1, size: [64, 64]}
layers:
  - concat:
      half: [max_pool: {kernel: 2}]
      middle: [crop: {size: 32}]
  - relu
  - global_avg_pool
  - linear: {out: 2}
"""


def test_a_misaligned_joint() -> None:
    joint, after, *whole = (cost.field for cost in of(MISALIGNED).layers[2:])
    assert joint.alignment == "misaligned_stride"
    assert joint.reason == after.reason == "misaligned: `half.max_pool` and `middle.crop` have different strides"
    assert {field.reason for field in whole} == {"whole input"}


COORDINATES = """
input: {channels: 2, size: [6, 5]}
layers:
  - {conv: {out: 2, kernel: 3, padding: 1}, name: map}
  - {mean: {over: width}, name: rows}
  - {softmax: {over: height}, name: weights, from: map}
  - {mean: {over: positions}, name: all, from: map}
  - {mul: , name: by_row, from: [map, rows]}
  - {mul: , name: both, from: [by_row, weights]}
"""


def test_what_is_read_along_one_axis() -> None:
    """A mean over the width sees all of it, and so does what its rows gate; with all of the height it is everything."""
    analysis = of(COORDINATES)
    reasons = {cost.layer.name: cost.field.reason for cost in analysis.layers}
    width, height = "all of the width", "all of the height"
    assert reasons == {
        "map": None,
        "rows": width,
        "weights": height,
        "all": "whole input",
        "by_row": width,
        "both": "whole input",
    }
    assert analysis.ungated is not None
    assert analysis.ungated.layer.name == "by_row"
    assert verify(analysis.network).agrees


@pytest.mark.parametrize("depth", [1, 2])
def test_folded_rows_add_up(depth: int) -> None:
    analysis = of(TOWERS)
    rows = rows_of(analysis, depth)
    assert sum(row.training_macs for row in rows) == analysis.training_macs
    assert sum(row.macs for row in rows) == analysis.macs
    assert sum(row.params for row in rows) == analysis.params


TRAINING = [
    # No parameter before: 9 positions of 8 offsets over 4 taps (forward and weights), and 9*4 products of the main
    # convolution, whose input's gradient the offsets need.
    ("deformable_conv: {out: 1, kernel: 2, bias: false}", 2 * 9 * 32 + 3 * 9 * 4),
    ("conv: {out: 2, kernel: 3}", 2 * 4 * 18),
    ("linear: {out: 5}", 2 * 80),
]


@pytest.mark.parametrize(("layer", "macs"), TRAINING)
def test_training_of_a_first_layer(layer: str, macs: int) -> None:
    assert of(f"input: {{channels: 1, size: [4, 4]}}\nlayers:\n  - {layer}\n").training_macs == macs


def test_training_of_a_layer_that_no_output_is_made_of() -> None:
    """b and c are computed, 2 x 16 products; no gradient reaches them. a needs its weights' gradient alone."""
    text = "input: {channels: 1, size: [4, 4]}\noutputs: [a]\nlayers:\n"
    text += "  - {conv: {out: 1, kernel: 1}, name: a}\n  - {conv: {out: 2, kernel: 1}, name: b, from: a}\n"
    text += "  - {conv: {out: 1, kernel: 1}, name: c, from: b}\n"
    assert of(text).training_macs == 2 * 16 + 32 + 32
    runs = Machine(read(Source("unread.yaml", text), "unread")).run(training=True).layers
    assert [run.backward.macs if run.backward else 0 for run in runs] == [16, 0, 0]


def test_training_where_one_path_is_untrained() -> None:
    text = "input: {channels: 1, size: [4]}\nlayers:\n"
    text += "  - add: {body: [conv: {out: 1, kernel: 1}], short: []}\n  - conv: {out: 1, kernel: 1}\n"
    assert of(text).training_macs == 2 * 4 + 3 * 4


@pytest.mark.parametrize(
    "layers",
    [
        # As many numbers, but filters of another shape.
        "[{conv: {out: 8, kernel: 3, padding: 1, bias: false}, name: a}, "
        "{conv: {out: 4, kernel: 3, padding: 1, bias: false}, share: a}]",
        "[{conv: {out: 4, kernel: [1, 3], padding: same}, name: a}, "
        "{conv: {out: 4, kernel: [3, 1], padding: same}, share: a}]",
    ],
)
def test_weights_of_another_shape_are_not_shared(layers: str) -> None:
    with pytest.raises(SpecError, match="can't share the weights"):
        of(f"input: {{channels: 4, size: [8, 8]}}\nlayers: {layers}\n")


def test_an_odd_size_after_a_transposed_convolution() -> None:
    path = "[max_pool: {kernel: 2}, conv_transpose: {out: 4, kernel: 2, stride: 2}]"
    with pytest.raises(SpecError, match=r"the 8x8 appears at `down\.conv_transpose`, from 4x4"):
        of(f"input: {{channels: 4, size: [9, 9]}}\nlayers: [add: {{down: {path}, short: []}}]\n")
