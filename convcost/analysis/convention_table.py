"""How each tool counts, as its source and its printed totals show: a table by hand.

All are linear forms for one sample at inference. Layers are torch's modules unless the caller says that they are
called as functions, which tools that hook modules do not see. Mistakes are the tools' own.
"""

from __future__ import annotations

from collections.abc import Mapping

from convcost.analysis.convention_rules import Convention, Rules, count, each, per_input, unknown
from convcost.analysis.convention_xla import XLA

_CONVOLUTIONS = "conv depthwise_conv"
_POOLS = "max_pool avg_pool adaptive_avg_pool adaptive_max_pool global_avg_pool global_max_pool"

_MACS = count(macs=1)
_WITH_BIAS = count(macs=1, bias=1)
_AT_OUTPUTS = "at every output position: prod(stride) too high"
_TWICE = "counted twice: by a hook on the module and in the function it calls"

_NO_SAME = each(f"{_CONVOLUTIONS}, padding: same", count("by the name that torch gives it then, it is not known"))
_OTHER_CLASS = each(
    "conv linear, weight_norm", count("torch makes another class of the module then, which is not known")
)
_UNPOOL = unknown("it stops at torch's module")
_LRN = count("three elementwise steps and the average pool inside, over padded channels", outputs=4, padding_channels=1)

_FVCORE: Rules = {
    **each(f"{_CONVOLUTIONS} conv_transpose linear matmul", _MACS),
    **_NO_SAME,
    "max_unpool": _UNPOOL,
    **per_input("batch_norm", "a scale and a shift each", affine=2, plain=1),
    **per_input("group_norm instance_norm layer_norm", "an estimate", affine=5, plain=4),
    **each("adaptive_avg_pool global_avg_pool, 2 axes", count("an addition each", inputs=1)),
    "upsample, mode: nearest, 2 axes": count("an estimate", outputs=1),
    "upsample, mode: bilinear, 2 axes": count("four products each", outputs=4),
}

_PTFLOPS: Rules = {
    **each(f"{_CONVOLUTIONS} conv_transpose linear", _WITH_BIAS),
    **_OTHER_CLASS,
    "gru": count("both biases of 3 gates; seven steps each", macs=1, bias=6, outputs=7),
    "lstm": count("both biases of 4 gates; ten steps each", macs=1, bias=8, outputs=10),
    **per_input("batch_norm group_norm instance_norm", "a scale and a shift each", affine=2, plain=1),
    "layer_norm": count("taken for one without scale and shift", inputs=1),
    **each(f"{_POOLS} relu elu gelu prelu", count(_TWICE, inputs=2)),
    **each("relu6 leaky_relu silu softmax", count("one each", inputs=1)),
    "upsample": count(_TWICE, outputs=2),
    "local_response_norm": _LRN,
}

_PTFLOPS_FUNCTIONS: Rules = {
    "matmul": _MACS,
    **each(f"{_POOLS} relu relu6 elu gelu prelu silu softmax", count("one each", inputs=1)),
    "upsample": count("one each", outputs=1),
    "local_response_norm": _LRN,
}

_UNEVEN_SAME = each(
    f"{_CONVOLUTIONS}, padding: same, uneven padding", unknown("it takes the odd zero away and the output for smaller")
)

_DEEPSPEED: Rules = {
    **each(f"{_CONVOLUTIONS} conv_transpose", count("a product and a sum; the bias", macs=2, bias=1)),
    **_UNEVEN_SAME,
    **each("linear matmul", count("a product and a sum; no bias", macs=2)),
    "gru": count("both biases of 3 gates; one step each", macs=2, bias=6, outputs=1),
    "lstm": count("both biases of 4 gates; two steps each", macs=2, bias=8, outputs=2),
    **per_input("batch_norm", "a scale and a shift each", affine=2, plain=1),
    **per_input("group_norm instance_norm layer_norm", "an estimate", affine=5, plain=4),
    **each(f"{_POOLS} relu elu gelu silu leaky_relu prelu softmax", count("one each", inputs=1)),
    "upsample, scale": count("one each", outputs=1),
    "upsample, size": count("positions, not channels", positions=1),
    "local_response_norm": _LRN,
}

_DEEPSPEED_MACS: Rules = {**each(f"{_CONVOLUTIONS} conv_transpose linear matmul", _MACS), **_UNEVEN_SAME}

