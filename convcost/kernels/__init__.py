"""The witness: every operator executed in numpy, counting what it really multiplies, adds and compares.

It shares nothing with the formulas it is held against: nothing here imports them, and a kernel finds the size of its
output by slicing real arrays. One operator, one file, named as the operator is in a spec, with up to three functions:

    run(given, weights, tally, *inputs)   the output (a tuple if there are several); all arithmetic goes through `tally`
    weights(given, rng, *inputs)          the arrays it holds, drawn to fit the inputs; none if left out
    stain(given, edge, *stains)           the strongest stain each output reads, `edge` beyond the map; that of its own
                                          position if left out (see `dye`)

`given` has the operator's arguments as attributes. Inputs are [N, C, *size] or [N, C]; stains [planes, *size].
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

KERNELS = (
    "abs",
    "adaptive_avg_pool",
    "adaptive_max_pool",
    "add",
    "append",
    "arg_max",
    "attention",
    "avg_pool",
    "batch_norm",
    "blur_pool",
    "celu",
    "channel_shuffle",
    "class_token",
    "clip",
    "compare",
    "concat",
    "conv",
    "conv_transpose",
    "crop",
    "deformable_conv",
    "depthwise_conv",
    "div",
    "dropout",
    "elu",
    "exp",
    "flatten",
    "gelu",
    "global_avg_pool",
    "global_max_pool",
    "grid_sample",
    "group_norm",
    "gru",
    "hard_sigmoid",
    "hard_swish",
    "hard_tanh",
    "identity",
    "instance_norm",
    "l2_norm",
    "layer_norm",
    "leaky_relu",
    "linear",
    "local_response_norm",
    "locally_connected",
    "log_softmax",
    "lstm",
    "matmul",
    "max",
    "max_pool",
    "max_unpool",
    "maximum",
    "mean",
    "min",
    "minimum",
    "mish",
    "mul",
    "pad",
    "pixel_shuffle",
    "pixel_unshuffle",
    "pow",
    "prelu",
    "rbf",
    "rearrange",
    "reciprocal",
    "relu",
    "relu6",
    "reshape",
    "rms_norm",
    "round",
    "scale",
    "selu",
    "shift",
    "sigmoid",
    "silu",
    "slice",
    "softmax",
    "softplus",
    "split",
    "sqrt",
    "sub",
    "subsample",
    "sum",
    "swish",
    "tanh",
    "transcendental",
    "transpose",
    "upsample",
    "where",
)
"""Every operator that can be executed. Files are imported when used."""


class Kernel(NamedTuple):
    """An operator's three functions."""

    run: Callable[..., Any]
    weights: Callable[..., dict[str, Any]]
    stain: Callable[..., Any]


@cache
def kernel(name: str) -> Kernel:
    """Return the kernel of a named operator.

    >>> kernel("relu").weights(None, None)
    {}
    """
    module = import_module(f"convcost.kernels.{name}")
    return Kernel(
        module.run,
        getattr(module, "weights", lambda given, rng, *inputs: {}),
        getattr(module, "stain", lambda given, edge, stains: stains),
    )
