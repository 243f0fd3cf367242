"""What stands in the box of a layer, as papers write it: `7×7 conv, 64, /2`, and below what is applied to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcost.analysis.arguments import written
from convcost.network import Layer
from convcost.ops.base import Shape
from convcost.writing.layers import windows_of

_NAMES = {
    "adaptive_avg_pool": "avg pool",
    "adaptive_max_pool": "max pool",
    "batch_norm": "BN",
    "celu": "CELU",
    "conv_transpose": "transposed conv",
    "depthwise_conv": "depthwise conv",
    "elu": "ELU",
    "gelu": "GELU",
    "group_norm": "GN",
    "gru": "GRU",
    "hard_sigmoid": "hard sigmoid",
    "hard_swish": "hard swish",
    "instance_norm": "IN",
    "layer_norm": "LN",
    "leaky_relu": "leaky ReLU",
    "local_response_norm": "LRN",
    "lstm": "LSTM",
    "prelu": "PReLU",
    "rbf": "RBF",
    "relu": "ReLU",
    "relu6": "ReLU6",
    "rms_norm": "RMS norm",
    "selu": "SELU",
    "silu": "SiLU",
}
_ARGUMENTS = {
    "out": "{}",
    "hidden": "{}",
    "groups": "{} groups",
    "heads": "{} heads",
    "bidirectional": "bidirectional",
    "parts": "{} parts",
    "scale": "×{}",
    "factor": "×{}",
}
"""Those that are shown beside windows, and how."""
_ENLARGING = {"conv_transpose", "max_unpool"}
"""Those whose stride makes a map larger."""

_COLOURS = {
    "conv": "conv conv_transpose deformable_conv depthwise_conv locally_connected",
    "whole": "attention gru linear lstm matmul rbf",
    "pool": "adaptive_avg_pool adaptive_max_pool avg_pool blur_pool global_avg_pool global_max_pool max_pool subsample",
    "join": "add append concat div maximum minimum mul sub where",
}
COLOURS = {kind: colour for colour, kinds in _COLOURS.items() for kind in kinds.split()}
"""The colour of a layer, by its operator; what is not here is plain."""


def label(layers: Sequence[Layer]) -> tuple[str, str]:
    """Return what a layer is, and what is applied to it.

    >>> from convcost.reading.load import load
    >>> label(load("resnet50").layers[:3])
    ('7×7 conv, 64, /2', 'BN, ReLU')
    """
    first, *followers = layers
    return ", ".join(_described(first)), ", ".join(_name(layer) for layer in followers)


def shape_text(shape: Shape) -> str:
    """Return a shape with signs of multiplication.

    >>> shape_text(Shape(64, (112, 112)))
    '64×112×112'
    """
    return str(shape).replace("x", "×")


def _described(layer: Layer) -> Iterator[str]:
    windows = () if layer.kind == "linear" else windows_of(layer)
    kernel = "×".join(str(window.kernel) for window in windows)
    yield f"{_name(layer)} {kernel}" if len(windows) == 1 else f"{kernel} {_name(layer)}".lstrip()
    arguments = written(layer)
    yield from (form.format(arguments[name]) for name, form in _ARGUMENTS.items() if name in arguments)
    stride = "×{}" if layer.kind in _ENLARGING else "/{}"
    for form, numbers in ((stride, [w.stride for w in windows]), ("dilation {}", [w.dilation for w in windows])):
        if any(number != 1 for number in numbers):
            yield form.format(numbers[0] if len({*numbers}) == 1 else "×".join(map(str, numbers)))


def _name(layer: Layer) -> str:
    return _NAMES.get(layer.kind, layer.kind.replace("_", " "))
