"""What exporters spell out is one node: the same figures here, and the same values under onnxruntime."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
import onnx
import pytest
from onnx_files import model, network, node

IMAGE = {"x": [1, 8, 6, 6]}


def number(name, value):
    return onnx.helper.make_tensor(name, 1, [], [value])


def list_of(name, *dims, seed=0):
    values = np.random.default_rng(seed).uniform(0.5, 1.5, dims).astype(np.float32)
    return onnx.numpy_helper.from_array(values, name)


def sizes(name, *values):
    return onnx.helper.make_tensor(name, 7, [len(values)], values)


ONE, THREE, SIX, ZERO, HALF = (
    number(*pair) for pair in [("one", 1), ("three", 3), ("six", 6), ("zero", 0), ("half", 0.5)]
)
CLIPPED = [node("Add", "three x", "a"), node("Clip", "a zero six", "b")]
ERF = [node("Div", "x r", "a"), node("Erf", "a", "b"), node("Add", "b one", "c")]
ROOT, PER_CHANNEL = number("r", sqrt(2)), [list_of("g", 8, 1, 1), list_of("h", 8, 1, 1, seed=1)]
FLAT = [list_of("g1", 8), list_of("h1", 8, seed=1)]
DEVIATION = [
    node("ReduceMean", "x axes", "m"),
    node("Sub", "x m", "d"),
    node("Pow", "d two", "q"),
    node("ReduceMean", "q axes", "v"),
    node("Add", "v e", "w"),
    node("Sqrt", "w", "s"),
    node("Div", "d s", "n"),
]
AFFINE = [node("Mul", "n g", "scaled"), node("Add", "scaled h", "y")]
EPSILON, TWO = number("e", 1e-5), number("two", 2)
SQUARES = node("Mul", "x x", "a")
BY_POWER = [node("Mul", "d e", "f"), node("Add", "f one", "i"), node("Pow", "i half", "j"), node("Div", "x j", "y")]
RESPONSE = [node("LRN", "x", "y", size=5, alpha=1e-5, beta=0.5, bias=1.0)]

SPELLED = {
    "hard_swish": ([*CLIPPED, node("Mul", "x b", "c"), node("Div", "c six", "y")], [node("HardSwish", "x", "y")]),
    "hard_swish, divided first": (
        [*CLIPPED, node("Div", "b six", "c"), node("Mul", "c x", "y")],
        [node("HardSwish", "x", "y")],
    ),
    "hard_swish by hard_sigmoid": (
        [node("HardSigmoid", "x", "a", alpha=1 / 6), node("Mul", "x a", "y")],
        [node("HardSwish", "x", "y")],
    ),
    "hard_sigmoid": ([*CLIPPED, node("Div", "b six", "y")], [node("HardSigmoid", "x", "y", alpha=1 / 6)]),
    "mish": (
        [node("Softplus", "x", "a"), node("Tanh", "a", "b"), node("Mul", "x b", "y")],
        [node("Mish", "x", "y")],
    ),
    "gelu": ([*ERF, node("Mul", "x c", "d"), node("Mul", "half d", "y")], [node("Gelu", "x", "y")]),
    "gelu, half of it first": ([*ERF, node("Mul", "x half", "d"), node("Mul", "d c", "y")], [node("Gelu", "x", "y")]),
    "gelu by tanh": (
        [
            node("Pow", "x three", "a"),
            node("Mul", "a k", "b"),
            node("Add", "x b", "c"),
            node("Mul", "c p", "d"),
            node("Tanh", "d", "f"),
            node("Add", "one f", "i"),
            node("Mul", "half x", "j"),
            node("Mul", "j i", "y"),
        ],
        [node("Gelu", "x", "y", approximate="tanh")],
    ),
    "group_norm": (
        [
            node("Reshape", "x groups", "a"),
            node("InstanceNormalization", "a ones zeros", "b"),
            node("Shape", "x", "c"),
            node("Reshape", "b c", "n"),
            *AFFINE,
        ],
        [node("GroupNormalization", "x g1 h1", "y", num_groups=2)],
    ),
    "layer_norm of the channels": (
        [*DEVIATION, *AFFINE],
        [
            node("Transpose", "x", "a", perm=[0, 2, 3, 1]),
            node("LayerNormalization", "a g1 h1", "b", axis=-1),
            node("Transpose", "b", "y", perm=[0, 3, 1, 2]),
        ],
    ),
    "layer_norm, squared by a product": (
        [*DEVIATION[:2], node("Mul", "d d", "q"), *DEVIATION[3:], *AFFINE],
        [
            node("Transpose", "x", "a", perm=[0, 2, 3, 1]),
            node("LayerNormalization", "a g1 h1", "b", axis=-1),
            node("Transpose", "b", "y", perm=[0, 3, 1, 2]),
        ],
    ),
    "local_response_norm": (
        [
            SQUARES,
            node("Unsqueeze", "a axes", "b"),
            node("Pad", "b sides", "c"),
            node("AveragePool", "c", "m", kernel_shape=[5, 1, 1]),
            node("Squeeze", "m axes", "d"),
            *BY_POWER,
        ],
        RESPONSE,
    ),
    "local_response_norm, positions in one row": (
        [
            SQUARES,
            node("Reshape", "a row", "b"),
            node("Pad", "b sides", "c"),
            node("AveragePool", "c", "m", kernel_shape=[5, 1, 1]),
            node("Squeeze", "m axes", "n"),
            node("Reshape", "n map", "d"),
            *BY_POWER,
        ],
        RESPONSE,
    ),
}
CONSTANTS = [ONE, THREE, SIX, ZERO, HALF, ROOT, EPSILON, TWO, *PER_CHANNEL, *FLAT]
CONSTANTS += [number("k", 0.044715), number("p", sqrt(2 / pi)), sizes("axes", 1), sizes("groups", 0, 2, -1)]
CONSTANTS += [
    sizes("sides", 0, 0, 2, 0, 0, 0, 0, 2, 0, 0),
    sizes("wide", 0, 0, 0, 1, 0, 0, 0, 0, 1, 0),
    sizes("row", 1, 1, 8, 6, 6),
    sizes("map", 1, 8, 6, 6),
]
CONSTANTS += [
    onnx.numpy_helper.from_array(np.full(2, fill, np.float32), name) for name, fill in [("ones", 1), ("zeros", 0)]
]


def used(nodes):
    names = {name for one in nodes for name in one.input}
    return [constant for constant in CONSTANTS if constant.name in names]


@pytest.mark.parametrize(("spelled", "alone"), SPELLED.values(), ids=SPELLED)
def test_it_is_one_node(spelled, alone):
    mine, theirs = (network(model(nodes, IMAGE, used(nodes), opset=21)).layers for nodes in (spelled, alone))
    assert [_without_place(layer) for layer in mine] == [_without_place(layer) for layer in theirs]
    assert len(mine) == 1


def _without_place(layer):
    return layer.kind, layer.operator, layer.input_shapes, layer.output_shapes, layer.shares


@pytest.mark.parametrize(("spelled", "alone"), SPELLED.values(), ids=SPELLED)
def test_it_computes_the_same(spelled, alone):
    onnxruntime = pytest.importorskip("onnxruntime")
    x = np.random.default_rng(0).normal(0, 2, (1, 8, 6, 6)).astype(np.float32)
    values = []
    for nodes in (spelled, alone):
        session = onnxruntime.InferenceSession(model(nodes, IMAGE, used(nodes), opset=21))
        values.append(session.run(None, {"x": x})[0])
    np.testing.assert_allclose(*values, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("nodes", "kinds"),
    [
        ([node("Sigmoid", "x", "a"), node("Mul", "x a", "y")], ["silu"]),
        ([node("Sigmoid", "x", "a"), node("Mul", "x a", "b"), node("Add", "a b", "y")], ["sigmoid", "mul", "add"]),
        ([node("Relu", "x", "b"), node("Sigmoid", "x", "a"), node("Mul", "b a", "y")], ["relu", "sigmoid", "mul"]),
        (
            [
                SQUARES,
                node("Unsqueeze", "a axes", "b"),
                node("Pad", "b wide", "c"),
                node("AveragePool", "c", "m", kernel_shape=[1, 3, 1]),
                node("Squeeze", "m axes", "d"),
                *BY_POWER,
            ],
            ["mul", "reshape", "pad", "avg_pool", "scale", "shift", "sqrt", "reshape", "div"],
        ),
    ],
    ids=["a product with its own sigmoid", "what another node reads", "a product with another's sigmoid", "rows"],
)
def test_what_is_one_node_and_what_is_not(nodes, kinds):
    assert [layer.kind for layer in network(model(nodes, IMAGE, used(nodes))).layers] == kinds