# As DeepSpeed once was.
_CALFLOPS: Rules = {
    **_DEEPSPEED,
    "conv_transpose": count("the bias at the size of a direct convolution", macs=2, bias_as_if_direct=1),
    "conv_transpose, groups": count("divided by the groups twice", macs_of_one_group=2, bias_as_if_direct=1),
    "upsample, scale": count("the input, not the output", inputs=1),
    "matmul": count("`a @ b` is not seen"),
}

_CALFLOPS_MACS: Rules = {
    **_DEEPSPEED_MACS,
    "conv_transpose, groups": count("divided by the groups twice", macs_of_one_group=1),
    "matmul": count("`a @ b` is not seen"),
}

_FUNCTIONS: Rules = {
    "relu6": count("one each; its module calls hardtanh, which is not known", inputs=1),
    **each("gru lstm", count()),
    "matmul": count("a product and a sum", macs=2),
}

_TORCHINFO: Rules = {
    **each(f"{_CONVOLUTIONS} linear", _WITH_BIAS),
    "conv_transpose": count(_AT_OUTPUTS, weights_at_outputs=1, bias=1),
    **each(
        "batch_norm group_norm instance_norm layer_norm prelu rms_norm",
        count("once, whatever the size of the map", params=1),
    ),
    **_OTHER_CLASS,
    "gru": count("parameters in each step: both biases of 3 gates", macs=1, bias=6),
    "lstm": count("parameters in each step: both biases of 4 gates", macs=1, bias=8),
    **each(
        "scale shift append class_token",
        unknown("it counts all parameters of the module that holds these, if it has others too"),
    ),
    **each("scale shift, by", count()),
    "append, trained: false": count(),
}

_THOP: Rules = {
    **each(f"{_CONVOLUTIONS} linear", _MACS),
    **_OTHER_CLASS,
    "gru": count("both biases of 3 gates; seven steps each", macs=1, bias=6, outputs=7),
    "lstm": count("both biases of 4 gates; eight steps each", macs=1, bias=8, outputs=8),
    "conv_transpose": count(_AT_OUTPUTS, weights_at_outputs=1),
    **per_input(
        "batch_norm instance_norm layer_norm", "subtract, divide, scale, shift: as if not folded", affine=4, plain=2
    ),
    "avg_pool": count("a division each", outputs=1),
    **each("adaptive_avg_pool global_avg_pool", count("additions and a division", inputs_and_outputs=1)),
    "prelu": count("one each", inputs=1),
    "softmax": count("exponentials, additions, divisions", inputs=3, sets=-1),
    "upsample, mode: nearest": count("an estimate", outputs=1),
    "upsample, mode: bilinear, 1 axes": count("an estimate", outputs=5),
    "upsample, mode: bilinear, 2 axes": count("an estimate", outputs=11),
    "upsample, mode: bicubic": count("an estimate", outputs=259),
}

_ULTRALYTICS: Rules = {
    **each(f"{_CONVOLUTIONS} conv_transpose linear matmul", count("a product and a sum", macs=2)),
    "gru": count("both biases of 3 gates; seven steps each, all twice", macs=2, bias=12, outputs=14),
    "lstm": count("both biases of 4 gates; eight steps each, all twice", macs=2, bias=16, outputs=16),
    **per_input(
        "batch_norm group_norm instance_norm layer_norm rms_norm",
        "subtract, divide, scale, shift, each twice: as if not folded",
        affine=8,
        plain=4,
    ),
    "avg_pool": count("additions and a division, each twice", windows=2, outputs=2),
    **each("adaptive_avg_pool global_avg_pool", count("one addition more and a division", additions=2, outputs=4)),
    "prelu": count("one each, twice", inputs=2),
    "softmax": count("exponentials, additions, divisions, each twice", inputs=6, sets=-2),
    "log_softmax": count("three each, twice", inputs=6),
    "upsample, mode: bilinear, 1 axes": count("an estimate", outputs=10),
    "upsample, mode: bilinear, 2 axes": count("an estimate", outputs=22),
    "upsample, mode: bilinear, 3 axes": count("an estimate", outputs=62),
    "upsample, mode: bicubic": count("an estimate", outputs=518),
}

