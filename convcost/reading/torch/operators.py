"""torch's operators as ONNX's: OPERATORS is the table of all of them, those that move numbers stand in a room apart.

What has no twin is refused by the walk.
"""

from __future__ import annotations

from typing import Any

from convcost.reading.graph.graph import Constant
from convcost.reading.torch import moves
from convcost.reading.torch.calls import Call, Rule, per_axis


def unknown(call: Call) -> Any:
    return call.unknown()


def same(call: Call) -> str:
    """What changes no number and no axis."""
    return str(next(iter(call.given.values())))


def plain(op: str) -> Rule:
    """An operator on each number, by its name in ONNX."""
    return lambda call: call.node(op, next(iter(call.given.values())))


def together(op: str) -> Rule:
    """An operator on two tensors, or on a tensor and a number."""
    return lambda call: call.node(op, call["self"], call["other"])


def _windows(call: Call, rank: int, *names: str) -> dict[str, Any]:
    """strides, dilations and pads as ONNX has them."""
    onnx = {"stride": "strides", "dilation": "dilations", "kernel_size": "kernel_shape"}
    given: dict[str, Any] = {onnx[name]: tuple(per_axis(call[name], rank)) for name in names}
    if isinstance(call["padding"], str):
        # torch's `same` puts the odd zero after, as ONNX's SAME_UPPER does; it has stride 1 alone.
        given["auto_pad"] = {"same": "SAME_UPPER", "valid": "VALID"}[call["padding"]]
    else:
        given["pads"] = tuple(per_axis(call["padding"], rank)) * 2
    return given


def conv(call: Call) -> Any:
    rank = len(call.shape("weight")) - 2
    given = _windows(call, rank, "stride", "dilation")
    return call.node("Conv", call["input"], call["weight"], call["bias"], group=call["groups"], **given)


def conv_transpose(call: Call) -> Any:
    rank = len(call.shape("weight")) - 2
    given = _windows(call, rank, "stride", "dilation")
    extra = tuple(per_axis(call["output_padding"], rank))
    return call.node(
        "ConvTranspose",
        call["input"],
        call["weight"],
        call["bias"],
        group=call["groups"],
        output_padding=extra,
        **given,
    )


def convolution(call: Call) -> Any:
    return conv_transpose(call) if call["transposed"] else conv(call)


def linear(call: Call) -> Any:
    if len(call.shape("input")) == 2:
        return call.node("Gemm", call["input"], call["weight"], call["bias"], transB=1)
    made = call.node("MatMul", call["input"], call.node("Transpose", call["weight"], perm=(1, 0)))
    return made if call["bias"] is None else call.node("Add", made, call["bias"])


def addmm(call: Call) -> Any:
    return call.node("Gemm", call["mat1"], call["mat2"], call["self"])


def matmul(call: Call) -> Any:
    return call.node("MatMul", *list(call.given.values())[:2])


def attention(call: Call) -> Any:
    """softmax(q k^T / sqrt(width)) v"""
    *heads, _, width = call.shape("query")
    turned = list(range(len(heads) + 2))
    turned[-2:] = turned[:-3:-1]
    scale = width**-0.5 if call["scale"] is None else call["scale"]
    query = call.node("Mul", call["query"], scale)
    scores = call.node("MatMul", query, call.node("Transpose", call["key"], perm=tuple(turned)))
    if call["attn_mask"] is not None:
        scores = call.node("Add", scores, call["attn_mask"])
    return call.node("MatMul", call.node("Softmax", scores, axis=-1), call["value"])


def pool(op: str, rank: int) -> Rule:
    def rule(call: Call) -> Any:
        kernel = per_axis(call["kernel_size"], rank)
        stride = per_axis(call["stride"], rank) if call["stride"] else kernel
        given: dict[str, Any] = {
            "kernel_shape": tuple(kernel),
            "strides": tuple(stride),
            "pads": tuple(per_axis(call["padding"], rank)) * 2,
            "ceil_mode": int(call["ceil_mode"]),
        }
        if op == "MaxPool":
            given["dilations"] = tuple(per_axis(call["dilation"], rank))
        else:
            given["count_include_pad"] = int(call["count_include_pad"])
        return call.node(op, call["self"], **given)

    return rule


