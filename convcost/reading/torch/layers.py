"""torch's operators with weights, windows, products and norms, as ONNX's."""

from __future__ import annotations

from typing import Any

from convcost.reading.torch.calls import Call, Rule, per_axis


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


def deform_conv(call: Call) -> Any:
    """torchvision makes up zeros for a bias and a mask that there are not."""
    pads, strides, dilations = (
        tuple(call[f"{name}_{side}"] for side in "hw") for name in ("pad", "stride", "dilation")
    )
    bias = call["bias"]
    return call.node(
        "DeformConv",
        call["input"],
        call["weight"],
        call["offset"],
        bias if call.translation.constants[bias].trained else None,
        call["mask"] if call["use_mask"] else None,
        group=call["groups"],
        offset_group=call["offset_groups"],
        pads=pads * 2,
        strides=strides,
        dilations=dilations,
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


def pool(op: str, rank: int, places: bool = False) -> Rule:
    """Pooling; of maxima torch may have the `places` as well."""

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
        return call.node(op, call["self"], outputs=2 if places else 1, **given)

    return rule


def max_unpool(call: Call) -> Any:
    """Maxima put back; torch names their places alone, so the windows are those of the pooling that found them."""
    pooling = call.maker("indices")
    if pooling is None or pooling.op != "MaxPool":
        return call.unknown()
    windows = {name: pooling.attributes[name] for name in ("kernel_shape", "strides", "pads")}
    return call.node("MaxUnpool", call["self"], call["indices"], call.constant(call.dims), **windows)


def affine_grid(call: Call) -> Any:
    return call.node("AffineGrid", call["theta"], call.constant(call["size"]))


def grid_sampler(call: Call) -> Any:
    mode = ("bilinear", "nearest", "bicubic")[call["interpolation_mode"]]
    beyond = ("zeros", "border", "reflection")[call["padding_mode"]]
    given: dict[str, Any] = {"mode": mode, "padding_mode": beyond, "align_corners": int(call["align_corners"])}
    return call.node("GridSample", call["input"], call["grid"], **given)


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
        return str(call.node(f"Adaptive{op}Pool", call["self"], domain="aten", size=tuple(wanted)))

    return rule


def batch_norm(call: Call) -> Any:
    lists = [call[name] for name in ("weight", "bias", "running_mean", "running_var")]
    if lists[2] is None:
        return call.unknown()  # the batch has its own statistics
    return call.node("BatchNormalization", call["input"], *lists)


def apart(rule: Rule) -> Rule:
    """A normalisation that hands on the statistics beside what it makes, which nothing reads here."""
    return lambda call: (rule(call), "", "")


def instance_norm(call: Call) -> Any:
    return call.node("InstanceNormalization", call["input"], call["weight"], call["bias"])


def layer_norm(call: Call) -> Any:
    axis = -len(call["normalized_shape"])
    return call.node("LayerNormalization", call["input"], call["weight"], call["bias"], axis=axis)


def group_norm(call: Call) -> Any:
    return call.node(
        "GroupNormalization",
        call["input"],
        call["weight"],
        call["bias"],
        num_groups=call.given.get("num_groups", call.given.get("group")),
    )


def einsum(call: Call) -> Any:
    return call.node("Einsum", *call["tensors"], equation=call["equation"])


def bilinear(call: Call) -> Any:
    """For each output the sum of the products of all pairs of features, each with a weight."""
    if len(call.dims) != 2:
        return call.unknown()
    made = call.node("Einsum", call["input1"], call["weight"], equation="nk,okj->noj")
    made = call.node("Einsum", made, call["input2"], equation="noj,nj->no")
    return made if call["bias"] is None else call.node("Add", made, call["bias"])