_TORCHPROFILE: Rules = {
    **each(f"{_CONVOLUTIONS} linear lstm matmul", _MACS),
    **_NO_SAME,
    "max_unpool": _UNPOOL,
    "conv_transpose": count(_AT_OUTPUTS, weights_at_outputs=1),
    "conv_transpose, groups": count(f"{_AT_OUTPUTS}; groups mistaken", weights_at_outputs_ungrouped=1),
    **per_input("batch_norm group_norm instance_norm layer_norm", "a multiply-add each", affine=1, plain=0),
    **each("avg_pool adaptive_avg_pool global_avg_pool", count("a division each", outputs=1)),
    "leaky_relu": count("one each", outputs=1),
    "mean": count("a division each", outputs=1),
    **each("mul scale", count("a product each", products=1)),
    "local_response_norm": count("two products and the average pool inside", outputs=3),
    "upsample, mode: bilinear, 2 axes": count("four products each", outputs=4),
}

_TABLE = (
    Convention(
        "paper",
        "",
        "MAC",
        each(
            f"{_CONVOLUTIONS} conv_transpose deformable_conv blur_pool locally_connected linear "
            "attention gru lstm matmul",
            _MACS,
        ),
        remark="multiply-adds of convolutions, linear layers and attention alone, as most papers and torchvision's "
        "metadata",
    ),
    Convention(
        "torchinfo",
        "1.8.0",
        "MAC",
        _TORCHINFO,
        functions={},
        remark="mult-adds: parameters at every output position; normalisation once; functions are not seen",
    ),
    Convention(
        "fvcore",
        "0.1.5",
        "MAC",
        _FVCORE,
        remark="calls it FLOPs, a multiply-add is 1; with normalisation and adaptive pools, without biases",
    ),
    Convention("mmengine", "0.10.7", "MAC", _FVCORE, remark="calls it FLOPs; counts as fvcore"),
    Convention(
        "ptflops",
        "0.7.5",
        "MAC",
        _PTFLOPS,
        functions=_PTFLOPS_FUNCTIONS,
        batch="as one, but functions times N",
        remark="default backend: hooks on modules, patches in functions; many modules count twice",
    ),
    Convention(
        "ptflops_aten",
        "0.7.5",
        "MAC",
        {
            **each(f"{_CONVOLUTIONS} conv_transpose linear", _WITH_BIAS),
            "gru": count("one bias of 3 gates", macs=1, bias=3),
            "matmul": _MACS,
        },
        remark="backend aten: multiply-adds and biases",
    ),
    Convention(
        "thop",
        "0.1.1",
        "MAC",
        _THOP,
        functions={},
        remark="calls it MACs, with normalisation and average pools added in; functions are not seen",
    ),
    Convention(
        "ultralytics",
        "2.2.3",
        "FLOP",
        _ULTRALYTICS,
        functions=each("linear matmul", count("a product and a sum", macs=2)),
        remark="GFLOPs before layers are fused, by its own thop on a small image, scaled up: a multiply-add is 2",
    ),
    Convention(
        "calflops_flops",
        "0.3.2",
        "FLOP",
        _CALFLOPS,
        functions={**_CALFLOPS, **_FUNCTIONS},
        remark="a multiply-add is 2; with biases of convolutions, normalisation, pools and activations",
    ),
    Convention(
        "calflops_macs",
        "0.3.2",
        "MAC",
        _CALFLOPS_MACS,
        functions={**_CALFLOPS_MACS, "matmul": _MACS},
        remark="multiply-adds alone",
    ),
    Convention(
        "deepspeed_flops",
        "0.19.8",
        "FLOP",
        _DEEPSPEED,
        functions={**_DEEPSPEED, **_FUNCTIONS},
        remark="a multiply-add is 2; as calflops, but for transposed convolutions and upsampling",
    ),
    Convention("deepspeed_macs", "0.19.8", "MAC", _DEEPSPEED_MACS, remark="multiply-adds alone"),
    Convention(
        "torchprofile",
        "0.1.0",
        "MAC",
        _TORCHPROFILE,
        means=each("global_avg_pool", count("a division each", outputs=1)),
        remark="multiply-adds, with normalisation, average pools and products of tensors",
    ),
    Convention(
        "torch",
        "2.15",
        "FLOP",
        each(f"{_CONVOLUTIONS} conv_transpose gru linear matmul", count("a product and a sum", macs=2)),
        remark="torch.utils.flop_counter: a multiply-add is 2, and nothing else is counted",
    ),
    XLA,
)

CONVENTIONS: Mapping[str, Convention] = {convention.name: convention for convention in _TABLE}
"""Every convention by name."""
