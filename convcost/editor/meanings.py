"""What the words of the spec language mean, in a line each: an editor shows it beside the word."""

from __future__ import annotations

from convcost.figures import Figure

SPEC = {
    "network": "The network's name. Without it, the file's.",
    "symbols": "Names for numbers that the description uses, with their defaults. One without a value must be set.",
    "input": "The shape of what the network reads, for one sample.",
    "inputs": "The shapes of what a network with several inputs reads, by name.",
    "blocks": "Lists of layers with a name and arguments, to be used like operators.",
    "layers": "The layers in order. Each reads the one above it, unless `from` says otherwise.",
    "outputs": "The layers whose outputs are the network's. Without it, the last.",
    "variants": "Named settings of the symbols, as the rows of a paper's table.",
    "expect": "Figures that the network must have: `convcost check` says where it has not.",
}
"""The keys at the top of a spec."""

BESIDE = {
    "name": "The layer's name. Without it, the operator's or block's: `conv`, `conv_2`.",
    "from": "The layers that it reads, by name; `input` is what the network or the block is given; `split.0` is one "
    "output of several. Without it, the layer above.",
    "when": "A condition: where it does not hold, this is left out, as if it were not written.",
    "repeat": "How many times it stands here, one after the other.",
    "rows": "A table of layers: the names of the columns, such as arguments, then the values of each layer.",
    "share": "The layer whose weights it uses: parameters once, cost twice.",
    "expect": "Figures that this layer or block must have, all its repetitions together.",
}
"""The keys beside a layer's operator or block."""

SHAPE = {
    "channels": "Channels; the features of a vector.",
    "size": "One number per spatial axis; none for a vector.",
}
"""The keys of an input."""

BLOCK = {
    "args": "The block's arguments. A default makes one optional. One that a layer applies, `- act`, names an operator "
    "or a block.",
    "layers": "The block's layers. They see its arguments, the symbols, and `input.channels`, `input.size`, "
    "`input.height`, ...",
    "outputs": "The layers whose outputs the block hands on, or names for them: `block.name`. Without it, the last.",
}
"""The keys of a block."""

EXPECT = {
    "dtype": "The type whose size gives bytes; float32 without it.",
    "batch": "The samples that figures are of; 1 without it.",
    "optimizer": "What training steps with; momentum without it.",
    "precision": "The types that training works with, as amp-bf16; fp32 without it.",
    "convention": "How macs are counted; convcost's own way without it.",
    "variant": "The variant that a row of figures is about.",
    "at": "Figures at other settings of the symbols: {alpha: 0.5, macs: ~ 150 M}.",
}
"""The keys of `expect` that say how figures are taken, or where."""

_STATED = {
    "": "A number, a bound (`<= 26 M`), a range (`25e6 .. 26e6`), or `~ 25.6 M`, rounded as it is written. What starts "
    "with > needs quotes.",
    "bytes": "A number of bytes, or a bound: `<= 100 MiB`.",
    "px": "One number for all axes, or a list.",
    "CxHxW": "",
}
"""How figures are stated, by their unit."""

ARGUMENTS = {
    "affine": "Whether there is a learned scale and shift.",
    "align_corners": "Whether the first and the last positions of input and output meet; else centres of pixels do.",
    "approximate": "`tanh`: a tanh in place of the error function.",
    "axis": "The axis, or axes.",
    "before": "Whether they come before the input's, and not behind them.",
    "bias": "Whether a learned number is added to each output channel.",
    "bidirectional": "Whether there are states from the end to the start, too.",
    "by": "One fixed number, which is no parameter.",
    "ceil_mode": "Whether a last window that only partly fits counts.",
    "channels": "The channels of each part.",
    "connections": "For each output channel, the input channels that it reads, counted from 0.",
    "count": "How many.",
    "cut": "The sizes of the parts of every axis, the channels first and the major part first.",
    "deform_groups": "Groups of channels with offsets of their own.",
    "dilation": "Positions from one tap of the kernel to the next.",
    "exponent": "The power.",
    "factor": "Positions along each axis that one position becomes, or that become one.",
    "function": "Which function.",
    "groups": "Parts of the channels, each convolved on its own.",
    "heads": "Parts of the channels that attend on their own.",
    "hidden": "Numbers of the state, in each direction.",
    "include_pad": "Whether padding counts in the mean.",
    "indices": "Whether a second output says where the maxima were, for max_unpool.",
    "kernel": "Taps of the window.",
    "key": "The width of queries and keys, in each head. Without it, channels / heads.",
    "like": "A layer whose output's spatial size is meant, instead of `size`.",
    "max": "The greatest number that is left.",
    "min": "The least number that is left.",
    "mode": "How values between positions are found.",
    "modulated": "Whether each tap is weighted by a learned mask, too.",
    "multiplier": "Filters per channel.",
    "offset_channels": "Channels of the offset branch; they follow from the rest.",
    "order": "Of which parts, counted from 0 over all axes, every axis of the output is made.",
    "out": "Output channels, or features.",
    "out_bias": "Whether the last linear layer has biases. Without it, as `bias`.",
    "output_padding": "Positions more at the end of the output.",
    "over": "The axes that are taken together.",
    "p": "The share of the elements that is dropped.",
    "padding": "Zeros around the input. `same`: the output is ceil(input/stride), an odd zero comes after.",
    "padding_mode": "What lies around the input: zeros, or the input mirrored, its border, or the input again.",
    "parts": "How many equal parts.",
    "per": "What there is one number for.",
    "project": "Whether there is a last linear layer. Without it, the output is what the heads found.",
    "relative": "What a score gets for how far its key is from its query: products with trained vectors, or a number.",
    "running_stats": "Whether mean and variance are held, and not those of each sample.",
    "scale": "How many times larger.",
    "size": "The output's spatial size.",
    "start": "The first position that is taken; a negative one counts from the end.",
    "step": "From one position that is taken to the next.",
    "stop": "The first position that is not taken; a negative one counts from the end. Without it, all are.",
    "stride": "Positions from one window to the next.",
    "table": "How many numbers are held, of which one is picked for every element, as for relative positions.",
    "to": "Which whole number: the nearest, or the next one above or below.",
    "trained": "Whether the numbers are trained, or held as they are.",
    "value": "The width of values, in each head. Without it, channels / heads.",
    "weight_norm": "Whether a filter is a direction and a trained length: one more parameter for each output.",
    "weights": "Whether weights are trained, or the indices of the channels that they multiply, 0, 1, 2, ....",
    "window": "Positions of the windows that attend within themselves. Without it, all positions attend to all.",
}
"""The arguments of operators; those of the library's blocks that bear these names mean the same."""