def adaptive(op: str, rank: int) -> Rule:
    """Pooling to a size; to one position it is that over the whole map. Of maxima torch has the places as well."""

    def rule(call: Call) -> Any:
        return pooled(call) if op == "Average" else (pooled(call), "")

    def pooled(call: Call) -> str:
        before = call.shape("self")[-rank:]
        # What is left open, None, stays as it is.
        wanted = [size if n is None else n for n, size in zip(per_axis(call["output_size"], rank), before, strict=True)]
        if all(n == 1 for n in wanted):
            return str(call.node(f"Global{op}Pool", call["self"]))
        if tuple(wanted) == tuple(before):
            return str(call["self"])
        return str(call.node(f"Adaptive{op}Pool", call["self"], domain="aten", size=tuple(wanted)))

    return rule


def batch_norm(call: Call) -> Any:
    lists = [call[name] for name in ("weight", "bias", "running_mean", "running_var")]
    if lists[2] is None:
        return call.unknown()
    return call.node("BatchNormalization", call["input"], *lists)


def instance_norm(call: Call) -> Any:
    return call.node("InstanceNormalization", call["input"], call["weight"], call["bias"])


def layer_norm(call: Call) -> Any:
    axis = -len(call["normalized_shape"])
    return call.node("LayerNormalization", call["input"], call["weight"], call["bias"], axis=axis)


def group_norm(call: Call) -> Any:
    return call.node("GroupNormalization", call["input"], call["weight"], call["bias"], num_groups=call["num_groups"])


def softmax(op: str) -> Rule:
    return lambda call: call.node(op, call["self"], axis=call["dim"])


def clamp(call: Call) -> Any:
    least, most = (call.given.get(a, call.given.get(b)) for a, b in (("min", "min_val"), ("max", "max_val")))
    return call.node("Clip", call["self"], least, most)


def prelu(call: Call) -> Any:
    return call.node("PRelu", call["self"], call["weight"])


def root(call: Call) -> Any:
    return call.node("Reciprocal", call.node("Sqrt", call["self"]))


def power(call: Call) -> Any:
    return call.node("Pow", call["self"], call["exponent"])


def square(call: Call) -> Any:
    return call.node("Pow", call["self"], 2)


def reversed_sub(call: Call) -> Any:
    return call.node("Sub", call["other"], call["self"])


def norm(call: Call) -> Any:
    if call["ord"] != 2 or call["dim"] is None:
        return call.unknown()
    return reduce("ReduceL2")(call)


def variance(call: Call) -> Any:
    """The mean of the squares of what is left when the mean is taken off."""
    axes = call.given.get("dim")
    named = call.constant(list(range(len(call.shape("self")))) if axes is None else per_axis(axes, 1))
    rest = call.node("Sub", call["self"], call.node("ReduceMean", call["self"], named, keepdims=1))
    return call.node("ReduceMean", call.node("Mul", rest, rest), named, keepdims=int(call.given.get("keepdim", False)))


def deviation(call: Call) -> Any:
    return call.node("Sqrt", variance(call))


def glu(call: Call) -> Any:
    half = call.shape("self")[call["dim"]] // 2
    a, b = call.node("Split", call["self"], call.constant([half, half]), axis=call["dim"], outputs=2)
    return call.node("Mul", a, call.node("Sigmoid", b))


def einsum(call: Call) -> Any:
    return call.node("Einsum", *call["tensors"], equation=call["equation"])


def plus_product(call: Call) -> Any:
    """self + value * tensor1 * tensor2"""
    made = call.node("Mul", call["tensor1"], call["tensor2"])
    if call["value"] != 1:
        made = call.node("Mul", made, call["value"])
    return call.node("Add", call["self"], made)


