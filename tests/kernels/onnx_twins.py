"""Operators as ONNX nodes, on the same arguments and the same weights; `model` puts layers together."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

OPSET, IR = 20, 9


class Graph:
    """Nodes as they come; names are made as needed."""

    def __init__(self):
        self.nodes, self.weights = [], []

    def constant(self, array):
        name = f"constant{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind, *inputs, outputs=1, **attributes):
        """A node; inputs are names or arrays. Gives the name of its output, or a list of them."""
        names = [x if isinstance(x, str) else self.constant(x) for x in inputs]
        made = [f"tensor{len(self.nodes)}_{n}" for n in range(outputs)]
        self.nodes.append(helper.make_node(kind, names, made, **attributes))
        return made[0] if outputs == 1 else made


def model(layers, inputs, outputs):
    """A model of layers (kind, given, weights, input names, output names); inputs are arrays by name."""
    graph, shapes = Graph(), {name: x.shape for name, x in inputs.items()}
    names = {name: name for name in inputs}
    for kind, given, weights, reads, writes in layers:
        made = NODES[kind](graph, given, weights, [names[read] for read in reads], [shapes[read] for read in reads])
        names.update(zip(writes, made if isinstance(made, list) else [made], strict=True))
        shapes.update(dict.fromkeys(writes, shapes[reads[0]]))  # the rank is all that is asked of later ones
    made = [graph.node("Identity", names[name]) for name in outputs]
    element = {np.dtype("f4"): onnx.TensorProto.FLOAT, np.dtype("f8"): onnx.TensorProto.DOUBLE}
    taken = [helper.make_tensor_value_info(name, element[x.dtype], x.shape) for name, x in inputs.items()]
    dtype = element[next(iter(inputs.values())).dtype]
    given = [helper.make_tensor_value_info(name, dtype, None) for name in made]
    built = helper.make_graph(graph.nodes, "layers", taken, given, graph.weights)
    return helper.make_model(built, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)


def pads(sides):
    return [before for before, _ in sides] + [after for _, after in sides]


def window(given, kernel=True):
    stride = given.stride or given.kernel
    attributes = {"strides": stride} | ({"kernel_shape": given.kernel} if kernel else {})
    dilation = getattr(given, "dilation", (1,) * len(stride))
    if max(dilation) > 1:
        attributes["dilations"] = dilation
    if given.padding == "same":
        if max(dilation) > 1:
            raise NotImplementedError("onnxruntime refuses SAME_UPPER with a dilation")
        return attributes | {"auto_pad": "SAME_UPPER"}
    return attributes | {"pads": pads(given.padding)}


def some(weights, *names):
    return [weights[name] for name in names if name in weights]


def conv(graph, given, w, xs, shapes):
    weight = w["weight"]
    if given.connections is not None:
        dense = np.zeros((given.out, shapes[0][1], *given.kernel), weight.dtype)
        pairs = [(m, c) for m, row in enumerate(given.connections) for c in row]
        for kernel, pair in zip(weight, pairs, strict=True):
            dense[pair] = kernel
        weight = dense
    return graph.node("Conv", *xs, weight, *some(w, "bias"), group=given.groups, **window(given))


def depthwise_conv(graph, given, w, xs, shapes):
    groups = len(w["weight"]) // given.multiplier
    return graph.node("Conv", *xs, w["weight"], *some(w, "bias"), group=groups, **window(given))


def conv_transpose(graph, given, w, xs, shapes):
    if any(a >= s for a, s in zip(given.output_padding, given.stride, strict=True)):
        raise NotImplementedError("onnxruntime wants an output padding smaller than the stride")
    attributes = window(given) | {"group": given.groups, "output_padding": given.output_padding}
    return graph.node("ConvTranspose", *xs, w["weight"], *some(w, "bias"), **attributes)


def deformable_conv(graph, given, w, xs, shapes):
    if given.padding == "same":
        raise NotImplementedError("ONNX's DeformConv takes no auto_pad")
    branch = graph.node("Conv", *xs, w["offset_weight"], *some(w, "offset_bias"), **window(given))
    offsets = 2 * given.deform_groups * given.kernel[0] * given.kernel[1]
    attributes = window(given) | {"group": given.groups, "offset_group": given.deform_groups}
    bias = w.get("bias", np.zeros(given.out, w["weight"].dtype))
    if not given.modulated:
        return graph.node("DeformConv", *xs, w["weight"], branch, bias, **attributes)
    offset, mask = graph.node("Split", branch, np.array([offsets, offsets // 2]), outputs=2, axis=1)
    return graph.node("DeformConv", *xs, w["weight"], offset, bias, mask, **attributes)


def linear(graph, given, w, xs, shapes):
    return graph.node("Gemm", graph.node("Flatten", *xs), w["weight"], *some(w, "bias"), transB=1)


def pool(kind):
    def made(graph, given, w, xs, shapes):
        padding = {"count_include_pad": int(given.include_pad)} if kind == "AveragePool" else {}
        return graph.node(kind, *xs, **window(given), ceil_mode=int(given.ceil_mode), **padding)

    return made


def batch_norm(graph, given, w, xs, shapes):
    one = np.ones_like(w["mean"])
    arrays = [w.get("scale", one), w.get("shift", 0 * one), w["mean"], w["variance"]]
    return graph.node("BatchNormalization", *xs, *arrays)


def layer_norm(graph, given, w, xs, shapes):
    """ONNX normalises the last axes."""
    return over_last(graph, given, xs, shapes, "LayerNormalization", some(w, "scale", "shift"), axis=-len(given.over))


def over_last(graph, given, xs, shapes, kind, arrays, **attributes):
    """A node over the last axes, to which those that it is over are moved."""
    over = [axis + 1 for axis in given.over]
    there = [axis for axis in range(len(shapes[0])) if axis not in over] + over
    lengths = [shapes[0][axis] for axis in over]
    arrays = [array.reshape(*lengths) for array in arrays] or [np.ones(lengths, np.float32)]
    last = graph.node(kind, graph.node("Transpose", *xs, perm=there), *arrays, **attributes)
    return graph.node("Transpose", last, perm=np.argsort(there).tolist())


def instance_norm(graph, given, w, xs, shapes):
    if given.running_stats:
        return batch_norm(graph, given, w, xs, shapes)
    c = shapes[0][1]
    arrays = [array.reshape(c) for array in some(w, "scale", "shift")]
    return graph.node("InstanceNormalization", *xs, *(arrays or [np.ones(c, np.float32), np.zeros(c, np.float32)]))


def reduced(kind):
    return lambda graph, given, w, xs, shapes: graph.node(kind, *xs, np.array([n + 1 for n in given.over]), keepdims=1)


def softmax(kind):
    def made(graph, given, w, xs, shapes):
        if len(given.over) > 1:
            raise NotImplementedError("ONNX takes one axis")
        if given.groups == 1:
            return graph.node(kind, *xs, axis=given.over[0] + 1)
        n, c, *size = shapes[0]
        blocks = graph.node("Reshape", *xs, np.array([n, given.groups, c // given.groups, *size]))
        return graph.node("Reshape", graph.node(kind, blocks, axis=given.over[0] + 2), np.array(shapes[0]))

    return made


def constants(kind):
    def made(graph, given, w, xs, shapes):
        return graph.node(kind, *xs, next(iter(w.values())) if w else np.array(float(given.by), np.float32))

    return made


def clip(graph, given, w, xs, shapes):
    bounds = ["" if n is None else np.array(float(n), np.float32) for n in (given.min, given.max)]
    return graph.node("Clip", *xs, *bounds)


def hard_tanh(graph, given, w, xs, shapes):
    return graph.node("Clip", *xs, np.array(-1, np.float32), np.array(1, np.float32))


def power(graph, given, w, xs, shapes):
    return graph.node("Pow", *xs, np.array(float(given.exponent), np.float32))


def swish(graph, given, w, xs, shapes):
    return graph.node("Mul", *xs, graph.node("Sigmoid", graph.node("Mul", *xs, w["slope"])))


def local_response_norm(graph, given, w, xs, shapes):
    if given.size % 2 == 0 or len(shapes[0]) != 4:
        raise NotImplementedError("onnxruntime's LRN wants an odd size and images")
    return graph.node("LRN", *xs, size=given.size, alpha=1e-4 * given.size, beta=0.75, bias=2.0)


def together(kind):
    """All inputs put together, as ONNX spreads them; a vector goes with the channels."""

    def made(graph, given, w, xs, shapes):
        rank = max(map(len, shapes))
        result = None
        for x, shape in zip(xs, shapes, strict=True):
            if len(shape) < rank:
                x = graph.node("Unsqueeze", x, np.arange(len(shape), rank))
            result = x if result is None else graph.node(kind, result, x)
        return result

    return made


def split(graph, given, w, xs, shapes):
    widths = given.channels or (shapes[0][1] // given.parts,) * given.parts
    made = graph.node("Split", *xs, np.array(widths), outputs=len(widths), axis=1)
    return made if isinstance(made, list) else [made]


def channel_shuffle(graph, given, w, xs, shapes):
    n, c, *size = shapes[0]
    grouped = graph.node("Reshape", *xs, np.array([n, given.groups, c // given.groups, *size]))
    dealt = graph.node("Transpose", grouped, perm=[0, 2, 1, *range(3, 3 + len(size))])
    return graph.node("Reshape", dealt, np.array([n, c, *size]))


def pad(graph, given, w, xs, shapes):
    return graph.node("Pad", *xs, np.array(pads([(0, 0), (0, 0), *given.padding])))


def crop(graph, given, w, xs, shapes):
    size = shapes[0][2:]
    first = [(n - o) // 2 for n, o in zip(size, given.size, strict=True)]
    ends = [a + o for a, o in zip(first, given.size, strict=True)]
    return graph.node("Slice", *xs, np.array(first), np.array(ends), np.arange(2, 2 + len(size)))


def upsample(graph, given, w, xs, shapes):
    size = shapes[0][2:]
    to = given.size or [n * s for n, s in zip(size, given.scale, strict=True)]
    how = (
        {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        if given.mode == "nearest"
        else {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    )
    return graph.node("Resize", *xs, "", "", np.array([*shapes[0][:2], *to]), **how)


def prelu(graph, given, w, xs, shapes):
    return graph.node("PRelu", *xs, w["slope"])


def silu(graph, given, w, xs, shapes):
    return graph.node("Mul", *xs, graph.node("Sigmoid", *xs))


def relu6(graph, given, w, xs, shapes):
    return graph.node("Min", graph.node("Relu", *xs), np.array(6, np.float32))


def plain(kind, **attributes):
    return lambda graph, given, w, xs, shapes: graph.node(kind, *xs, **attributes)


NODES = {
    "abs": plain("Abs"),
    "add": together("Add"),
    "avg_pool": pool("AveragePool"),
    "batch_norm": batch_norm,
    "celu": plain("Celu"),
    "channel_shuffle": channel_shuffle,
    "clip": clip,
    "concat": plain("Concat", axis=1),
    "conv": conv,
    "conv_transpose": conv_transpose,
    "crop": crop,
    "deformable_conv": deformable_conv,
    "depthwise_conv": depthwise_conv,
    "div": together("Div"),
    "dropout": plain("Dropout"),
    "elu": plain("Elu"),
    "exp": plain("Exp"),
    "flatten": plain("Flatten"),
    "gelu": lambda graph, given, w, xs, shapes: graph.node("Gelu", *xs, approximate=given.approximate),
    "global_avg_pool": plain("GlobalAveragePool"),
    "global_max_pool": plain("GlobalMaxPool"),
    "hard_sigmoid": plain("HardSigmoid", alpha=1 / 6, beta=0.5),
    "hard_swish": plain("HardSwish"),
    "hard_tanh": hard_tanh,
    "identity": plain("Identity"),
    "instance_norm": instance_norm,
    "l2_norm": reduced("ReduceL2"),
    "layer_norm": layer_norm,
    "leaky_relu": plain("LeakyRelu"),
    "linear": linear,
    "local_response_norm": local_response_norm,
    "log_softmax": softmax("LogSoftmax"),
    "max": reduced("ReduceMax"),
    "max_pool": pool("MaxPool"),
    "maximum": together("Max"),
    "mean": reduced("ReduceMean"),
    "minimum": together("Min"),
    "mish": plain("Mish"),
    "mul": together("Mul"),
    "pad": pad,
    "pow": power,
    "prelu": prelu,
    "relu": plain("Relu"),
    "relu6": relu6,
    "scale": constants("Mul"),
    "selu": plain("Selu"),
    "shift": constants("Add"),
    "sigmoid": plain("Sigmoid"),
    "silu": silu,
    "softmax": softmax("Softmax"),
    "softplus": plain("Softplus"),
    "split": split,
    "sqrt": plain("Sqrt"),
    "sub": together("Sub"),
    "sum": reduced("ReduceSum"),
    "swish": swish,
    "tanh": plain("Tanh"),
    "upsample": upsample,
}
"""Those that ONNX has."""
