"""Writes a network as an ONNX file with zeros for weights: the operators of a ResNet."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import onnx
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor, make_tensor_value_info

from convcost.network import Network
from convcost.ops.base import Shape
from convcost.ops.conv import Conv
from convcost.ops.linear import Linear
from convcost.ops.max_pool import MaxPool

PLAIN = {"relu": "Relu", "add": "Add", "global_avg_pool": "GlobalAveragePool"}


def write(network: Network, path: Path) -> None:
    """Writes `network` to `path`."""
    nodes: list[onnx.NodeProto] = []
    weights: list[onnx.TensorProto] = []

    def node(kind: str, *dims: tuple[int, ...], **attributes: Any) -> None:
        names = [f"{layer.name}.weight{n}" for n in range(len(dims))]
        for name, shape in zip(names, dims, strict=True):
            weights.append(make_tensor(name, onnx.TensorProto.FLOAT, shape, bytes(4 * prod(shape)), raw=True))
        nodes.append(make_node(kind, [*inputs, *names], [layer.name], layer.name, **attributes))

    for layer in network.layers:
        x, y, inputs = layer.input_shapes[0], layer.output_shapes[0], list(layer.inputs)
        match layer.operator:
            case Conv(groups=groups, kernel=kernel, bias=False) as conv:
                node("Conv", (conv.out, x.channels // groups, *kernel), group=groups, **_windows(conv, x))
            case MaxPool(ceil_mode=False) as pool:
                node("MaxPool", **_windows(pool, x))
            case Linear(out=out, bias=True):
                nodes.append(make_node("Flatten", inputs, [f"{layer.name}.flat"], f"{layer.name}.flat"))
                inputs = [f"{layer.name}.flat"]
                node("Gemm", (out, x.elements), (out,), transB=1)
            case _ if layer.kind == "batch_norm":
                node("BatchNormalization", *[(y.channels,)] * 4)
            case _:
                node(PLAIN[layer.kind])

    (name, shape), *_ = network.inputs.items()
    graph = make_graph(nodes, network.name, [_tensor(name, shape)], [_tensor(network.outputs[0], y)], weights)
    model = make_model(graph, opset_imports=[make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _windows(operator: Conv | MaxPool, x: Shape) -> dict[str, list[int]]:
    windows = operator.windows(x)
    return {
        "kernel_shape": [window.kernel for window in windows],
        "strides": [window.stride for window in windows],
        "pads": [window.before for window in windows] + [window.after for window in windows],
        "dilations": [window.dilation for window in windows],
    }


def _tensor(name: str, shape: Shape) -> onnx.ValueInfoProto:
    return make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, shape.channels, *shape.size])
