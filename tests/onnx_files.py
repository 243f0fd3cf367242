"""ONNX models for tests: a few nodes at a time, or a whole network; weights have shapes and no numbers."""

from __future__ import annotations

import sys
from math import prod
from pathlib import Path

import numpy as np
import onnx
from numpy.lib.stride_tricks import sliding_window_view
from onnx import TensorProto, helper, numpy_helper

from convcost.execute import plain
from convcost.kernels import kernel
from convcost.reading.load import read
from convcost.reading.onnx.model import OnnxModel

sys.path.append(str(Path(__file__).parent / "kernels"))
import onnx_twins

OPSET = 20


def weight(name, *dims):
    """An initialiser whose numbers are in a file that is not there."""
    tensor = TensorProto(name=name, dims=dims, data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="/nowhere/weights.bin")
    return tensor


def numbers(name, *values):
    return helper.make_tensor(name, TensorProto.INT64, [len(values)], values)


def model(nodes, inputs, constants=(), outputs=None, opset=OPSET, **kwargs):
    """Bytes of a model; `inputs` maps names to sizes, where a size is a number, a name or None."""
    taken = [helper.make_tensor_value_info(name, TensorProto.FLOAT, dims) for name, dims in inputs.items()]
    names = outputs or [nodes[-1].output[0]]
    given = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
    graph = helper.make_graph(nodes, "graph", taken, given, list(constants))
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9, **kwargs)
    return made.SerializeToString()


def node(op, inputs, outputs, name="", **attributes):
    """A node; inputs and outputs are words in one text, `-` for one that is left out."""
    words = [[word.replace("-", "") if word == "-" else word for word in text.split()] for text in (inputs, outputs)]
    return helper.make_node(op, *words, name=name, **attributes)


def network(data, settings=None, name="net.onnx", **kwargs):
    """The network in the bytes of a model."""
    return read(OnnxModel(name, data), "net", settings, **kwargs)


class Hollow:
    """An array of which only the shape is there."""

    dtype = np.dtype("f4")

    def __init__(self, shape):
        self.shape = (shape,) if isinstance(shape, int) else tuple(shape)
        self.ndim, self.size = len(self.shape), prod(self.shape)

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, index):
        return Hollow(self.shape[1:])

    def __imul__(self, other):
        return self

    __radd__ = __rmul__ = __imul__

    def __array_ufunc__(self, *args, **kwargs):
        return self

    def __array_function__(self, function, types, arguments, options):
        if function in (np.resize, np.broadcast_to):
            return Hollow(arguments[1])
        if function is np.split:
            return [Hollow((self.shape[0] // arguments[1], *self.shape[1:]))] * arguments[1]
        if function is np.stack:
            return Hollow((len(arguments[0]), *arguments[0][0].shape))
        if function is np.concatenate:
            parts, axis = [part.shape for part in arguments[0]], options.get("axis", 0)
            return Hollow((*parts[0][:axis], sum(part[axis] for part in parts), *parts[0][axis + 1 :]))
        if function is sliding_window_view:
            return Hollow((self.size - arguments[1] + 1, arguments[1]))
        return self

    @property
    def T(self):
        return Hollow(self.shape[::-1])

    def reshape(self, *shape):
        return Hollow(self.size // -prod(shape) if n == -1 else n for n in shape)


class HollowDraws:
    """Stands for a random generator, and draws nothing."""

    def standard_normal(self, count, dtype=None):
        return Hollow([count])


class HollowGraph(onnx_twins.Graph):
    """What is there stands in a node, so that it is no parameter; what several layers share is written once."""

    def __init__(self):
        super().__init__()
        self.names = {}

    def constant(self, array):
        if not isinstance(array, Hollow):
            return self.node("Constant", value=numpy_helper.from_array(np.ascontiguousarray(array)))
        if array not in self.names:
            self.weights.append(weight(f"constant{len(self.weights)}", *array.shape))
            self.names[array] = self.weights[-1].name
        return self.names[array]


def clip(graph, given, w, xs, shapes):
    return graph.node("Clip", *xs, np.array(0, np.float32), np.array(6, np.float32))


def adaptive_avg_pool(graph, given, w, xs, shapes):
    """As windows, where they are all alike; one window is a mean of the whole."""
    if set(given.size) == {1}:
        return graph.node("GlobalAveragePool", *xs)
    kernel = [i // o for i, o in zip(shapes[0][2:], given.size, strict=True)]
    return graph.node("AveragePool", *xs, kernel_shape=kernel, strides=kernel)


NODES = onnx_twins.NODES | {"relu6": clip, "adaptive_avg_pool": adaptive_avg_pool}


def written(network):
    """A network as a model: each layer as one or more nodes, of which the last has its name."""
    graph, held = HollowGraph(), {}
    names = {name: name for name in network.inputs}
    for layer in network.layers:
        shapes = [(1, x.channels, *x.size) for x in layer.input_shapes]
        given = plain(layer)
        weights, owner = kernel(layer.kind).weights, layer.shares or layer.name
        held[owner] = held.get(owner) or weights(given, HollowDraws(), *map(Hollow, shapes))
        before = len(graph.nodes)
        made = NODES[layer.kind](graph, given, held[owner], [names[name] for name in layer.inputs], shapes)
        names.update(zip(layer.outputs, made if isinstance(made, list) else [made], strict=True))
        for n, one in enumerate(reversed(graph.nodes[before:])):
            one.name = f"{layer.name}{'.aux' * n}"
    sizes = {name: [1, shape.channels, *shape.size] for name, shape in network.inputs.items()}
    data = model(graph.nodes, sizes, graph.weights, [names[name] for name in network.outputs])
    return onnx.ModelProto.FromString(data)
