"""Operators as ONNX nodes, on the same arguments and the same weights; `model` puts layers together."""

from __future__ import annotations

from functools import reduce

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
    if given.weight_norm:
        raise NotImplementedError("ONNX has the normalised weights")
    weight = w["given_weight"] if "given_weight" in w else w["weight"]
    if given.connections is not None:
        dense = np.zeros((given.out, shapes[0][1], *given.kernel), weight.dtype)
        pairs = [(m, c) for m, row in enumerate(given.connections) for c in row]
        for kernel, pair in zip(weight, pairs, strict=True):
            dense[pair] = kernel
        weight = dense
    return convolution(graph, given, w | {"weight": weight}, xs, given.groups)


def depthwise_conv(graph, given, w, xs, shapes):
    return convolution(graph, given, w, xs, len(w["weight"]) // given.multiplier)


MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def laid(graph, x, sides, mode):
    return graph.node("Pad", x, np.array(pads([(0, 0), (0, 0), *sides])), mode=MODES[mode])


def convolution(graph, given, w, xs, groups):
    attributes = window(given)
    if given.padding_mode != "zeros":
        if given.padding == "same":
            raise NotImplementedError("ONNX pads `same` by zeros")
        xs = [laid(graph, xs[0], given.padding, given.padding_mode)]
        attributes |= {"pads": [0] * 2 * len(given.kernel)}
    return graph.node("Conv", *xs, w["weight"], *some(w, "bias"), group=groups, **attributes)


def max_pool(graph, given, w, xs, shapes):
    """The indices of ONNX are places in a whole batch of maps; which tap that is follows from torch's."""
    if given.indices:
        raise NotImplementedError("ONNX counts places otherwise")
    return pool("MaxPool")(graph, given, w, xs, shapes)


def blur_pool(graph, given, w, xs, shapes):
    channels, rows = shapes[0][1], [[[1], [1, 1], [1, 2, 1], [1, 3, 3, 1]][k - 1] for k in given.kernel]
    kernel = np.ones(())
    for row in rows:
        kernel = kernel[..., np.newaxis] * np.array(row) / sum(row)
    kernels = np.broadcast_to(kernel.astype(np.float32), (channels, 1, *given.kernel))
    around = laid(graph, xs[0], [((k - 1) // 2, k // 2) for k in given.kernel], "reflect")
    return graph.node("Conv", around, kernels, group=channels, strides=given.stride)


def flatten(graph, given, w, xs, shapes):
    if 0 in given.over:
        return graph.node("Flatten", *xs)
    return graph.node("Reshape", *xs, np.array([0, 0, -1]))


def concat(graph, given, w, xs, shapes):
    return graph.node("Concat", *xs, axis=1 + given.axis[0])


def reshape(graph, given, w, xs, shapes):
    return graph.node("Reshape", *xs, np.array([0, given.channels or -1, *given.size]))


def rearrange(graph, given, w, xs, shapes):
    sizes = [size for axis in given.cut for size in axis]
    cut = graph.node("Reshape", *xs, np.array([0, *sizes]))
    moved = graph.node("Transpose", cut, perm=[0, *(1 + part for axis in given.order for part in axis)])
    made = [int(np.prod([sizes[part] for part in axis])) for axis in given.order]
    return graph.node("Reshape", moved, np.array([0, *made]))


def transpose(graph, given, w, xs, shapes):
    order = list(range(len(shapes[0])))
    order[1], order[1 + given.axis[0]] = order[1 + given.axis[0]], 1
    return graph.node("Transpose", *xs, perm=order)


def take(graph, given, w, xs, shapes):
    count = len(given.axis)
    ends = [2**31 if given.stop is None else given.stop] * count
    axes = [1 + axis for axis in given.axis]
    return graph.node("Slice", *xs, *map(np.array, ([given.start] * count, ends, axes, [given.step] * count)))


def class_token(graph, given, w, xs, shapes):
    tokens = np.broadcast_to(w["token"], (shapes[0][0], *w["token"].shape))
    return graph.node("Concat", tokens, *xs, axis=2)


def append(graph, given, w, xs, shapes):
    (held,) = w.values()
    pair = [*xs, np.broadcast_to(held, (shapes[0][0], *held.shape))]
    return graph.node("Concat", *(pair[::-1] if given.before else pair), axis=1 + given.axis[0])


def arg_max(graph, given, w, xs, shapes):
    if len(given.over) > 1:
        raise NotImplementedError("ONNX takes one axis")
    return numbered(graph, graph.node("ArgMax", *xs, axis=1 + given.over[0], keepdims=1))


def numbered(graph, x):
    return graph.node("Cast", x, to=onnx.TensorProto.FLOAT)


def compare(graph, given, w, xs, shapes):
    x, other = [*aligned(graph, xs, shapes), np.array(0, np.float32)][:2]
    return numbered(graph, graph.node("Greater", x, other))


def where(graph, given, w, xs, shapes):
    zero = np.array(0, np.float32)
    mask, chosen, other = [*aligned(graph, xs, shapes), zero, zero][:3]
    return graph.node("Where", graph.node("Greater", mask, zero), chosen, other)


def pixel_shuffle(graph, given, w, xs, shapes):
    if len(shapes[0]) != 4 or len(set(given.factor)) > 1:
        raise NotImplementedError("ONNX has it for images, and one factor")
    return graph.node("DepthToSpace", *xs, blocksize=given.factor[0], mode="CRD")


def pixel_unshuffle(graph, given, w, xs, shapes):
    """SpaceToDepth has the channels in another order."""
    n, c, *size = shapes[0]
    pairs = zip(size, given.factor, strict=True)
    cut = graph.node("Reshape", *xs, np.array([n, c, *(m for i, r in pairs for m in (i // r, r))]))
    inner, outer = range(3, 3 + 2 * len(size), 2), range(2, 2 + 2 * len(size), 2)
    moved = graph.node("Transpose", cut, perm=[0, 1, *inner, *outer])
    small = [i // r for i, r in zip(size, given.factor, strict=True)]
    return graph.node("Reshape", moved, np.array([n, -1, *small]))


def matmul(graph, given, w, xs, shapes):
    a, b = (
        graph.node("Reshape", x, np.array([s[0], given.groups, s[1] // given.groups, int(np.prod(s[2:]))]))
        for x, s in zip(xs, shapes, strict=True)
    )
    left = b if given.over != (0,) else graph.node("Transpose", b, perm=[0, 1, 3, 2])
    return graph.node("Reshape", graph.node("MatMul", left, a), np.array([shapes[0][0], -1, *shapes[0][2:]]))


def attention(graph, given, w, xs, shapes):
    if given.window is not None or any(s != 1 for s in given.stride):
        raise NotImplementedError("ONNX has no windows of attention")
    if given.relative != "none":
        raise NotImplementedError("ONNX has no distances between positions")
    n = shapes[0][0]

    def linear(name, x):
        y = graph.node("MatMul", x, w[f"{name}_weight"].T)
        return graph.node("Add", y, w[f"{name}_bias"]) if f"{name}_bias" in w else y

    def heads(name, x, perm):
        width = len(w[f"{name}_weight"]) // given.heads
        return graph.node(
            "Transpose", graph.node("Reshape", linear(name, x), np.array([n, -1, given.heads, width])), perm=perm
        )

    rows = [graph.node("Transpose", graph.node("Reshape", x, np.array([0, 0, -1])), perm=[0, 2, 1]) for x in xs]
    query, key, value = (
        heads(name, x, perm)
        for name, x, perm in (
            ("query", rows[0], [0, 2, 1, 3]),
            ("key", rows[-1], [0, 2, 3, 1]),
            ("value", rows[-1], [0, 2, 1, 3]),
        )
    )
    width = len(w["query_weight"]) // given.heads
    scores = graph.node("MatMul", graph.node("Mul", query, np.array(width**-0.5, np.float32)), key)
    found = graph.node("MatMul", graph.node("Softmax", scores, axis=-1), value)
    together = graph.node(
        "Reshape", graph.node("Transpose", found, perm=[0, 2, 1, 3]), np.array([n, -1, len(w["value_weight"])])
    )
    y = graph.node("Transpose", linear("out", together) if given.project else together, perm=[0, 2, 1])
    return graph.node("Reshape", y, np.array([n, -1, *shapes[0][2:]]))


def recurrent(kind, order, **attributes):
    """ONNX has gates in another order, both biases in one row, and the direction as an axis."""

    def made(graph, given, w, xs, shapes):
        names = ("forward", "backward") if given.bidirectional else ("forward",)

        def rows(what):
            """For each direction, the gates in ONNX's order."""
            parts = [np.split(w[f"{name}_{what}"], len(order)) for name in names]
            return np.stack([np.concatenate([part[gate] for gate in order]) for part in parts])

        weights = [rows("input_weight"), rows("state_weight")]
        if given.bias:
            weights.append(np.concatenate([rows("input_bias"), rows("state_bias")], axis=1))
        sequence = graph.node("Transpose", *xs, perm=[2, 0, 1])
        how = "bidirectional" if given.bidirectional else "forward"
        y = graph.node(kind, sequence, *weights, hidden_size=given.hidden, direction=how, **attributes)
        moved = graph.node("Transpose", y, perm=[2, 1, 3, 0])
        return graph.node("Reshape", moved, np.array([shapes[0][0], -1, shapes[0][2]]))

    return made


def conv_transpose(graph, given, w, xs, shapes):
    if any(a >= s for a, s in zip(given.output_padding, given.stride, strict=True)):
        raise NotImplementedError("onnxruntime wants an output padding smaller than the stride")
    attributes = window(given) | {"group": given.groups, "output_padding": given.output_padding}
    return graph.node("ConvTranspose", *xs, w["weight"], *some(w, "bias"), **attributes)


def deformable_conv(graph, given, w, xs, shapes):
    if given.padding == "same":
        raise NotImplementedError("ONNX's DeformConv takes no auto_pad")
    attributes = window(given) | {"group": given.groups, "offset_group": given.deform_groups}
    bias = w.get("bias", np.zeros(given.out, w["weight"].dtype))
    if len(xs) > 1:
        return graph.node("DeformConv", xs[0], w["weight"], xs[1], bias, *xs[2:], **attributes)
    branch = graph.node("Conv", *xs, w["offset_weight"], *some(w, "offset_bias"), **window(given))
    offsets = 2 * given.deform_groups * given.kernel[0] * given.kernel[1]
    if not given.modulated:
        return graph.node("DeformConv", *xs, w["weight"], branch, bias, **attributes)
    offset, mask = graph.node("Split", branch, np.array([offsets, offsets // 2]), outputs=2, axis=1)
    return graph.node("DeformConv", *xs, w["weight"], offset, bias, mask, **attributes)


def grid_sample(graph, given, w, xs, shapes):
    x, places = xs
    turned = graph.node("Transpose", places, perm=[0, *range(2, len(shapes[0])), 1])
    mode = {"bilinear": "linear", "nearest": "nearest"}[given.mode]
    beyond = {"zeros": "zeros", "reflect": "reflection", "replicate": "border"}[given.padding_mode]
    return graph.node("GridSample", x, turned, mode=mode, padding_mode=beyond, align_corners=int(given.align_corners))


def linear(graph, given, w, xs, shapes):
    if given.weight_norm:
        raise NotImplementedError("ONNX has the normalised weights")
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
        number = next(iter(w.values())) if w else np.array(float(given.by), np.float32)
        return graph.node(kind, *xs, np.resize(number, shapes[0][1:]) if given.table else number)

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

    return lambda graph, given, w, xs, shapes: reduce(
        lambda result, x: graph.node(kind, result, x), aligned(graph, xs, shapes)
    )


def add(graph, given, w, xs, shapes):
    return graph.node("Sum", *aligned(graph, xs, shapes))


def aligned(graph, xs, shapes):
    rank = max(map(len, shapes))
    return [
        x if len(shape) == rank else graph.node("Unsqueeze", x, np.arange(len(shape), rank))
        for x, shape in zip(xs, shapes, strict=True)
    ]


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
    channels = graph.node("Pad", *xs, np.array(pads([(0, 0), given.channels, *[(0, 0)] * len(given.padding)])))
    return laid(graph, channels, given.padding, given.mode)


def crop(graph, given, w, xs, shapes):
    size = shapes[0][2:]
    first = [(n - o) // 2 for n, o in zip(size, given.size, strict=True)]
    ends = [a + o for a, o in zip(first, given.size, strict=True)]
    return graph.node("Slice", *xs, np.array(first), np.array(ends), np.arange(2, 2 + len(size)))


def upsample(graph, given, w, xs, shapes):
    size = shapes[0][2:]
    if given.scale and any(s != int(s) for s in given.scale):
        scales = np.array([1, 1, *map(float, given.scale)], np.float32)
    else:
        scales = None
    to = given.size or [n * int(s) for n, s in zip(size, given.scale, strict=True)]
    if given.mode == "bicubic" and len(size) != 2:
        raise NotImplementedError("onnxruntime has cubic for images alone")
    corners = "align_corners" if given.align_corners else "half_pixel"
    how = {
        "nearest": {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"},
        "bilinear": {"mode": "linear", "coordinate_transformation_mode": corners},
        "bicubic": {"mode": "cubic", "coordinate_transformation_mode": corners},
    }[given.mode]
    if scales is not None:
        return graph.node("Resize", *xs, "", scales, **how)
    return graph.node("Resize", *xs, "", "", np.array([*shapes[0][:2], *to]), **how)


def prelu(graph, given, w, xs, shapes):
    return graph.node("PRelu", *xs, w["slope"])


def silu(graph, given, w, xs, shapes):
    return graph.node("Mul", *xs, graph.node("Sigmoid", *xs))


def relu6(graph, given, w, xs, shapes):
    return graph.node("Min", graph.node("Relu", *xs), np.array(6, np.float32))


def plain(kind, **attributes):
    return lambda graph, given, w, xs, shapes: graph.node(kind, *xs, **attributes)


ROUND = {"nearest": "Round", "above": "Ceil", "below": "Floor"}

NODES = {
    "abs": plain("Abs"),
    "add": add,
    "append": append,
    "arg_max": arg_max,
    "attention": attention,
    "avg_pool": pool("AveragePool"),
    "batch_norm": batch_norm,
    "blur_pool": blur_pool,
    "celu": plain("Celu"),
    "channel_shuffle": channel_shuffle,
    "class_token": class_token,
    "clip": clip,
    "compare": compare,
    "concat": concat,
    "conv": conv,
    "conv_transpose": conv_transpose,
    "crop": crop,
    "deformable_conv": deformable_conv,
    "depthwise_conv": depthwise_conv,
    "div": together("Div"),
    "dropout": plain("Dropout"),
    "elu": plain("Elu"),
    "exp": plain("Exp"),
    "flatten": flatten,
    "gelu": lambda graph, given, w, xs, shapes: graph.node("Gelu", *xs, approximate=given.approximate),
    "global_avg_pool": plain("GlobalAveragePool"),
    "global_max_pool": plain("GlobalMaxPool"),
    "grid_sample": grid_sample,
    "gru": recurrent("GRU", (1, 0, 2), linear_before_reset=1),
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
    "lstm": recurrent("LSTM", (0, 3, 1, 2)),
    "matmul": matmul,
    "max": reduced("ReduceMax"),
    "max_pool": max_pool,
    "maximum": together("Max"),
    "mean": reduced("ReduceMean"),
    "min": reduced("ReduceMin"),
    "minimum": together("Min"),
    "mish": plain("Mish"),
    "mul": together("Mul"),
    "pad": pad,
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle,
    "pow": power,
    "prelu": prelu,
    "reciprocal": plain("Reciprocal"),
    "relu": plain("Relu"),
    "relu6": relu6,
    "rearrange": rearrange,
    "reshape": reshape,
    "round": lambda graph, given, w, xs, shapes: graph.node(ROUND[given.to], *xs),
    "scale": constants("Mul"),
    "selu": plain("Selu"),
    "shift": constants("Add"),
    "sigmoid": plain("Sigmoid"),
    "silu": silu,
    "slice": take,
    "softmax": softmax("Softmax"),
    "softplus": plain("Softplus"),
    "split": split,
    "sqrt": plain("Sqrt"),
    "sub": together("Sub"),
    "sum": reduced("ReduceSum"),
    "swish": swish,
    "tanh": plain("Tanh"),
    "transcendental": lambda graph, given, w, xs, shapes: graph.node(given.function.title(), *xs),
    "transpose": transpose,
    "upsample": upsample,
    "where": where,
}
"""Those that ONNX has."""