def created(call: Call) -> str:
    """Numbers that depend on nothing: their shape is known."""
    call.translation.constants[call.name] = Constant(call.name, call.dims)
    return call.name


def where(call: Call) -> Any:
    return call.node("Where", *call.given.values())


def masked_fill(call: Call) -> Any:
    return call.node("Where", call["mask"], call["value"], call["self"])


def extreme(op: str) -> Rule:
    """The largest along an axis, and where it is."""

    def rule(call: Call) -> Any:
        if "dim" not in call.given:
            return call.unknown()
        axes, keep = call.constant([call["dim"]]), int(call["keepdim"])
        values = call.node(f"Reduce{op}", call["self"], axes, keepdims=keep)
        return values, call.node(f"Arg{op}", call["self"], axis=call["dim"], keepdims=keep)

    return rule


def argument(op: str) -> Rule:
    def rule(call: Call) -> Any:
        if call["dim"] is None:
            return call.unknown()
        return call.node(op, call["self"], axis=call["dim"], keepdims=int(call["keepdim"]))

    return rule


def nothing(call: Call) -> None:
    """An assertion."""


def reduce(op: str) -> Rule:
    def rule(call: Call) -> Any:
        dims = call.given.get("dim")  # that over all axes has none
        axes = list(range(len(call.shape("self")))) if dims is None else per_axis(dims, 1)
        return call.node(op, call["self"], call.constant(axes), keepdims=int(call.given.get("keepdim", False)))

    return rule


def gelu(call: Call) -> Any:
    return call.node("Gelu", call["self"], approximate=call["approximate"])