OF_ONE = {
    ("attention", "bias"): "Whether queries, keys and values have biases.",
    ("attention", "out"): "Output channels. Without it, as many as the input has.",
    ("append", "axis"): "The axis along which they are stacked.",
    ("attention", "stride"): "Positions that are averaged to one, in windows, before keys and values are made of them.",
    ("blur_pool", "kernel"): "Taps of the fixed kernel, a row of Pascal's triangle.",
    ("channel_shuffle", "groups"): "Groups of channels whose members are dealt out in turn.",
    (
        "conv_transpose",
        "padding",
    ): "Positions cut off the output: that of the convolution it transposes; `same` and `valid` as in Keras.",
    ("conv_transpose", "stride"): "Positions of the output from one element of the input to the next.",
    ("concat", "axis"): "The axis along which they are stacked.",
    ("class_token", "count"): "How many tokens.",
    ("flatten", "over"): "What becomes one axis: all numbers, or the positions.",
    (
        "grid_sample",
        "align_corners",
    ): "Whether -1 and 1 are the first and the last position; else they are the edges of these pixels.",
    ("grid_sample", "mode"): "What is read at a place: the nearest position, or what lies between its neighbours.",
    ("grid_sample", "padding_mode"): "What lies around the map: zeros, or the map mirrored, or its border.",
    ("group_norm", "groups"): "Groups of channels that are normalised together.",
    ("log_softmax", "groups"): "Blocks of channels, each of which has sums of its own.",
    ("local_response_norm", "size"): "Neighbouring channels that are summed over.",
    ("locally_connected", "bias"): "Whether a learned number is added to each output.",
    ("matmul", "groups"): "Parts of the channels that are multiplied on their own: heads of attention.",
    ("matmul", "over"): "What is summed over of the second input: its channels, or its positions.",
    ("max_unpool", "kernel"): "The pool's kernel.",
    (
        "max_unpool",
        "size",
    ): "The output's spatial size, that of the pool's input. Without it, up to the last window's end.",
    ("max_unpool", "stride"): "The pool's stride.",
    ("pad", "channels"): "Zero channels before and after the input's.",
    ("pad", "mode"): "What is put around the input: zeros, or the input mirrored, its border, or the input again.",
    ("pad", "padding"): "Positions around the input; they count as data afterwards. Negative ones are cut off.",
    ("prelu", "per"): "Whether there is a slope for each channel, or one for all.",
    ("reshape", "channels"): "The channels. Without it, as many as follow.",
    ("reshape", "size"): "The output's spatial size, of any number of axes.",
    ("slice", "axis"): "The axes along which a part is taken.",
    ("softmax", "groups"): "Blocks of channels, each of which adds up to 1.",
    ("swish", "per"): "Whether there is a beta for each channel, or one for all. A fixed beta of 1 is `silu`.",
    ("transpose", "axis"): "The axis that changes places with the channels; needed where there are several.",
}
"""(operator, argument) where the word means something else."""

IN_BLOCKS = {
    "act": "The activation. `identity` is none.",
    "dense": "The layer that narrows the means and widens them again: `linear`, or `{conv: {kernel: 1}}`.",
    "expansion": "The factor that widens the channels.",
    "first_groups": "The groups of the first convolution.",
    "five": "Channels of the 5x5 convolution.",
    "gate": "What makes factors of numbers.",
    "growth": "Channels that are added.",
    "middle": "Channels between the two convolutions.",
    "one": "Channels of the 1x1 convolution.",
    "pool": "Channels of the 1x1 convolution after the pool.",
    "project": "Whether the shortcut is a 1x1 convolution; else it is the identity.",
    "rate": "The smallest dilation.",
    "reduce3": "Channels of the 1x1 convolution before the 3x3.",
    "reduce5": "Channels of the 1x1 convolution before the 5x5.",
    "reduction": "The factor that narrows the channels.",
    "squeeze": "Channels of the first 1x1 convolution.",
    "squeezed": "Channels between the two layers of the gate.",
    "three": "Channels of the 3x3 convolution.",
    "width": "Channels inside, between the first convolution and the last.",
}
"""The arguments that only blocks of the library have."""


def argument_meaning(kind: str, argument: str) -> str:
    """Return what an argument of an operator, or of a block of the library, means."""
    return OF_ONE.get((kind, argument)) or ARGUMENTS.get(argument) or IN_BLOCKS[argument]


def figure_meaning(figure: Figure) -> str:
    """Return what a figure is, and how `expect` states it."""
    return " ".join(filter(None, (figure.meaning, "For one sample." * figure.per_sample, _STATED[figure.unit])))
