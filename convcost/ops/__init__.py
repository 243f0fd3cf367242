"""What an operator is, and its formulas. One operator, one room: the file is named as the operator is in a spec."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from convcost.ops.base import Operator

OPERATORS = {
    "abs": "Abs",
    "adaptive_avg_pool": "AdaptiveAvgPool",
    "adaptive_max_pool": "AdaptiveMaxPool",
    "add": "Add",
    "append": "Append",
    "arg_max": "ArgMax",
    "attention": "Attention",
    "avg_pool": "AvgPool",
    "batch_norm": "BatchNorm",
    "blur_pool": "BlurPool",
    "celu": "Celu",
    "channel_shuffle": "ChannelShuffle",
    "class_token": "ClassToken",
    "clip": "Clip",
    "compare": "Compare",
    "concat": "Concat",
    "conv": "Conv",
    "conv_transpose": "ConvTranspose",
    "crop": "Crop",
    "deformable_conv": "DeformableConv",
    "depthwise_conv": "DepthwiseConv",
    "div": "Div",
    "dropout": "Dropout",
    "elu": "Elu",
    "exp": "Exp",
    "flatten": "Flatten",
    "gelu": "Gelu",
    "global_avg_pool": "GlobalAvgPool",
    "global_max_pool": "GlobalMaxPool",
    "grid_sample": "GridSample",
    "group_norm": "GroupNorm",
    "gru": "Gru",
    "hard_sigmoid": "HardSigmoid",
    "hard_swish": "HardSwish",
    "hard_tanh": "HardTanh",
    "identity": "Identity",
    "instance_norm": "InstanceNorm",
    "l2_norm": "L2Norm",
    "layer_norm": "LayerNorm",
    "leaky_relu": "LeakyRelu",
    "linear": "Linear",
    "local_response_norm": "LocalResponseNorm",
    "locally_connected": "LocallyConnected",
    "log_softmax": "LogSoftmax",
    "lstm": "Lstm",
    "matmul": "Matmul",
    "max": "Max",
    "max_pool": "MaxPool",
    "max_unpool": "MaxUnpool",
    "maximum": "Maximum",
    "mean": "Mean",
    "min": "Min",
    "minimum": "Minimum",
    "mish": "Mish",
    "mul": "Mul",
    "pad": "Pad",
    "pixel_shuffle": "PixelShuffle",
    "pixel_unshuffle": "PixelUnshuffle",
    "pow": "Pow",
    "prelu": "Prelu",
    "rbf": "Rbf",
    "rearrange": "Rearrange",
    "reciprocal": "Reciprocal",
    "relu": "Relu",
    "relu6": "Relu6",
    "reshape": "Reshape",
    "rms_norm": "RmsNorm",
    "round": "Round",
    "scale": "Scale",
    "selu": "Selu",
    "shift": "Shift",
    "sigmoid": "Sigmoid",
    "silu": "Silu",
    "slice": "Slice",
    "softmax": "Softmax",
    "softplus": "Softplus",
    "split": "Split",
    "sqrt": "Sqrt",
    "sub": "Sub",
    "subsample": "Subsample",
    "sum": "Sum",
    "swish": "Swish",
    "tanh": "Tanh",
    "transcendental": "Transcendental",
    "transpose": "Transpose",
    "upsample": "Upsample",
    "where": "Where",
}
"""Every operator: its name in a spec, which is also its file, and its class there. Files are imported when used."""


@cache
def operator(name: str) -> type[Operator]:
    """Return the class of a named operator.

    >>> operator("conv").__name__
    'Conv'
    """
    found: type[Operator] = getattr(import_module(f"convcost.ops.{name}"), OPERATORS[name])
    return found
