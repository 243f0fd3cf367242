"""What frameworks and papers call things that have another name here; only for help texts, never accepted."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache

from convcost.errors import closest

LAYERS = {
    "abs": "absval absolute",
    "adaptive_avg_pool": "adaptiveaveragepooling",
    "adaptive_max_pool": "adaptivemaxpooling",
    "add": "sum shortcut residual skip",
    "arg_max": "argmax argmin",
    "atrous_pyramid": "aspp",
    "attention": "multiheadattention mha selfattention multiheadselfattention groupqueryattention",
    "avg_pool": "averagepooling averagepool",
    "batch_norm": "bn batchnormalization syncbatchnorm lazybatchnorm",
    "blur_pool": "blurpooling antialiaspool",
    "channel_shuffle": "shufflechannel shuffle",
    "class_token": "clstoken prependtoken",
    "clip": "clamp clipbyvalue",
    "concat": "concatenate cat route merge",
    "conv": "convolution convolutional lazyconv",
    "conv_transpose": "deconv deconvolution convtranspose transposedconv lazyconvtranspose upconv",
    "crop": "cropping centercrop",
    "deformable_conv": "deformconv dcn dcnv2",
    "depthwise_conv": "dwconv convdw depthwiseconvolution",
    "depthwise_separable": "separable separableconv sepconv depthwiseseparableconv dsconv",
    "div": "divide truediv",
    "dropout": "alphadropout featurealphadropout spatialdropout gaussiandropout",
    "exp": "exponential",
    "global_avg_pool": "gap globalaveragepooling globalaveragepool",
    "global_max_pool": "gmp globalmaxpooling",
    "grid_sample": "gridsample gridsampler",
    "group_norm": "gn groupnormalization",
    "hard_sigmoid": "hsigmoid",
    "hard_swish": "hswish",
    "hard_tanh": "htanh",
    "instance_norm": "instancenormalization lazyinstancenorm",
    "inverted_residual": "mbconv",
    "l2_norm": "reducel2 norm linalgnorm vectornorm",
    "layer_norm": "ln layernormalization",
    "leaky_relu": "lrelu leaky",
    "gru": "lazygru grucell",
    "linear": "dense fc fullyconnected gemm innerproduct connected lazylinear",
    "log_softmax": "logsoftmax",
    "local_response_norm": "lrn crossmaplrn",
    "locally_connected": "local locallyconnected",
    "lstm": "lstmcell lazylstm",
    "matmul": "bmm dot einsum batchmatmul",
    "max": "reducemax amax",
    "max_pool": "maxpooling",
    "max_unpool": "maxunpool maxunpooling unpool unpooling",
    "mean": "reducemean",
    "min": "reducemin amin",
    "mul": "multiply",
    "pad": "zeropad zeropadding constantpad reflectionpad replicationpad circularpad",
    "pixel_shuffle": "depthtospace subpixel",
    "pixel_unshuffle": "spacetodepth focus reorg pixelunshuffle",
    "pow": "power square",
    "reshape": "view unflatten",
    "rms_norm": "rmsnormalization",
    "scale": "layerscale gamma",
    "shift": "positionembedding positionalembedding posembed",
    "slice": "stridedslice narrow select",
    "split": "chunk",
    "sqrt": "squareroot",
    "squeeze_excite": "se seblock selayer squeezeandexcitation",
    "sub": "subtract",
    "sum": "reducesum",
    "transpose": "permute swapaxes",
    "upsample": "interpolate interp resize resizing upsampling upsamplingnearest upsamplingbilinear",
}
"""What torch, Keras, Caffe, ONNX and Darknet call an operator or a block, as `_folded` leaves it."""

OTHERWISE = {
    "an activation is a layer of its own, such as `- relu`": "activation",
    "it is `add`, then `scale`, such as `scale: {by: 1/2}`": "average",
    "it is `add` or `mul`": "eltwise",
    "it is `conv`, for standardised weights change no figure": "stdconv stdconvsame scaledstdconv wsconv "
    "weightstandardization weightstandardizedconv",
    "it is `conv` or `linear` with `weight_norm: true`": "weightnorm weightnormalization",
    "it is `conv` with `dilation`": "dilatedconv atrousconv",
    "it is `conv` with `groups`": "groupedconv groupconv",
    "it is `conv` with `kernel: 1`": "pointwise pointwiseconv conv1x1",
    "it is `conv` with `kernel: 3`": "conv3x3",
    "it is `identity` when a network is used": "droppath stochasticdepth gaussiannoise activityregularization",
    "it is `max_pool` or `avg_pool`": "pool pooling",
    "it is `scale`, or part of `batch_norm` where it stands behind one": "scale",
    "it is `silu`, or `swish` where its beta is trained": "swish",
    "layers stand in a list, one after another": "sequential modulelist",
    "a layer is written `- conv: {out: 8, kernel: 3}`": "type op block",
    "the input is `input:` at the top of the spec": "input data imagedata inputlayer dummydata",
}
"""What is written in another way here."""

NOT_HERE = (
    "adaptivelogsoftmaxwithloss additiveattention batchreindex bidirectional bilinear bnll c2f c2psa c3 "
    "c3k2 convlstm cosinesimilarity cost detect detectionoutput dropblock einsumdense embed embedding "
    "embeddingbag filter fold fractionalmaxpool ghostconv glu hardshrink im2col lambda log logsigmoid lppool "
    "masking mlp mvn pairwisedistance priorbox reduction region repeatvector rescaling rnn rnncell roialign "
    "roipooling rrelu silence simplernn softmin softshrink softsign spectralnormalization spp sppf tanhshrink "
    "threshold thresholdedrelu timedistributed transformer transformerdecoder transformerdecoderlayer "
    "transformerencoder transformerencoderlayer unfold unitnormalization yolo"
)
"""What there is no operator for."""

ARGUMENTS = {
    "act_layer": "act",
    "activation": "act",
    "activation_layer": "act",
    "axes": "over",
    "axis": "over",
    "block_size": "factor",
    "blocksize": "factor",
    "channels": "out",
    "count_include_pad": "include_pad",
    "dilation_rate": "dilation",
    "dim": "over",
    "downscale_factor": "factor",
    "elementwise_affine": "affine",
    "features": "out",
    "filters": "out",
    "group": "groups",
    "hidden_size": "hidden",
    "k": "kernel",
    "kernel_shape": "kernel",
    "kernel_size": "kernel",
    "max_val": "max",
    "min_val": "min",
    "normalized_shape": "over",
    "num_groups": "groups",
    "num_heads": "heads",
    "out_channels": "out",
    "out_features": "out",
    "output_size": "size",
    "pads": "padding",
    "pool_size": "kernel",
    "ratio": "reduction",
    "return_indices": "indices",
    "rd_channels": "squeezed",
    "squeeze_channels": "squeezed",
    "scale_factor": "scale",
    "strides": "stride",
    "track_running_stats": "running_stats",
    "units": "out",
    "upscale_factor": "factor",
    "use_bias": "bias",
    "window_size": "window",
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
    """Return a help text for a layer that there is not; None if nothing is like the word.

    >>> meant_layer("SeparableConv2D", [])
    'it is called `depthwise_separable` here'
    >>> meant_layer("nn.Softsign", ["softmax"])
    'there is no operator for it here'
    """
    helps = _helps()
    plain = _folded(word)
    if plain in helps:
        return helps[plain]
    close = closest(plain, [*known, *helps])
    return helps.get(close, f"did you mean `{close}`?") if close else None


@cache
def _helps() -> dict[str, str]:
    """A help text for every name that others have for a layer."""
    texts = {f"it is called `{name}` here": words for name, words in LAYERS.items()}
    texts |= OTHERWISE | {"there is no operator for it here": NOT_HERE}
    return {word: text for text, words in texts.items() for word in words.split()}


def _folded(word: str) -> str:
    """A name without its module, case, underscores and number of axes."""
    return re.sub(r"[_\W]|[123]d", "", word.rpartition(".")[2].lower())


ELSEWHERE = {
    "act": "an activation is a layer of its own, below: `- relu`",
    "activation": "an activation is a layer of its own, below: `- relu`",
    "cond": "a condition is `when`",
    "else": "a layer of its own has the opposite condition: `when: not (...)`",
    "enabled": "a condition is `when`",
    "id": "a layer's name is `name`",
    "if": "a condition is `when`",
    "input": "what a layer reads is `from`",
    "inputs": "what a layer reads is `from`",
    "times": "a layer is repeated with `repeat`",
    "unless": "a condition is `when`: `when: not (...)`",
}
"""What layers are given in other languages and have otherwise here."""


def elsewhere(word: str) -> str | None:
    """Return how what a word says of a layer is said here; None for any other word."""
    return ELSEWHERE.get(word.lower())


def stands_for(word: str, argument: str | None) -> bool:
    """Return whether a word is another name for an argument."""
    return argument is not None and ARGUMENTS.get(word.lower()) == argument


def meant_argument(word: str, known: Collection[str]) -> str | None:
    """Return the argument of a layer that another name for it means, else the one that is most like the word."""
    meant = ARGUMENTS.get(word.lower())
    return meant if meant in known else closest(word, known)