OPERATORS: dict[str, Rule] = {
    "_adaptive_avg_pool2d": adaptive("Average", 2),
    "_assert_tensor_metadata": nothing,
    "_softmax": softmax("Softmax"),
    "_to_copy": same,
    "abs": plain("Abs"),
    "adaptive_avg_pool1d": adaptive("Average", 1),
    "adaptive_avg_pool2d": adaptive("Average", 2),
    "adaptive_avg_pool3d": adaptive("Average", 3),
    "adaptive_max_pool1d": adaptive("Max", 1),
    "adaptive_max_pool2d": adaptive("Max", 2),
    "adaptive_max_pool3d": adaptive("Max", 3),
    "add": together("Add"),
    "addcmul": plus_product,
    "addmm": addmm,
    "alias": same,
    "alpha_dropout": plain("Dropout"),
    "amax": reduce("ReduceMax"),
    "amin": reduce("ReduceMin"),
    "arange": created,
    "argmax": argument("ArgMax"),
    "argmin": argument("ArgMin"),
    "avg_pool1d": pool("AveragePool", 1),
    "avg_pool2d": pool("AveragePool", 2),
    "avg_pool3d": pool("AveragePool", 3),
    "batch_norm": batch_norm,
    "bmm": matmul,
    "cat": moves.concat,
    "ceil": plain("Ceil"),
    "celu": plain("Celu"),
    "channel_shuffle": moves.channel_shuffle,
    "chunk": moves.chunk,
    "clamp": clamp,
    "clamp_max": clamp,
    "clamp_min": clamp,
    "clone": same,
    "contiguous": same,
    "conv1d": conv,
    "conv2d": conv,
    "conv3d": conv,
    "conv_transpose1d": conv_transpose,
    "conv_transpose2d": conv_transpose,
    "conv_transpose3d": conv_transpose,
    "convolution": convolution,
    "cos": plain("Cos"),
    "detach": same,
    "div": together("Div"),
    "dropout": plain("Dropout"),
    "einsum": einsum,
    "elu": plain("Elu"),
    "empty": created,
    "eq": together("Equal"),
    "erf": plain("Erf"),
    "exp": plain("Exp"),
    "expand": moves.expand,
    "expand_as": moves.expand,
    "eye": created,
    "feature_dropout": plain("Dropout"),
    "flatten": moves.reshaped,
    "floor": plain("Floor"),
    "floor_divide": together("Div"),
    "full": created,
    "full_like": created,
    "ge": together("GreaterOrEqual"),
    "gelu": gelu,
    "glu": glu,
    "group_norm": group_norm,
    "gt": together("Greater"),
    "hardsigmoid": plain("HardSigmoid"),
    "hardswish": plain("HardSwish"),
    "hardtanh": clamp,
    "index": moves.index,
    "instance_norm": instance_norm,
    "layer_norm": layer_norm,
    "le": together("LessOrEqual"),
    "leaky_relu": plain("LeakyRelu"),
    "lift_fresh": same,
    "lift_fresh_copy": same,
    "linalg_vector_norm": norm,
    "linear": linear,
    "linspace": created,
    "log": plain("Log"),
    "log_softmax": softmax("LogSoftmax"),
    "lt": together("Less"),
    "masked_fill": masked_fill,
    "matmul": matmul,
    "max": extreme("Max"),
    "max_pool1d": pool("MaxPool", 1),
    "max_pool2d": pool("MaxPool", 2),
    "max_pool3d": pool("MaxPool", 3),
    "maximum": together("Max"),
    "mean": reduce("ReduceMean"),
    "min": extreme("Min"),
    "minimum": together("Min"),
    "mish": plain("Mish"),
    "mul": together("Mul"),
    "narrow": moves.narrow,
    "ne": together("Equal"),
    "neg": plain("Neg"),
    "new_full": created,
    "new_ones": created,
    "new_zeros": created,
    "ones": created,
    "ones_like": created,
    "pad": moves.pad,
    "permute": moves.permute,
    "pixel_shuffle": moves.pixel_shuffle,
    "pixel_unshuffle": moves.pixel_unshuffle,
    "pow": power,
    "prelu": prelu,
    "reciprocal": plain("Reciprocal"),
    "relu": plain("Relu"),
    "relu6": lambda call: call.node("Clip", call["self"], 0, 6),
    "repeat": moves.repeat,
    "repeat_interleave": moves.repeat_each,
    "reshape": moves.reshaped,
    "reshape_as": moves.reshaped,
    "roll": moves.roll,
    "round": plain("Round"),
    "rsqrt": root,
    "rsub": reversed_sub,
    "scalar_tensor": created,
    "scaled_dot_product_attention": attention,
    "select": moves.select,
    "selu": plain("Selu"),
    "sigmoid": plain("Sigmoid"),
    "sign": plain("Sign"),
    "silu": plain("Silu"),
    "sin": plain("Sin"),
    "slice": moves.slice_,
    "softmax": softmax("Softmax"),
    "softplus": plain("Softplus"),
    "split": moves.split,
    "split_with_sizes": moves.split,
    "sqrt": plain("Sqrt"),
    "square": square,
    "squeeze": moves.reshaped,
    "stack": moves.stack,
    "std": deviation,
    "sub": together("Sub"),
    "sum": reduce("ReduceSum"),
    "swapaxes": moves.transpose,
    "swapdims": moves.transpose,
    "t": moves.transpose,
    "tanh": plain("Tanh"),
    "to": same,
    "transpose": moves.transpose,
    "type_as": same,
    "unbind": moves.unbind,
    "unflatten": moves.reshaped,
    "unfold": moves.unfold,
    "unsqueeze": moves.reshaped,
    "upsample_bicubic2d": moves.resize("cubic", 2),
    "upsample_bilinear2d": moves.resize("linear", 2),
    "upsample_linear1d": moves.resize("linear", 1),
    "upsample_nearest1d": moves.resize("nearest", 1),
    "upsample_nearest2d": moves.resize("nearest", 2),
    "upsample_nearest3d": moves.resize("nearest", 3),
    "upsample_trilinear3d": moves.resize("linear", 3),
    "var": variance,
    "view": moves.reshaped,
    "view_as": moves.reshaped,
    "where": where,
    "zeros": created,
    "zeros_like": created,
}
"""The rules, by torch's names of the operators; that with a `_` behind it, which works in place, is the same."""
