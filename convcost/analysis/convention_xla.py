"""How XLA counts operations: `jax.jit(f).lower(x).cost_analysis()["flops"]`, as was measured layer by layer.

It is the count of the program as it was lowered, before it is compiled for a device: what is counted after that depends
on what was fused. Every layer is what Flax's module of its kind, or jax.nn's function, lowers to. Exponentials, roots
and the like are a count of their own, "transcendentals".
"""

from __future__ import annotations

from convcost.analysis.convention_rules import Convention, Rules, count, each, unknown
from convcost.ops import OPERATORS

_CONVOLUTIONS = "conv depthwise_conv conv_transpose"
_USEFUL = "a product and a sum for each element of the map; none for zeros; the bias"
_STEPS = "steps without its exponential"

_RULES: Rules = {
    **each(f"{_CONVOLUTIONS} linear", count(_USEFUL, useful_macs=2, bias=1)),
    "matmul": count("a product and a sum", useful_macs=2),
    "batch_norm": count("subtract, scale, shift; once per channel, the root's sum and its scale", inputs=3, channels=2),
    "batch_norm, affine: false": count("subtract, divide; once per channel, the root's sum", inputs=2, channels=1),
    "layer_norm": count("two means; subtract, scale, shift; four for each root", inputs=7, roots=4),
    "layer_norm, affine: false": count("two means; subtract, divide; four for each root", inputs=5, roots=4),
    **each(
        "group_norm instance_norm",
        count("two means; subtract, scale, shift; per channel and for each root", inputs=6, channels=2, roots=3),
    ),
    **each(
        "group_norm instance_norm, affine: false",
        count("two means; subtract, divide; per channel and for each root", inputs=5, channels=1, roots=3),
    ),
    **dict.fromkeys(
        ("instance_norm, running_stats", "instance_norm, running_stats, affine: false"),
        unknown("flax has no such module"),
    ),
    "rms_norm": count("a mean of squares; divide, scale; one for each root", inputs=4, roots=1),
    "rms_norm, affine: false": count("a mean of squares; divide; one for each root", inputs=3, roots=1),
    "gelu": count("its error function is a polynomial", outputs=66),
    "gelu, approximate: tanh": count(_STEPS, outputs=8),
    **each("relu abs round", count("one each", outputs=1)),
    **each("exp tanh sqrt", count("a transcendental")),
    "relu6": count("two each", outputs=2),
    **each("leaky_relu prelu", count("a comparison, a product, a choice", outputs=3)),
    "sigmoid": count(_STEPS, outputs=3),
    **each("silu elu celu hard_sigmoid", count("four each", outputs=4)),
    "hard_swish": count("five each", outputs=5),
    **each("softplus selu", count(_STEPS, outputs=6)),
    "mish": count(_STEPS, outputs=7),
    **each("softmax log_softmax", count("four each, less one for each set", inputs=4, sets=-1)),
    "max_pool": count("comparisons, padding included", windows=1, outputs=-1),
    "avg_pool": count("additions, padding included, and a division", windows=1),
    "avg_pool, include_pad: false": unknown("flax counts the elements of each window beside it"),
    "global_avg_pool": count("additions and a division", inputs=1),
    "global_max_pool": count("comparisons", inputs=1, outputs=-1),
    "add": count("an addition each", additions=1),
    **each("sub div maximum minimum", count("one each", outputs=1)),
    "mul": count("a product each", products=1),
    **each("scale shift", count("one each", outputs=1)),
    **each("concat crop dropout flatten identity reshape slice split transpose channel_shuffle", count()),
    **each("conv, connections", unknown("flax has no table of connections")),
    **each("conv linear, weight_norm", unknown("flax works the kernel out beside it")),
}

XLA = Convention(
    "xla",
    "0.10.2",
    "FLOP",
    {**each(" ".join(OPERATORS), unknown("it was not measured")), **_RULES},
    means=each("global_avg_pool", count("additions and a division", inputs=1)),
    batch="times N, but what is once per channel",
    remark="jax's cost analysis before compiling, of Flax's modules: useful products alone, and each step of the rest; "
    "it adds in 32-bit floats, which keep about 6 digits",
    framework="flax",
)
