"""What frameworks and papers call things that have another name here; only for help texts, never accepted."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from convcost.errors import closest, did_you_mean

LAYERS = {
    "bn": "batch_norm",
    "conv_dw": "depthwise_conv",
    "deconv": "conv_transpose",
    "dense": "linear",
    "dwconv": "depthwise_conv",
    "fc": "linear",
    "fully_connected": "linear",
    "gap": "global_avg_pool",
    "gemm": "linear",
    "inner_product": "linear",
    "instance_norm": "group_norm: {groups: input.channels}",
    "interpolate": "upsample",
    "lrelu": "leaky_relu",
    "lrn": "local_response_norm",
    "matmul": "linear",
    "multiply": "mul",
    "pool": "max_pool",
    "residual": "add: {body: [...], short: []}",
    "resize": "upsample",
    "se": "squeeze_excite",
    "separable": "depthwise_separable",
    "separable_conv": "depthwise_separable",
    "sum": "add",
    "swish": "silu",
    "transposed_conv": "conv_transpose",
    "zero_pad": "pad",
}

ARGUMENTS = {
    "channels": "out",
    "count_include_pad": "include_pad",
    "dilation_rate": "dilation",
    "features": "out",
    "filters": "out",
    "group": "groups",
    "k": "kernel",
    "kernel_shape": "kernel",
    "kernel_size": "kernel",
    "num_groups": "groups",
    "out_channels": "out",
    "out_features": "out",
    "output_size": "size",
    "pads": "padding",
    "pool_size": "kernel",
    "ratio": "reduction",
    "scale_factor": "scale",
    "strides": "stride",
    "units": "out",
    "use_bias": "bias",
}

FIGURES = {
    "flops": "`macs` counts a multiply-add once",
    "gmacs": "write `macs: 4.1 G`, or a bound, `macs: <= 4.1 G`",
    "madds": "it is called `macs` here",
    "memory": "there are `peak_memory`, of activations, and `weight_memory`",
    "mult_adds": "it is called `macs` here",
    "multiply_adds": "it is called `macs` here",
    "parameters": "it is called `params` here",
    "rf": "it is called `receptive_field` here",
    "shape": "it is called `output_shape` here",
    "stride": "it is called `effective_stride` here",
    "trainable_params": "it is called `params` here",
    "weights": "there are `params`, and `weight_memory` in bytes",
}


def meant_figure(word: str) -> str | None:
    """Return a help text for a figure that goes by another name here."""
    return FIGURES.get(word.lower().replace("-", "_"))


def meant_layer(word: str, known: Iterable[str]) -> str | None:
    """Return a help text for a layer that there is not."""
    plain = word.lower().replace("-", "_")
    if plain in ("type", "op", "block"):
        return "a layer is written `- conv: {out: 8, kernel: 3}`"
    return f"it is called `{LAYERS[plain]}` here" if plain in LAYERS else did_you_mean(word, known)


def meant_argument(word: str, known: Collection[str]) -> str | None:
    """Return the argument of a layer that another name for it means, else the one that is most like the word."""
    meant = ARGUMENTS.get(word.lower())
    return meant if meant in known else closest(word, known)
