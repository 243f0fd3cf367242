"""ONNX models read as networks: exported ones, whole specs written as models, single operators, hostile files."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from command_line import DATA
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

onnx = pytest.importorskip("onnx")

from networks import each_network  # noqa: E402
from onnx_files import NODES, model, network, node, numbers, weight, written  # noqa: E402

from convcost.analysis.costs import analyze  # noqa: E402
from convcost.errors import SpecError  # noqa: E402
from convcost.network import Layer, Network  # noqa: E402
from convcost.ops.base import WORK_KINDS  # noqa: E402
from convcost.reading.load import load, open_description  # noqa: E402
from convcost.reading.sources import bundled  # noqa: E402
from convcost.sweeping.axes import axis  # noqa: E402
from convcost.sweeping.plan import Plan  # noqa: E402

FILES = sorted((DATA / "onnx").glob("*.onnx"))
LIGHT = Path(onnx.__file__).parent / "backend/test/data/light"
KINDS = {
    "BatchNormalization": ("batch_norm",),
    "Conv": ("conv", "depthwise_conv"),
    "ConvTranspose": ("conv_transpose",),
    "Gemm": ("linear",),
    "GlobalAveragePool": ("global_avg_pool",),
    "ReduceMean": ("global_avg_pool",),
    "AveragePool": ("avg_pool",),
    "MaxPool": ("max_pool",),
}


# Exported models: what must come out is known from onnx.shape_inference and from the networks they were made of.


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_exported_models(path):
    stated = json.loads(path.with_suffix(".json").read_text())
    found = analyze(load(str(path)))
    assert found.macs == stated["totals"]["macs"]
    assert found.params == stated["totals"]["params_learnable"]
    assert found.statistics == stated["totals"]["bn_mean_var"]
    assert_layers(found, stated["layers"])


@pytest.mark.parametrize("name", ["bvlc_alexnet", "inception_v1", "shufflenet"])
def test_models_of_the_onnx_package(name):
    stated = json.loads((DATA / f"golden/onnx_light__{name}.json").read_text())
    found = analyze(load(str(LIGHT / f"light_{name}.onnx")))
    # Inception's Gemm reshapes its weights first; the file's macs are those of 4 axes, [1, 1, 1000, 1024].
    wrong = 1000 * 1024 - 1000 if name == "inception_v1" else 0
    assert found.macs == stated["totals"]["macs"] + wrong
    assert found.params == stated["totals"]["params_learnable"]
    assert_layers(found, stated["layers"], ignore=("Gemm",) if wrong else ())


def assert_layers(found, stated, ignore=()):
    """Every layer that is stated, in order: kind, output, parameters, multiply-accumulates."""
    kinds = {kind for row in stated for kind in KINDS.get(row["op"], ())}
    ours = [cost for cost in found.layers if cost.layer.kind in kinds]
    stated = [row for row in stated if row["op"] in KINDS]
    assert len(ours) == len(stated)
    for cost, row in zip(ours, stated, strict=True):
        assert cost.layer.kind in KINDS[row["op"]]
        if row["op"] in ignore:
            continue
        y = cost.layer.output_shapes[0]
        assert [y.channels, *y.size][: len(row["out"]) - 1] == row["out"][1:]
        assert cost.params == row.get("w", 0) + row.get("b", 0)
        assert cost.macs == row.get("macs", 0)


def test_both_exporters_name_the_layers_with_weights_alike():
    names = [
        {cost.name for cost in load(str(DATA / f"onnx/torchvision__resnet18__{how}.onnx")).layers if weighs(cost)}
        for how in ("ts", "dynamo")
    ]
    assert names[0] == names[1]
    assert {"conv1", "layer1.0.conv1", "layer4.0.downsample.0", "fc"} <= names[0]


def weighs(layer: Layer) -> bool:
    return layer.operator.params(*layer.input_shapes).total > 0


# Whole networks: a spec written as a model reads as the spec does.


NOT_WRITTEN = {
    *("lenet5", "segnet"),  # subsample, and places in a window: ONNX has neither
    *("botnet50", "mobilevit_xxs"),  # attention by distances and in windows is many nodes
    "unet3d",  # normalisation is written with its scale and shift
}
MOVED = {"crnn": ("reshape",), "resnet_cifar": ("slice",)}
"""What moves numbers, and is written as other moves, as many or more."""


@pytest.mark.parametrize("spec", each_network(sorted({*bundled()} - NOT_WRITTEN)))
def test_specs_written_as_models(spec):
    mine = load(spec)
    made = written(mine)
    read = network(made.SerializeToString())
    ours, theirs = analyze(mine), analyze(read)
    # What weights are is not read: that some are given, and have no gradient, is not seen.
    are_given = any(getattr(layer.operator, "weights", "trained") != "trained" for layer in mine.layers)
    for figure in (*OF_WEIGHTS_AND_WORK, *(() if are_given else ("training_macs",))):
        assert theirs.of(figure) == ours.of(figure), figure
    assert useful_work(theirs) == useful_work(ours)
    if not any(layer.kind in ("silu", "attention") for layer in mine.layers):  # which are read as their parts
        left_out = ("flatten", "identity", *MOVED.get(spec, ()))
        assert rows(theirs, left_out) == rows(ours, left_out)
    shapes = onnx.shape_inference.infer_shapes(made).graph.output
    for name, tensor in zip(read.outputs, shapes, strict=True):
        sizes = [dim.dim_value for dim in tensor.type.tensor_type.shape.dim]
        y = dict(read.tensors())[name]
        assert [1, y.channels, *y.size][: len(sizes)] == sizes


OF_WEIGHTS_AND_WORK = ("weights", "biases", "norm", "statistics", *WORK_KINDS)


def useful_work(analysis):
    return [sum(counts) for counts in zip(*(cost.layer.useful_work for cost in analysis.layers), strict=True)]


def rows(analysis, left_out):
    return [
        (cost.layer.output_shapes, cost.layer.params, cost.layer.work, cost.field.size, cost.field.stride)
        for cost in analysis.layers
        if cost.layer.kind not in left_out
    ]


# Single operators, with any arguments.

AS_OTHERS = {"deformable_conv", "silu", "identity", "flatten", "crop", "split", "swish"}
AS_OTHERS |= {"clip", "hard_tanh", "instance_norm", "l2_norm", "max", "mean", "pow", "scale", "shift", "sum"}
AS_OTHERS |= {
    "append",
    "where",
    "attention",
    "blur_pool",
    "class_token",
    "gru",
    "lstm",
    "matmul",
    "pixel_shuffle",
    "pixel_unshuffle",
}
AS_OTHERS |= {"pad", "rearrange", "reshape", "slice", "transpose"}
"""Not written as one node with the same outcome: told apart elsewhere, or not read at all."""


ONLY = {"padding_mode": "zeros", "align_corners": False, "axis": (0,)}
"""Arguments whose other values models are not read with."""


@pytest.mark.parametrize("kind", sorted(NODES.keys() - AS_OTHERS - {"adaptive_avg_pool"}))
def test_any_layer_reads_as_it_was_written(kind):
    from drawn_layers import layers

    @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    @given(st.data())
    def check(data):
        drawn = data.draw(layers(kind))
        assume(getattr(drawn.operator, "affine", True) and not getattr(drawn.operator, "connections", None))
        assume(len(drawn.shapes) <= 2 or kind == "concat")  # ONNX puts two together, and two small ones are less work
        over, groups = (getattr(drawn.operator, name, default) for name, default in (("over", (0,)), ("groups", 1)))
        assume(all(getattr(drawn.operator, name, plain) == plain for name, plain in ONLY.items()))
        assume(kind != "upsample" or drawn.operator.mode != "bicubic")
        assume("over" not in vars(drawn.given) or (over, groups) == ((0,), 1))  # what is read is over the channels
        names = tuple(f"x{n}" for n in range(len(drawn.shapes)))
        outputs = drawn.operator.outputs(*drawn.shapes)
        layer = Layer("layer", kind, drawn.operator, names, drawn.shapes, outputs)
        mine = Network("net", dict(zip(names, drawn.shapes, strict=True)), (layer,), layer.outputs)
        try:
            made = written(mine)
        except NotImplementedError:
            return
        ours, theirs = analyze(mine), analyze(network(made.SerializeToString()))
        for figure in OF_WEIGHTS_AND_WORK:
            assert theirs.of(figure) == ours.of(figure), figure
        assert [shape for _, shape in theirs.network.tensors()][-len(outputs) :] == list(outputs)
        if kind != "linear":
            last = theirs.layers[-1] if theirs.layers else None
            assert last is None or last.field.size == ours.layers[-1].field.size

    check()


# What moves numbers, and what is written as several nodes.

IMAGE = {"x": [1, 8, 6, 6]}


def number(name, value):
    return onnx.helper.make_tensor(name, 7, [], [value])


CASES = {
    "a linear layer as MatMul and Add": (
        [node("Flatten", "x", "a"), node("MatMul", "a w", "b"), node("Add", "b c", "y")],
        [weight("w", 288, 5), weight("c", 5)],
        ["flatten 288", "linear 5 params=1445 macs=1440"],
    ),
    "a bias given as a constant behind the node that needs it": (
        [node("Conv", "x w", "a"), node("Constant", "", "c", value=weight("", 4, 1, 1)), node("Add", "c a", "y")],
        [weight("w", 4, 8, 1, 1)],
        ["conv 4x6x6 params=36 macs=1152"],
    ),
    "weights that are transposed": (
        [node("Transpose", "w", "v", perm=[1, 0]), node("Flatten", "x", "a"), node("Gemm", "a v", "y")],
        [weight("w", 5, 288)],
        ["flatten 288", "linear 5 params=1440 macs=1440"],
    ),
    "a mean over positions, its axes dropped": (
        [node("ReduceMean", "x n", "a", keepdims=0), node("Gemm", "a w", "y")],
        [numbers("n", 2, -1), weight("w", 8, 5)],
        ["global_avg_pool 8x1x1", "linear 5 params=40 macs=40"],
    ),
    "a gate that is a row given axes of size 1": (
        [
            node("GlobalAveragePool", "x", "a"),
            node("Reshape", "a s", "b"),
            node("Gemm", "b w", "c"),
            node("Unsqueeze", "c n", "d"),
            node("Sigmoid", "d", "e"),
            node("Mul", "x e", "y"),
        ],
        [numbers("s", -1, 8), numbers("n", 2, 3), weight("w", 8, 8)],
        ["global_avg_pool 8x1x1", "linear 8 params=64 macs=64", "sigmoid 8", "mul 8x6x6"],
    ),
    "a convolution of a row given axes of size 1": (
        [
            node("GlobalAveragePool", "x", "a"),
            node("Flatten", "a", "b"),
            node("Gemm", "b w", "c"),
            node("Unsqueeze", "c n", "d"),
            node("Conv", "d v", "y"),
        ],
        [numbers("n", 2, 3), weight("w", 8, 8), weight("v", 4, 8, 1, 1)],
        ["global_avg_pool 8x1x1", "linear 8 params=64 macs=64", "linear 4 params=32 macs=32"],
    ),
    "a shuffle of channels": (
        [node("Reshape", "x s", "a"), node("Transpose", "a", "b", perm=[0, 2, 1, 3, 4]), node("Reshape", "b t", "y")],
        [numbers("s", 1, 2, 4, 6, 6), numbers("t", 1, -1, 6, 6)],
        ["channel_shuffle 8x6x6"],
    ),
    "channels made positions, and back, where one channel is left": (
        [
            node("Conv", "x w", "a"),
            node("DepthToSpace", "a", "b", blocksize=3, mode="CRD"),
            node("SpaceToDepth", "b", "c", blocksize=2),
            node("Relu", "c", "y"),
        ],
        [weight("w", 9, 8, 1, 1)],
        ["conv 9x6x6 params=72 macs=2592", "pixel_shuffle 1x18x18", "pixel_unshuffle 4x9x9", "relu 4x9x9"],
    ),
    "a shape worked out by a page of nodes": (
        [
            node("Shape", "x", "a"),
            node("Gather", "a i", "b"),
            node("Unsqueeze", "b z", "c"),
            node("Concat", "c m", "d", axis=0),
            node("Reshape", "x d", "y"),
        ],
        [onnx.helper.make_tensor("i", 7, [], [0]), numbers("z", 0), numbers("m", -1)],
        None,
    ),
    "channels last, and a matrix at every position": (
        [
            node("Transpose", "x", "a", perm=[0, 2, 3, 1]),
            node("LayerNormalization", "a g h", "b", axis=-1),
            node("MatMul", "b w", "c"),
            node("Add", "k c", "d"),
            node("Transpose", "d", "y", perm=[0, 3, 1, 2]),
        ],
        [weight("g", 8), weight("h", 8), weight("w", 8, 4), weight("k", 4)],
        ["layer_norm 8x6x6 params=16", "conv 4x6x6 params=36 macs=1152"],
    ),
    "parts of the channels": (
        [
            node("Slice", "x a b c", "l"),
            node("Slice", "x b m c", "r"),
            node("Relu", "r", "s"),
            node("Concat", "l s", "y", axis=1),
        ],
        [numbers("a", 0), numbers("b", 3), numbers("m", 2**63 - 1), numbers("c", 1)],
        ["split 3x6x6,5x6x6", "relu 5x6x6", "concat 8x6x6"],
    ),
    "a list of parts, put together in another order": (
        [
            node("SplitToSequence", "x p", "l", axis=1),
            node("SequenceAt", "l n", "a"),
            node("SequenceAt", "l z", "b"),
            node("SequenceConstruct", "a b", "m"),
            node("ConcatFromSequence", "m", "y", axis=1),
        ],
        [numbers("p", 3, 5), number("n", -1), number("z", 0)],
        ["split 3x6x6,5x6x6", "concat 8x6x6"],
    ),
    "a list of rows, stacked again": (
        [
            node("SplitToSequence", "x", "l", axis=2, keepdims=0),
            node("SequenceAt", "l n", "a"),
            node("SequenceConstruct", "a a", "m"),
            node("ConcatFromSequence", "m", "y", axis=2, new_axis=1),
        ],
        [number("n", 2)],
        [*["slice 8x1x6"] * 6, "concat 8x2x6"],
    ),
    "a part of the channels alone": (
        [node("Slice", "x a b c", "y")],
        [numbers("a", 2), numbers("b", 5), numbers("c", 1)],
        ["slice 3x6x6"],
    ),
    "parts of the channels of which one is worked out from the other": (
        [
            node("Slice", "x a b c", "l"),
            node("Shape", "x", "s"),
            node("Gather", "s c", "m"),
            node("Slice", "x b m c", "r"),
            node("Add", "l r", "y"),
        ],
        [numbers("a", 0), numbers("b", 4), numbers("c", 1)],
        ["split 4x6x6,4x6x6", "add 4x6x6"],
    ),
    "parts of the channels that overlap": (
        [node("Slice", "x a b c", "l"), node("Slice", "x d m c", "r"), node("Add", "l r", "y")],
        [numbers("a", 0), numbers("b", 5), numbers("d", 3), numbers("m", 8), numbers("c", 1)],
        ["slice 5x6x6", "slice 5x6x6", "add 5x6x6"],
    ),
    "the middle of a map": (
        [node("Slice", "x a b c", "y")],
        [numbers("a", 1, 2), numbers("b", -1, 4), numbers("c", 2, 3)],
        ["crop 8x4x2"],
    ),
    "a part that is all": (
        [node("Slice", "x a b c", "y"), node("Relu", "y", "z")],
        [numbers("a", 0), numbers("b", 6), numbers("c", 2)],
        ["relu 8x6x6"],
    ),
    "a clip without an upper bound": (
        [node("Clip", "x a", "y")],
        [onnx.helper.make_tensor("a", 1, [], [0.0])],
        ["relu 8x6x6"],
    ),
    "padding as an input": ([node("Pad", "x p", "y")], [numbers("p", 0, 0, 1, 2, 0, 0, 3, 4)], ["pad 8x10x12"]),
    "twice the size by scales": (
        [node("Resize", "x - s", "y", mode="nearest")],
        [onnx.helper.make_tensor("s", 1, [4], [1.0, 1.0, 2.0, 2.0])],
        ["upsample 8x12x12"],
    ),
    "a fraction of the size by scales": (
        [node("Resize", "x - s", "y", mode="linear")],
        [onnx.helper.make_tensor("s", 1, [4], [1.0, 1.0, 1.25, 1.5])],
        ["upsample 8x7x9"],
    ),
    "the smaller half of the padding before": (
        [node("Conv", "x w", "y", auto_pad="SAME_UPPER", strides=[2, 2])],
        [weight("w", 4, 8, 3, 3)],
        ["conv 4x3x3 params=288 macs=2592"],
    ),
    "the larger half of the padding before": (
        [node("MaxPool", "x", "y", auto_pad="SAME_LOWER", kernel_shape=[2, 2])],
        [],
        ["max_pool 8x6x6"],
    ),
    "a product with a constant": ([node("Mul", "x c", "y")], [weight("c", 8, 1, 1)], ["scale 8x6x6 params=8"]),
    "a piece off the middle": (
        [node("Slice", "x a b c", "y")],
        [numbers("a", 0), numbers("b", 4), numbers("c", 2)],
        ["slice 8x4x6"],
    ),
    "mirrored padding": (
        [node("Pad", "x p", "y", mode="reflect")],
        [numbers("p", 0, 0, 1, 1, 0, 0, 1, 1)],
        ["pad 8x8x8"],
    ),
    "positions made channels": (
        [node("Reshape", "x s", "y")],
        [numbers("s", 1, 32, 9)],
        ["flatten 288", "reshape 32x9"],
    ),
    "a transposed convolution of twice the size": (
        [node("ConvTranspose", "x w", "y", auto_pad="SAME_UPPER", strides=[2, 2])],
        [weight("w", 8, 4, 3, 3)],
        ["conv_transpose 4x12x12 params=288 macs=10368"],
    ),
    "a transposed convolution whose output is larger than what its kernel reaches": (
        [node("ConvTranspose", "x w", "y", output_shape=[20, 11], strides=[3, 2])],
        [weight("w", 8, 4, 3, 3)],
        ["conv_transpose 4x20x11 params=288 macs=10368"],
    ),
    "a kernel used twice, once with a bias": (
        [node("Conv", "x w", "a"), node("Conv", "a w b", "y")],
        [weight("w", 8, 8, 1, 1), weight("b", 8)],
        ["conv 8x6x6 params=64 macs=2304", "conv 8x6x6 macs=2304", "shift 8x6x6 params=8"],
    ),
    "a bias and a slope that exporters write once": (
        [node("Conv", "x w b", "a"), node("PRelu", "a s", "c"), node("Conv", "c v b", "d"), node("PRelu", "d s", "y")],
        [weight("w", 8, 8, 1, 1), weight("v", 8, 8, 1, 1), weight("b", 8), weight("s", 8, 1, 1)],
        [
            "conv 8x6x6 params=72 macs=2304",
            "prelu 8x6x6 params=8",
            "conv 8x6x6 params=72 macs=2304",
            "prelu 8x6x6 params=8",
        ],
    ),
    "a branch that two inputs share": (
        [node("Conv", "x w b", "a"), node("PRelu", "a s", "c"), node("Conv", "c w b", "d"), node("PRelu", "d s", "y")],
        [weight("w", 8, 8, 1, 1), weight("b", 8), weight("s", 8, 1, 1)],
        ["conv 8x6x6 params=72 macs=2304", "prelu 8x6x6 params=8", "conv 8x6x6 macs=2304", "prelu 8x6x6"],
    ),
    "weights used twice": (
        [node("Conv", "x w b", "a"), node("Relu", "a", "c"), node("Conv", "c w b", "y")],
        [weight("w", 8, 8, 1, 1), weight("b", 8)],
        ["conv 8x6x6 params=72 macs=2304", "relu 8x6x6", "conv 8x6x6 macs=2304"],
    ),
    "positions that go through a convolution and a product": (
        # 180 parameters whose sines are taken, a kernel of 8x5 and its bias, a matrix of 6x6.
        [
            node("Sin", "p", "q"),
            node("Conv", "q w b", "r"),
            node("MatMul", "r m", "t"),
            node("Add", "x t", "y"),
        ],
        [weight("p", 1, 5, 6, 6), weight("w", 8, 5, 1, 1), weight("b", 8), weight("m", 6, 6)],
        ["shift 8x6x6 params=264"],
    ),
    "places of two axes": (
        # Rows 0 and 2, and of each the columns 1 to 3.
        [node("Transpose", "x", "a", perm=[2, 3, 0, 1]), node("GatherND", "a i", "b"), node("Relu", "b", "y")],
        [onnx.numpy_helper.from_array(np.stack(np.meshgrid([0, 2], [1, 2, 3], indexing="ij"), -1), "i")],
        ["slice 8x2x6", "slice 8x2x3", "relu 8x2x3"],
    ),
    "a bias of zeros for one that there is not": (
        [node("CastLike", "zero x", "z"), node("Expand", "z s", "b"), node("Conv", "x w b", "y")],
        [numbers("s", 4), weight("w", 4, 8, 3, 3), onnx.helper.make_tensor("zero", 7, [], [0])],
        ["conv 4x4x4 params=288 macs=4608"],
    ),
    "weights made by nodes": (
        [node("ConstantOfShape", "s", "w"), node("Identity", "w", "v"), node("Conv", "x v", "y")],
        [numbers("s", 4, 8, 3, 3)],
        ["conv 4x4x4 params=288 macs=4608"],
    ),
}


def contrib(op, inputs, outputs, **attributes):
    made = node(op, inputs, outputs, **attributes)
    made.domain = "com.microsoft"
    return made


SCALES = [onnx.helper.make_tensor("q", 1, [], [0.5]), onnx.helper.make_tensor("z", 3, [], [0])]
STEPS = [node("Reshape", "x s", "a"), node("Transpose", "a", "b", perm=[2, 0, 1])]
BACK = [node("Transpose", "d", "e", perm=[2, 0, 1, 3]), node("Reshape", "e t", "y")]
VIDEO = [numbers("s", 4, 2, 6, 6), numbers("t", 1, 4, 5, 6, 6), weight("w", 5, 2, 3, 3)]
CASES |= {
    "frames in the batch": (
        [node("Reshape", "x s", "a"), node("Conv", "a w", "b", pads=[1, 1, 1, 1]), node("Reshape", "b t", "y")],
        VIDEO,
        # Four frames of 2 channels: four times 5 * 2 * 9 * 36.
        ["rearrange 2x4x6x6", "conv 5x4x6x6 params=90 macs=12960"],
    ),
    "frames in the batch pooled and made a row each": (
        [
            node("Reshape", "x s", "a"),
            node("GlobalAveragePool", "a", "b"),
            node("Flatten", "b", "c"),
            node("Gemm", "c v", "y"),
        ],
        [*VIDEO[:1], weight("v", 2, 3)],
        ["global_avg_pool 8x1x1", "rearrange 2x4", "conv 3x4 params=6 macs=24"],
    ),
    "frames in the batch, each of which is normalised": (
        [
            node("Reshape", "x s", "a"),
            node("InstanceNormalization", "a g h", "b"),
            node("GroupNormalization", "b g h", "c", num_groups=1),
            node("Reshape", "c t", "y"),
        ],
        [VIDEO[0], numbers("t", 1, 8, 6, 6), weight("g", 2), weight("h", 2)],
        [
            "layer_norm 8x6x6",  # 8 maps of 6x6, each by itself
            "rearrange 2x4x6x6",
            "scale 2x4x6x6 params=2",
            "shift 2x4x6x6 params=2",
            "layer_norm 2x4x6x6",  # 4 frames of 2x6x6
            "scale 2x4x6x6 params=2",
            "shift 2x4x6x6 params=2",
            "rearrange 8x6x6",
        ],
    ),
    "how many positions a mean was over": (
        # At the edges of the map there are fewer: no training makes numbers that are whole, and others each.
        [node("Div", "x n", "a"), node("Div", "a v", "y")],
        [
            onnx.helper.make_tensor("n", 1, [6, 6], [4.0, *[6.0] * 34, 4.0]),
            onnx.helper.make_tensor("v", 1, [6, 6], [1.5] * 36),
        ],
        ["scale 8x6x6", "scale 8x6x6 params=36"],
    ),
    "a mean over the channels": ([node("ReduceMean", "x n", "y")], [numbers("n", 1)], ["mean 1x6x6"]),
    "a mean over the width": ([node("ReduceMean", "x n", "y", keepdims=0)], [numbers("n", -1)], ["mean 8x6x1"]),
    "a maximum over half of the channels": (
        [node("Reshape", "x s", "a"), node("ReduceMax", "a n", "y")],
        [numbers("s", 1, 2, 4, 6, 6), numbers("n", 1)],
        ["rearrange 144x2", "global_max_pool 144x1", "reshape 1x4x6x6"],
    ),
    "a sum of squares": ([node("ReduceSumSquare", "x n", "y")], [numbers("n", 2, 3)], ["mul 8x6x6", "sum 8x1x1"]),
    "the classes of a segmentation": ([node("ArgMax", "x", "y", axis=1, keepdims=0)], [], ["arg_max 1x6x6"]),
    "a softmax over the first half of the channels": (
        [node("Reshape", "x s", "a"), node("Softmax", "a", "b", axis=1), node("Reshape", "b t", "y")],
        [numbers("s", 1, 2, 4, 36), numbers("t", 1, 8, 6, 6)],
        ["rearrange 144x2", "softmax 144x2", "rearrange 8x6x6"],
    ),
    "a norm of all positions": (
        [node("LayerNormalization", "x g h", "y", axis=1)],
        [weight("g", 8, 6, 6), weight("h", 8, 6, 6)],
        ["layer_norm 8x6x6 params=576"],
    ),
    "a norm whose shift is made up": (
        [
            node("Transpose", "x", "a", perm=[0, 2, 3, 1]),
            node("Constant", "", "h", value=onnx.helper.make_tensor("", 1, [8], [0.0] * 8)),
            node("LayerNormalization", "a g h", "y"),
        ],
        [weight("g", 8)],
        ["layer_norm 8x6x6", "scale 8x6x6 params=8"],
    ),
    # 8 heads of 6 x 6 scores, whose biases are in a table of 8 x 11.
    "biases by relative position": (
        [
            node("Reshape", "x s", "a"),
            node("Gather", "t i", "b", axis=1),
            node("Reshape", "b r", "c"),
            node("Add", "a c", "y"),
        ],
        [
            numbers("s", 1, 8, 6, 6),
            weight("t", 8, 11),
            numbers("i", *(n - m + 5 for n in range(6) for m in range(6))),
            numbers("r", 1, 8, 6, 6),
        ],
        ["shift 8x6x6 params=88"],
    ),
    "maxima put back where they were": (
        [
            node("MaxPool", "x", "a i", kernel_shape=[2, 2], strides=[2, 2]),
            node("MaxUnpool", "a i", "y", kernel_shape=[2, 2], strides=[2, 2]),
        ],
        [],
        ["max_pool 8x3x3,8x3x3", "max_unpool 8x6x6"],
    ),
    "a map read where another says": (
        [
            node("Slice", "x a b c", "p"),
            node("Transpose", "p", "g", perm=[0, 2, 3, 1]),
            node("GridSample", "x g", "y", mode="nearest"),
        ],
        [numbers("a", 0), numbers("b", 2), numbers("c", 1)],
        ["slice 2x6x6", "grid_sample 8x6x6"],
    ),
    "offsets and masks that others have made": (
        [
            node("Conv", "x v", "o", kernel_shape=[1, 1]),
            node("Conv", "x u", "m", kernel_shape=[1, 1]),
            node("DeformConv", "x w o - m", "y", pads=[1, 1, 1, 1]),
        ],
        [weight("v", 18, 8, 1, 1), weight("u", 9, 8, 1, 1), weight("w", 4, 8, 3, 3)],
        [
            "conv 18x6x6 params=144 macs=5184",
            "conv 9x6x6 params=72 macs=2592",
            "deformable_conv 4x6x6 params=288 macs=10368",
        ],
    ),
    "a matrix before its input": (
        [node("MatMul", "w x", "y")],
        [weight("w", 5, 6)],
        ["rearrange 6x8x6", "conv 5x8x6 params=30 macs=1440"],
    ),
    "a clip to other bounds": (
        [node("Clip", "x a b", "y")],
        [onnx.helper.make_tensor(n, 1, [], [v]) for n, v in (("a", -2.0), ("b", 1.0))],
        ["clip 8x6x6"],
    ),
    "a square": ([node("Pow", "x e", "y")], [onnx.helper.make_tensor("e", 1, [], [2.0])], ["mul 8x6x6"]),
    "a mask": (
        [node("Greater", "x e", "m"), node("Where", "m x e", "y")],
        [onnx.helper.make_tensor("e", 1, [], [0.0])],
        ["compare 8x6x6", "where 8x6x6"],
    ),
    "one less a tensor": ([node("Constant", "", "e", value_float=1.0), node("Sub", "e x", "y")], [], ["shift 8x6x6"]),
    "one over a tensor": (
        [node("Constant", "", "e", value_float=1.0), node("Div", "e x", "y")],
        [],
        ["reciprocal 8x6x6"],
    ),
    "a number for each group of channels": (
        [node("Reshape", "x s", "a"), node("Mul", "a c", "b"), node("Reshape", "b t", "y")],
        [numbers("s", 1, 2, 4, 36), weight("c", 2, 1, 1), numbers("t", 1, 8, 6, 6)],
        ["reshape 2x4x36", "scale 2x4x36 params=2", "reshape 8x6x6"],
    ),
    "coordinates beside the channels": (
        [node("Concat", "x c", "y", axis=1)],
        [weight("c", 1, 2, 6, 6)],
        ["append 10x6x6"],
    ),
    "one number spread over a map": (
        [node("GlobalAveragePool", "x", "a"), node("Expand", "a s", "y")],
        [numbers("s", 1, 8, 6, 6)],
        ["global_avg_pool 8x1x1", "upsample 8x6x6"],
    ),
    "channels twice": ([node("Tile", "x r", "y")], [numbers("r", 1, 2, 1, 1)], ["concat 16x6x6"]),
    "one row of a map": (
        [node("Gather", "x i", "y", axis=2)],
        [onnx.helper.make_tensor("i", 7, [], [-1])],
        ["slice 8x1x6"],
    ),
    "channels in another order": (
        [node("Gather", "x i", "y", axis=1)],
        [numbers("i", 2, 1, 0)],
        ["slice 1x6x6"] * 3 + ["concat 3x6x6"],
    ),
    "tensors side by side on a new axis": (
        [node("Unsqueeze", "x n", "a"), node("Concat", "a a", "b", axis=1), node("Reshape", "b s", "y")],
        [numbers("n", 1), numbers("s", 1, 16, 6, 6)],
        ["reshape 1x8x6x6", "concat 2x8x6x6", "reshape 16x6x6"],
    ),
    "twice the size, corners aligned": (
        [node("Resize", "x - s", "y", mode="linear", coordinate_transformation_mode="align_corners")],
        [onnx.helper.make_tensor("s", 1, [4], [1.0, 1.0, 2.0, 2.0])],
        ["upsample 8x12x12"],
    ),
    "products of channels with channels": (
        [node("Einsum", "x x", "y", equation="nchw,ndhw->ncd")],
        [],
        ["rearrange 36x8", "matmul 8x8 macs=2304"],
    ),
    # torch's nn.GRU(8, 5): 3*5*(8 + 5 + 2) parameters, 36 steps of 3*5*13.
    "a recurrent layer along a row of positions": (
        [*STEPS, node("GRU", "b w r c - z", "d", hidden_size=5), *BACK],
        [
            numbers("s", 1, 8, 36),
            numbers("t", 1, 36, 5),
            weight("w", 1, 15, 8),
            weight("r", 1, 15, 5),
            weight("c", 1, 30),
            onnx.numpy_helper.from_array(np.zeros((1, 1, 5), "f4"), "z"),
        ],
        ["reshape 8x36", "gru 5x36 params=225 macs=7020"],
    ),
    "both ways, and what is left at the end of each": (
        [*STEPS, node("LSTM", "b w r", "d e", hidden_size=5, direction="bidirectional"), node("Relu", "e", "y")],
        [numbers("s", 1, 8, 36), weight("w", 2, 20, 8), weight("r", 2, 20, 5)],
        # torch's nn.LSTM(8, 5, bias=False, bidirectional=True): 2 * 4*5*(8 + 5) parameters.
        [
            "reshape 8x36",
            "lstm 10x36 params=520 macs=18720",
            "split 5x36,5x36",
            "slice 5x1",
            "slice 5x1",
            "concat 10x1",
            "relu 10x1",
        ],
    ),
    "a map turned round": (
        [node("Slice", "x a b c d", "y")],
        [numbers("a", -1, 2**63 - 1), numbers("b", -(2**63), -(2**63)), numbers("c", 2, 3), numbers("d", -1, -2)],
        ["slice 8x6x6", "slice 8x6x3"],
    ),
    "the three largest": ([node("TopK", "x k", "y i", axis=1)], [numbers("k", 3)], ["compare 8x6x6", "slice 3x6x6"]),
    "the log of a sum of exponentials": (
        [node("ReduceLogSumExp", "x n", "y")],
        [numbers("n", 1)],
        ["exp 8x6x6", "sum 1x6x6", "transcendental 1x6x6"],
    ),
    "signs": ([node("Sign", "x", "y")], [], ["compare 8x6x6"]),
    "what a division leaves": (
        [node("Constant", "", "e", value_float=2.0), node("Mod", "x e", "y", fmod=1)],
        [],
        ["reciprocal 8x6x6"],
    ),
    "x over one more than its size": ([node("Softsign", "x", "y")], [], ["abs 8x6x6", "shift 8x6x6", "div 8x6x6"]),
    # Two matrices of 36 x 5, each for 4 rows.
    "a matrix for each group of channels": (
        [node("Reshape", "x s", "a"), node("MatMul", "a w", "y")],
        [numbers("s", 1, 2, 4, 36), weight("w", 2, 36, 5)],
        ["rearrange 72x4", "conv 10x4 params=360 macs=1440", "rearrange 2x4x5"],
    ),
    "a matrix for each channel by letters": (
        [node("Einsum", "x w", "y", equation="bchw,cwd->bchd")],
        [weight("w", 8, 6, 5)],
        ["rearrange 48x6", "conv 40x6 params=240 macs=1440", "rearrange 8x6x5"],
    ),
    "a stack of one matrix": (
        [node("MatMul", "x w", "a"), node("Transpose", "a", "y", perm=[0, 3, 1, 2])],
        [weight("w", 1, 1, 6, 5)],
        ["rearrange 6x8x6", "conv 5x8x6 params=30 macs=1440"],
    ),
    # Twice 4 * 8 * 9 * 16.
    "two samples stacked and taken apart": (
        [
            node("Concat", "x x", "a", axis=0),
            node("Conv", "a w", "b"),
            node("Split", "b", "c d", axis=0),
            node("Sub", "c d", "y"),
        ],
        [weight("w", 4, 8, 3, 3)],
        [
            "reshape 8x6x6x1",
            "concat 8x6x6x2",
            "rearrange 8x2x6x6",
            "conv 4x2x4x4 params=288 macs=9216",
            "slice 4x1x4x4",
            "slice 4x1x4x4",
            "sub 4x1x4x4",
        ],
    ),
    "quantised and back": (
        [
            node("QuantizeLinear", "x q z", "a"),
            node("QLinearConv", "a q z w q z q z b", "c", pads=[1, 1, 1, 1]),
            node("DequantizeLinear", "c q z", "y"),
        ],
        [*SCALES, weight("w", 4, 8, 3, 3), weight("b", 4)],
        ["conv 4x6x6 params=292 macs=10368"],
    ),
    "whole numbers": (
        [
            node("DynamicQuantizeLinear", "x", "a p o"),
            node("ConvInteger", "a w o", "c"),
            node("Cast", "c", "d", to=1),
            node("Mul", "p q", "s"),
            node("Relu", "d", "y"),
        ],
        [*SCALES, weight("w", 4, 8, 1, 1)],
        ["conv 4x6x6 params=32 macs=1152", "relu 4x6x6"],
    ),
    "a quantised sum and its mean": (
        [contrib("QLinearAdd", "x q z x q z q z", "a"), contrib("QLinearGlobalAveragePool", "a q z q z", "y")],
        SCALES,
        ["add 8x6x6", "global_avg_pool 8x1x1"],
    ),
    "a convolution with a sum and an activation": (
        [contrib("FusedConv", "x w b x", "y", activation="Relu")],
        [weight("w", 8, 8, 1, 1), weight("b", 8)],
        ["conv 8x6x6 params=72 macs=2304", "add 8x6x6", "relu 8x6x6"],
    ),
    "a convolution whose channels are last": (
        [node("Transpose", "x", "a", perm=[0, 2, 3, 1]), contrib("NhwcConv", "a w", "y")],
        [weight("w", 4, 8, 3, 3)],
        ["conv 4x4x4 params=288 macs=4608"],
    ),
    "a sum that is normalised": (
        [
            node("Transpose", "x", "a", perm=[0, 2, 3, 1]),
            contrib("SkipLayerNormalization", "a a g h", "b"),
            contrib("BiasGelu", "b c", "d"),
            contrib("FusedMatMul", "d w", "y", transB=1, alpha=0.5),
        ],
        [weight("g", 8), weight("h", 8), weight("c", 8), weight("w", 4, 8)],
        [
            "add 8x6x6",
            "layer_norm 8x6x6 params=16",
            "shift 8x6x6 params=8",
            "gelu 8x6x6",
            "conv 4x6x6 params=32 macs=1152",
            "scale 4x6x6",
        ],
    ),
    "numbers near zero made zero": (
        [node("Shrink", "x", "a", lambd=0.5, bias=0.25), node("Shrink", "a", "y")],
        [],
        [f"{kind} 8x6x6" for kind in ("abs", "compare", "shift", "where", "abs", "compare", "where")],
    ),
    "one number as a bound": (
        [node("Max", "x l", "a"), node("Min", "u a", "b"), node("Max", "a b", "y")],
        [onnx.helper.make_tensor("l", 1, [], [0]), onnx.helper.make_tensor("u", 1, [1], [6])],
        ["clip 8x6x6", "clip 8x6x6", "maximum 8x6x6"],
    ),
    "numbers that are zero up to one": (
        [node("ThresholdedRelu", "x", "y", alpha=2.0)],
        [],
        ["compare 8x6x6", "where 8x6x6"],
    ),
    "a norm by root mean squares of channels": (
        [node("Transpose", "x", "a", perm=[0, 2, 3, 1]), node("RMSNormalization", "a g", "y", axis=-1)],
        [weight("g", 8)],
        ["rms_norm 8x6x6 params=8"],
    ),
    "a product with weights by letters": (
        [node("Einsum", "x w", "y", equation="bchw,dc->bdhw")],
        [weight("w", 5, 8)],
        ["conv 5x6x6 params=40 macs=1440"],
    ),
}


@pytest.mark.parametrize(("nodes", "constants", "wanted"), CASES.values(), ids=CASES)
def test_nodes(nodes, constants, wanted):
    assert described(network(model(nodes, IMAGE, constants))) == (wanted or ["flatten 288"])


def described(network):
    found = []
    for cost in analyze(network).layers:
        shapes = ",".join(map(str, cost.layer.output_shapes))
        figures = {"params": cost.params, "macs": cost.macs}
        found.append(" ".join([cost.layer.kind, shapes, *(f"{key}={n}" for key, n in figures.items() if n)]))
    return found


@pytest.mark.parametrize(
    ("nodes", "batch", "said"),
    [
        ([node("Transpose", "x", "y", perm=[0, 2, 3, 1])], 1, "output `y` is 1x6x4x8 in the model"),
        ([node("Transpose", "x", "y", perm=[2, 0, 1, 3])], None, "output `y` is 6xNx8x4 in the model"),
        ([node("Reshape", "x s", "y")], 1, None),
        ([node("ReduceMean", "x n", "a", keepdims=0), node("Transpose", "a", "y", perm=[1, 0])], 1, None),
    ],
)
def test_outputs_in_another_order_are_said(nodes, batch, said):
    notes = network(model(nodes, {"x": [batch, 8, 6, 4]}, [numbers("s", 1, 1, 8, 24), numbers("n", 2, 3)])).notes
    assert [note.text for note in notes] == ([f"{said}; here channels come first"] if said else [])


def branch(nodes, output, constants=()):
    made = onnx.helper.make_tensor_value_info(output, 1, None)
    return onnx.helper.make_graph(nodes, output, [], [made], list(constants))


@pytest.mark.parametrize(
    ("width", "wanted"),
    [(1, ["global_avg_pool 8x1x1", "linear 3 params=27 macs=24"]), (2, ["conv 4x6x2 params=288 macs=3456"])],
)
def test_a_branch_that_a_size_chooses(width, wanted):
    # 12 positions of which each reads 8 channels by 9 taps, 4 times: 3,456.
    inner = [
        node("GlobalAveragePool", "x", "p"),
        node("Flatten", "p", "f"),
        node("Gemm", "f v c", "row"),
    ]
    nodes = [
        node("Shape", "x", "s", start=3),
        node("Equal", "s one", "is_one"),
        node(
            "If",
            "is_one",
            "y",
            then_branch=branch(inner, "row", [weight("v", 8, 3), weight("c", 3)]),
            else_branch=branch([node("Conv", "x w", "map", pads=[1, 1, 1, 1])], "map"),
        ),
    ]
    data = model(nodes, {"x": [1, 8, 6, width]}, [numbers("one", 1), weight("w", 4, 8, 3, 3)])
    assert described(network(data)) == wanted


@pytest.mark.parametrize(
    ("how", "noted"),
    [
        ({"mode": "linear", "antialias": 1}, False),  # filters change nothing where a map becomes larger
        ({"mode": "linear", "coordinate_transformation_mode": "asymmetric"}, True),
        ({"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "ceil"}, True),
    ],
)
def test_positions_beside_those_that_a_resize_reads_are_said(how, noted):
    scales = onnx.helper.make_tensor("s", 1, [4], [1.0, 1.0, 2.0, 2.0])
    found = network(model([node("Resize", "x - s", "y", **how)], IMAGE, [scales]))
    assert described(found) == ["upsample 8x12x12"]
    assert [note.text.startswith("1 resize may read positions beside") for note in found.notes] == [True] * noted


def test_an_input_whose_channels_are_last():
    nodes = [node("Transpose", "x", "a", perm=[0, 3, 1, 2]), node("Conv", "a w", "y")]
    assert described(network(model(nodes, {"x": [None, 6, 5, 8]}, [weight("w", 4, 8, 1, 1)]))) == [
        "conv 4x6x5 params=32 macs=960"
    ]


@pytest.mark.parametrize("name", ["batch", None])
def test_a_batch_that_is_open(name):
    packed = onnx.numpy_helper.from_array(np.array([-1, 8, 36]), "s")
    data = model([node("Reshape", "x s", "y")], {"x": [name, 8, 6, 6]}, [packed])
    assert described(network(data)) == ["reshape 8x36"]


@pytest.mark.parametrize("batch", ["batch", 1, 4])
def test_positions_put_together_with_the_batch(batch):
    nodes = [
        node("Transpose", "x", "a", perm=[0, 2, 3, 1]),
        node("Reshape", "a s", "b"),
        node("MatMul", "b w", "c"),
        node("Reshape", "c t", "y"),
    ]
    constants = [numbers("s", -1, 8), weight("w", 8, 10), numbers("t", -1, 6, 6, 10)]
    assert described(network(model(nodes, {"x": [batch, 8, 6, 6]}, constants))) == ["conv 10x6x6 params=80 macs=2880"]


@pytest.mark.parametrize("batch", ["batch", 1, 4])
def test_positions_times_the_batch_as_a_number(batch):
    nodes = [
        node("Transpose", "x", "a", perm=[0, 2, 3, 1]),
        node("Shape", "a", "s"),
        node("Gather", "s places", "g"),  # the batch, 6 and 6
        node("ReduceProd", "g", "p"),
        node("Concat", "p eight", "r", axis=0),
        node("Reshape", "a r", "b"),
        node("MatMul", "b w", "c"),
        node("Div", "p positions", "n"),  # the batch again
        node("Concat", "n six six ten", "t", axis=0),
        node("Reshape", "c t", "d"),
        node("Transpose", "d", "y", perm=[0, 3, 1, 2]),
    ]
    known = {"places": [0, 1, 2], "eight": [8], "six": [6], "ten": [10], "positions": [36]}
    constants = [weight("w", 8, 10), *(numbers(name, *values) for name, values in known.items())]
    assert described(network(model(nodes, {"x": [batch, 8, 6, 6]}, constants))) == ["conv 10x6x6 params=80 macs=2880"]


def test_the_batch_among_sizes_that_may_be_left_open():
    # What is -1 in an Expand keeps its size: a batch is never -1.
    nodes = [
        node("Shape", "x", "s"),
        node("Concat", "s open", "t", axis=0),
        node("Equal", "t open", "e"),
        node("Where", "e one t", "u"),
        node("Unsqueeze", "x four", "a"),
        node("Expand", "a u", "y"),
    ]
    constants = [numbers("open", -1), numbers("one", 1), numbers("four", 4)]
    assert described(network(model(nodes, {"x": [None, 8, 6, 6]}, constants))) == []


def test_inputs_whose_names_have_no_letter():
    nodes = [node("Concat", "输入 输入二", "y", axis=1)]
    found = network(model(nodes, {"输入": [1, 3, 8, 8], "输入二": [1, 5, 8, 8]}))
    assert found.inputs.keys() == {"input_2", "input_3"}
    assert described(found) == ["concat 8x8x8"]


def test_a_half_before_differs_in_what_is_read():
    nodes = [node("MaxPool", "x", "y", auto_pad=how, kernel_shape=[2, 2]) for how in ("SAME_UPPER", "SAME_LOWER")]
    starts = [analyze(network(model([one], IMAGE))).layers[0].start_offset for one in nodes]
    assert starts == [(0, 0), (-1, -1)]


# Sizes that the file leaves open are symbols.

OPEN = model(
    [
        node("Conv", "image w", "a", strides=[2, 2]),
        node("Shape", "a", "s"),
        node("Gather", "s hw", "t"),
        node("Mul", "t two", "u"),
        node("Concat", "nc u", "v", axis=0),
        node(
            "Resize", "a - - v", "b", mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"
        ),
        node("GlobalAveragePool", "b", "c"),
        node("Flatten", "c", "d"),
        node("Gemm", "d k", "y"),
    ],
    {"image": ["batch", 3, "height", None]},
    [weight("w", 4, 3, 3, 3), numbers("hw", 2, 3), numbers("two", 2), numbers("nc", 1, 4), weight("k", 4, 2)],
)


def test_open_sizes_are_symbols():
    with pytest.raises(
        SpecError, match=r"`height` has no value(.|\n)*image\[batch, 3, height, W\](.|\n)*--set height="
    ):
        network(OPEN)
    data = OPEN.replace(b"batch", b"\x08\x01\x08\x01\x08")  # a fixed batch of 1, for the resize has one
    assert data != OPEN


@pytest.fixture
def open_sizes(tmp_path):
    """A model of one image, whose height and width are open."""
    fixed = onnx.ModelProto.FromString(OPEN)
    fixed.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    path = tmp_path / "open.onnx"
    path.write_bytes(fixed.SerializeToString())
    return path


def test_open_sizes_can_be_swept(open_sizes, tmp_path, run):
    rows = tmp_path / "rows.csv"
    words = ["sweep", open_sizes, "--over", "height=7:15:2", "--over", "W=9,11", "--of", "macs", "-o", rows]
    # Each chunk is another process's work, which is sent the model.
    assert run(*map(str, words), "--jobs", "2", "--chunk", "2").code == 0
    sizes = [(h, w) for h in range(7, 16, 2) for w in (9, 11)]
    counted = [f"{h},{w},{108 * ((h - 3) // 2 + 1) * ((w - 3) // 2 + 1) + 8}" for h, w in sizes]
    assert rows.read_text().splitlines() == ["height,W,macs", *counted]


def test_sweeps_of_other_models_have_other_chunks(open_sizes):
    def digest(name):
        return Plan(open_description(str(name)), (), None, (axis("W=9"),), ("macs",)).digest

    there = digest(open_sizes)
    assert digest(open_sizes) == there
    other = onnx.ModelProto.FromString(open_sizes.read_bytes())
    other.graph.initializer[0].dims[2] = 5
    open_sizes.write_bytes(other.SerializeToString())
    assert digest(open_sizes) != there


@pytest.mark.parametrize(("height", "width"), [(7, 9), (224, 224)])
def test_open_sizes_can_be_set(height, width, open_sizes, run):
    path = open_sizes
    got = run("analyze", str(path), "--set", f"height={height}", "--set", f"W={width}", "--format", "json")
    found = json.loads(got.out)
    h, w = (height - 3) // 2 + 1, (width - 3) // 2 + 1
    assert found["symbols"] == {"height": height, "W": width}
    assert [row["output_shapes"] for row in found["layers"]] == [[[4, h, w]], [[4, 2 * h, 2 * w]], [[4, 1, 1]], [[2]]]
    assert found["totals"]["macs"] == 108 * h * w + 8
    law = run("formula", str(path), "--at", f"height={height}", "--at", f"W={width}")
    assert f"{108 * h * w + 8:,}" in law.out


def test_the_law_of_an_exported_network_is_that_of_its_spec(run):
    spec = run("formula", "resnet18").out.splitlines()[0]
    assert run("formula", str(DATA / "onnx/torchvision__resnet18__ts.onnx")).out.splitlines()[0] == spec


# Files that can't be read: one error, soon, that says where.

IMAGE_OF_MANY = {"x": [None, 8, 6, 6]}
RELU = [node("Relu", "x", "y")]
BAD = {
    "empty": (b"", "not an ONNX model"),
    "text": (b"network: x", "not an ONNX model"),
    "torn": (model(RELU, IMAGE)[:-4], "not an ONNX model"),
    "no inputs": (model(RELU, {}), "no inputs"),
    "old opset": (model(RELU, IMAGE, opset=6), "opset 6 can't be read"),
    "no such opset": (model(RELU, IMAGE, opset=2**40), "can't be read"),
    "too many nodes": (model(RELU * 100_001, IMAGE), "100,001 nodes"),
    "too many inputs": (model([node("Sum", " ".join("x" * 50_000), f"y{n}") for n in range(9)], IMAGE), "400,000"),
    "no shape": (model(RELU, {"x": None}), "input `x` has no shape"),
    "a row without a batch": (model(RELU, {"x": [8]}), "input `x` has 1 axis"),
    "7 axes": (model(RELU, {"x": [1] * 7}), "input `x` has 7 axes"),
    "a huge axis": (model(RELU, {"x": [1, 2**62, 8, 8]}), "larger than any axis"),
    "a negative axis": (model(RELU, {"x": [1, 3, -5, 8]}), "`H` has no value"),
    "an axis of 0": (model(RELU, {"x": [1, 3, 8, 0]}), "`W` has no value"),
    "a huge kernel": (model([node("Conv", "x w", "y")], IMAGE, [weight("w", 4, 8, 2**62, 1)]), "larger than any axis"),
    "a circle": (model([node("Add", "x b", "a"), node("Relu", "a", "b")], IMAGE), "reads `b`, which nothing"),
    "no such tensor": (model([node("Conv", "x w", "y")], IMAGE), "reads `w`, which nothing"),
    "made twice": (model(RELU * 2, IMAGE), "makes `y`, which is there already"),
    "no such output": (model(RELU, IMAGE, outputs=["z"]), "output `z` is made by no node"),
    "a constant output": (model(RELU, IMAGE, [numbers("z", 1)], ["z"]), "output `z` does not depend"),
    "weights of 3 axes": (model([node("Conv", "x w", "y")], IMAGE, [weight("w", 4, 8, 3)]), "weights of 3 axes"),
    "weights for other channels": (
        model([node("Conv", "x w", "y")], IMAGE, [weight("w", 4, 5, 3, 3)]),
        "weights for 5 channels; its input has 8",
    ),
    "two kernels": (
        model([node("Conv", "x w", "y", kernel_shape=[1, 1])], IMAGE, [weight("w", 4, 8, 3, 3)]),
        "kernel_shape (1, 1) and weights of (3, 3)",
    ),
    "a kernel larger than the map": (
        model([node("Conv", "x w", "y")], IMAGE, [weight("w", 4, 8, 7, 7)]),
        "kernel 7 exceeds the padded input, 6",
    ),
    "sizes that follow from the batch": (
        model([node("Shape", "x", "a"), node("ReduceSum", "a", "b"), node("Reshape", "x b", "y")], IMAGE_OF_MANY),
        "export the model with a batch of 1",
    ),
    "sizes that differ": (
        model([node("MaxPool", "x", "a", kernel_shape=[2, 2]), node("Add", "x a", "y")], IMAGE),
        "add: 8x6x6 (from `input`) and 8x5x5 (from `max_pool`) differ",
    ),
    "a branch": (
        model(
            [node("If", "c", "y", "which", then_branch=onnx.helper.make_graph([], "a", [], []))],
            IMAGE,
            [numbers("c", 0)],
        ),
        "`which` (If) has no branch that can be read",
    ),
    "a condition that depends on the input": (
        model([node("If", "x", "y", "which", then_branch=onnx.helper.make_graph([], "a", [], []))], IMAGE),
        "`which` (If) takes numbers from `x`, which can't be worked out from the file",
    ),
    "an operator in a branch": (
        model(
            [node("If", "c", "y", then_branch=onnx.helper.make_graph([node("Foo", "x", "z")], "a", [], []))],
            IMAGE,
            [numbers("c", 1)],
        ),
        "`Foo` has no operator here",
    ),
    "another domain": (
        model([onnx.helper.make_node("GatedConv", ["x"], ["y"], "fused", domain="com.microsoft")], IMAGE),
        "`fused` (GatedConv) has no operator here of the domain `com.microsoft`",
    ),
    "neither centres nor corners": (
        model(
            [node("Resize", "x - s", "y", mode="linear", coordinate_transformation_mode="tf_crop_and_resize")],
            IMAGE,
            [onnx.helper.make_tensor("s", 1, [4], [1.0, 1.0, 2.0, 2.0])],
        ),
        "resizes with `tf_crop_and_resize`",
    ),
    "smaller by filters": (
        model(
            [node("Resize", "x - s", "y", mode="linear", antialias=1)],
            IMAGE,
            [onnx.helper.make_tensor("s", 1, [4], [1.0, 1.0, 0.5, 0.5])],
        ),
        "makes a map smaller with `antialias`",
    ),
    "a mean over samples": (
        model([node("ReduceMean", "x n", "y")], IMAGE_OF_MANY, [numbers("n", 0)]),
        "is over the samples of a batch",
    ),
    "places that are computed": (
        model([node("Cast", "x", "i", to=7), node("Gather", "x i", "y")], IMAGE),
        "takes places of an axis from `i`, which can't be worked out",
    ),
    "places of one axis by those of another": (
        model(
            [node("Transpose", "x", "a", perm=[2, 3, 0, 1]), node("GatherND", "a i", "y")],
            IMAGE,
            [onnx.numpy_helper.from_array(np.array([[0, 0], [1, 1]]), "i")],
        ),
        "takes places of one axis that depend on those of another",
    ),
    "no places": (
        model([node("GatherND", "x i", "y")], IMAGE, [onnx.numpy_helper.from_array(np.zeros((0, 2), "i8"), "i")]),
        "takes places from `i`, which can't be worked out",
    ),
    "a constant of another shape": (
        model([node("Add", "x c", "y")], IMAGE, [weight("c", 8, 3, 1)]),
        "adds the constant `c` (8x3x1): that is no part of a tensor of 1x8x6x6",
    ),
    "a constant to be stacked of another shape": (
        model([node("Concat", "x c", "y", axis=1)], IMAGE, [weight("c", 1, 2, 6, 5)]),
        "stacks the constant `c` (1x2x6x5) and a tensor of 1x8x6x6",
    ),
    "a state to begin with": (
        model(
            [node("Reshape", "x s", "a"), node("GRU", "a w r - - a", "y", hidden_size=8)],
            IMAGE,
            [numbers("s", 36, 1, 8), weight("w", 1, 24, 8), weight("r", 1, 24, 8)],
        ),
        "not known to be zero",
    ),
    "an activation of another name": (
        model(
            [onnx.helper.make_node("FusedConv", ["x", "w"], ["y"], "f", domain="com.microsoft", activation="Sine")],
            IMAGE,
            [weight("w", 8, 8, 1, 1)],
        ),
        "has the activation `Sine`",
    ),
    "a sum of products that repeats a letter": (
        model([node("Einsum", "x", "y", equation="bcii->bc")], IMAGE),
        "names the axes `bcii` of a tensor of 4",
    ),
    "numbers that squaring makes huge": (
        model(
            [node("Mul", f"t{n} t{n}", f"t{n + 1}") for n in range(2000)] + [node("Reshape", "x t2000", "y")],
            IMAGE,
            [numbers("t0", 3)],
        ),
        "can't be worked out",
    ),
    "lists that doubling makes huge": (
        model(
            [node("Concat", f"t{n} t{n}", f"t{n + 1}", axis=0) for n in range(60)] + [node("Reshape", "x t60", "y")],
            IMAGE,
            [numbers("t0", 3)],
        ),
        "can't be worked out",
    ),
    "axes that unsqueezing makes many": (
        model([node("Unsqueeze", f"t{n} n", f"t{n + 1}") for n in range(2000)], {"t0": [1, 3]}, [numbers("n", 1)]),
        "more than 8 axes",
    ),
}


@pytest.mark.parametrize(("data", "message"), BAD.values(), ids=BAD)
def test_bad_files(data, message):
    with pytest.raises(SpecError) as caught:
        network(data)
    assert message in str(caught.value)
    assert str(caught.value).startswith("net.onnx:")


def test_all_that_is_wrong_is_said_with_its_place():
    nodes = [node("Scan", "x", "a", "e"), node("Relu", "x", "b"), node("Det", "b", "c", "f")]
    with pytest.raises(SpecError) as caught:
        network(model(nodes, IMAGE, outputs=["a", "c"]))
    assert [problem.message for problem in caught.value.problems] == [
        "2 nodes have no operator here: 1 Scan, 1 Det; the first is `e` (Scan)",
    ]
    assert [problem.span.line for problem in caught.value.problems] == [2]
    assert "2 | Scan e (x) -> (a)\n  | ^^^^" in str(caught.value)


def test_numbers_that_take_long_to_work_out_are_given_up():
    count = 100  # as many as there are nodes may be in a file, a millisecond each and more
    long = onnx.numpy_helper.from_array(np.arange(1024), "c0")
    nodes = [node("Gather", f"c{n} c0", f"c{n + 1}") for n in range(count)]
    nodes += [node("Reshape", f"x c{count}", "y")]
    with pytest.raises(SpecError, match="can't be worked out from the file"):
        network(model(nodes, IMAGE, [long]))


def test_names_can_not_drive_a_terminal():
    made = onnx.ModelProto.FromString(model(RELU, IMAGE))
    made.graph.node[0].op_type, made.graph.node[0].name = "Re\x1b[31m\nlu", "\n::error::now"
    with pytest.raises(SpecError) as caught:
        network(made.SerializeToString())
    assert "\x1b" not in str(caught.value)
    assert "::" not in str(caught.value)


SMALL = (DATA / "onnx/handwritten__M5__ts.onnx").read_bytes()


@pytest.mark.slow
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), min_size=1, max_size=6))
@example([(len(SMALL) - 1, 255)])
def test_flipped_bytes_are_read_or_refused(changes):
    data = bytearray(SMALL)
    for place, byte in changes:
        data[place] = byte
    with suppress(SpecError):
        network(bytes(data))


# On the command line.

RESNET = str(DATA / "onnx/torchvision__resnet18__ts.onnx")
M5 = str(DATA / "onnx/handwritten__M5__ts.onnx")


def test_blocks_can_be_folded(run):
    assert "layer1    10 layers" in run("analyze", RESNET, "--depth", "1").out


def test_a_model_from_standard_input(run):
    assert "276,421,632" in run("analyze", "-", stdin=SMALL).out
    assert run("check", "-", stdin=SMALL).code == 0


@pytest.mark.slow
def test_what_it_says_can_be_verified(run):
    ran = run("verify", M5)
    assert ran.code == 0
    assert "figures agree" in ran.out


def test_a_check_points_at_nodes(run):
    ran = run("check", M5)
    assert "onnx:14:1: warning[W302" in ran.out
    assert "14 | MaxPool /f/f.3/MaxPool" in ran.out


def test_a_glob_finds_models(run):
    assert "files checked" in run("check", str(DATA / "onnx/*resnet18*.onnx")).out


def test_models_are_locked_and_compared(run, tmp_path):
    lock = str(tmp_path / "convcost.lock")
    assert run("lock", RESNET, "-o", lock).code == 0
    assert run("check", RESNET, "--lock-file", lock).code == 0
    assert "no layer changed" in run("diff", RESNET, RESNET.replace("__ts", "__dynamo")).out
    assert run("compare", "resnet18", RESNET).code == 0


def test_a_model_in_a_revision(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("net.onnx").write_bytes(SMALL)
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "net"]):
        subprocess.run(["git", *words], check=True)
    assert "no layer changed" in run("diff", "git:HEAD:net.onnx", "net.onnx").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["analyze", M5, "--set", "alpha=1"], "has no symbol `alpha`"),
        (["analyze", M5, "--variant", "small"], "has no variant `small`"),
        (["compare", M5, "--replace", "conv=depthwise_separable"], "is a model file"),
        (["analyze", "nowhere.onnx"], "no file"),
    ],
)
def test_options_that_a_model_does_not_have(run, arguments, message):
    ran = run(*arguments)
    assert ran.code == 2
    assert message in ran.err


@pytest.mark.slow
def test_specs_do_not_import_it():
    code = "import sys; from convcost.cli.main import main\ntry: main()\nexcept SystemExit: pass\n"
    code += "assert not [name for name in sys.modules if 'onnx' in name]"
    subprocess.run([sys.executable, "-c", code, "analyze", "resnet50"], check=True, capture_output=True)


def test_a_model_may_hold_the_bytes_that_other_files_begin_with(tmp_path):
    data = model([node("Relu", "x", "y", "n" * 497)], {"x": [1, 3, 8, 8]})
    assert b"\n\x80\x04" in data  # 10 and the length of the node, 512 bytes; and how a pickle begins, after a newline
    (tmp_path / "net.onnx").write_bytes(data)
    assert [layer.kind for layer in load(str(tmp_path / "net.onnx")).layers] == ["relu"]
