"""What PyTorch 2 keeps for the backward pass, run operator by operator in training mode, on the CPU and in float32.

Measured with `torch.autograd.graph.saved_tensors_hooks`: the storages that are packed, each once, without those of
parameters and buffers. What is no module of PyTorch is as `convcost export --to pytorch` writes it, but for deformable
convolution, which is torchvision's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcost.memory.rule import Count, Rule, Types
from convcost.network import Layer
from convcost.ops.numbers import Number, maximum, minimum, product

_INDEX, _BOOL = 8, 1


_CAST = Types("cast", "cast", "cast")
_FLOAT = Types("own", "own", "own")
_WIDE = Types("", "wide", "wide")


def _cast(layer: Layer) -> Types:
    return _CAST


def _mirrored(layer: Layer) -> Types:
    return _CAST._replace(reads="own") if _mirrors(layer, _of(layer).padding_mode) else _CAST


def _mirrors(layer: Layer, mode: str) -> bool:
    """Whether padding with the map's own numbers is done in float32."""
    return mode in ("reflect", "replicate") and layer.input_shapes[0].rank < 3


def _wide(layer: Layer) -> Types:
    """Mixed with parameters, numbers take their type."""
    return _WIDE if layer.held.total != 0 else Types()


def _wide_maps(layer: Layer) -> Types:
    """What is summed up by a pool of three axes is float32, and so is what it is mixed with."""
    return _WIDE if layer.input_shapes[0].rank > 1 else Types()


def _float_in_3d(layer: Layer) -> Types:
    return _FLOAT if layer.input_shapes[0].rank == 3 else Types()


def _of(layer: Layer) -> Any:
    """The operator, with its own arguments."""
    return layer.operator


def _made(layer: Layer) -> Number:
    return layer.output_shapes[0].elements


def _channels(layer: Layer) -> Number:
    return layer.input_shapes[0].channels


def _weights(layer: Layer) -> Number:
    return layer.held.weights


def _sides(layer: Layer) -> list[tuple[Number, Number]]:
    """The padding of each axis, before and after."""
    windows: Any = layer.reads[0]
    return [(window.before, window.after) for window in windows]


def _is_uneven(layer: Layer) -> Number:
    """1 where one side is padded more than the other, which makes a tensor of its own."""
    return minimum(1, sum(maximum(after - before, before - after) for before, after in _sides(layer)))


def _padded(layer: Layer) -> Number:
    sizes = zip(layer.input_shapes[0].size, _sides(layer), strict=True)
    return _channels(layer) * product(n + before + after for n, (before, after) in sizes)


def _widened(layer: Layer) -> Number:
    """What the gradient of a padded input has more than that of the input."""
    return _padded(layer) - layer.input_shapes[0].elements


def _unevenly_widened(layer: Layer) -> Number:
    return _is_uneven(layer) * _widened(layer)


def _conv_is_copied(layer: Layer) -> Number:
    return {"zeros": _is_uneven(layer), "circular": 1}.get(_of(layer).padding_mode, 0)


def _conv_widened(layer: Layer) -> Number:
    return _conv_is_copied(layer) * (_padded(layer) - layer.input_shapes[0].elements)


def _conv_numbers(layer: Layer) -> Number:
    """The padded input where it is kept beside the input."""
    return _padded(layer) if _of(layer).padding_mode in ("reflect", "replicate") else 0


def _worked_out(layer: Layer) -> Number:
    """The weights that are worked out of others, and that have a norm for each output."""
    return layer.held.weights - layer.output_shapes[0].channels if getattr(_of(layer), "weight_norm", False) else 0


def _norms(layer: Layer) -> Number:
    """They are float32, whatever the weights are."""
    return 4 * layer.output_shapes[0].channels if getattr(_of(layer), "weight_norm", False) else 0


def _blur_pool(layer: Layer) -> Number:
    sizes = zip(layer.input_shapes[0].size, _of(layer).kernel, strict=True)
    return _channels(layer) * product(n + k - 1 for n, k in sizes)


def _blur_widened(layer: Layer) -> Number:
    return _blur_pool(layer) - layer.input_shapes[0].elements


def _deformed(layer: Layer) -> Number:
    """What the layer computes itself of where it reads."""
    if len(layer.inputs) > 1:
        return 0
    return _of(layer).predicted_channels() * product(layer.output_shapes[0].size)


def _unfolded(layer: Layer) -> Number:
    return _channels(layer) * product(_of(layer).kernel) * product(layer.output_shapes[0].size)


def _rows(layer: Layer) -> Number:
    """The numbers that are normalised by one deviation each."""
    over = _of(layer).over
    return product(n for axis, n in enumerate(layer.input_shapes[0].numbers) if axis not in over)


def _instances(layer: Layer) -> Number:
    """What is held, once for each sample."""
    norm = _of(layer)
    return _channels(layer) * (2 * norm.running_stats + norm.affine)


def _energies(layer: Layer) -> Number:
    """The squares with zeros around them, what they sum up to, and a power of that."""
    return 3 * _made(layer) + (_of(layer).size - 1) * product(layer.input_shapes[0].size)


def _tokens(layer: Layer) -> Number:
    """The input as tokens, once for the queries, once for the keys and once for the values."""
    return layer.input_shapes[0].elements + 2 * layer.input_shapes[-1].elements


def _attention(layer: Layer) -> Number:
    """Queries, keys and values, the scores, and what goes into the last linear layer."""
    attention, (x, *others) = _of(layer), layer.input_shapes
    key, value, _ = attention.widths(x)
    (tokens, each), queries = attention.tokens(x, *others), product(x.size)
    relative = x.rank if attention.relative == "embedding" else 0
    last = value if attention.project else 0
    return queries * ((1 + relative) * key + attention.heads * each + last) + tokens * (key + value)


def _scores_twice(layer: Layer) -> Number:
    """The gradients of the scores, before softmax and after it; what is free by then is not there beside them."""
    attention, (x, *others) = _of(layer), layer.input_shapes
    each, queries = attention.tokens(x, *others)[1], product(x.size)
    _, value, _ = attention.widths(x)
    free = _made(layer) + sum(shape.elements for shape in layer.input_shapes)
    free += queries * value if attention.project else 0
    return maximum(2 * queries * attention.heads * each - free, 0)


def _gates(layer: Layer) -> Number:
    """The gradients of what is the same for many positions, before they are added up."""
    made = layer.output_shapes[0].numbers
    return _made(layer) * sum(shape.numbers != made for shape in layer.input_shapes)


def _times(count: int) -> Count:
    return lambda layer: count * _made(layer)


def _directions(layer: Layer) -> Number:
    return layer.input_shapes[0].elements * (1 + _of(layer).bidirectional)


_NOTHING = Rule()
_MOVED = Rule(channels_last=False)
_VIEW = Rule(is_view=True)
_SHAPE = Rule(is_reshaped=True, channels_last=False, passes_gradient=True)
_INPUT = Rule(inputs=True)
_OUTPUT = Rule(output=True)
_BOTH = Rule(inputs=True, output=True)
_EITHER = Rule(overwrites=True)
_FACTORS = Rule(factors=True)
_CONV = Rule(
    inputs=True,
    types=_mirrored,
    is_copied=_conv_is_copied,
    copy=_padded,
    numbers=_conv_numbers,
    once=_worked_out,
    bytes_once=_norms,
    beside=_conv_widened,
)
_MAX = Rule(inputs=True, bytes=lambda layer: _made(layer) * _INDEX, types=_float_in_3d)

# fmt: off
RULES: Mapping[str, Rule] = {
    "abs": _INPUT,
    "adaptive_avg_pool": Rule(
        inputs=True, is_copied=lambda layer: int(all(n == 1 for n in _of(layer).size)), types=_float_in_3d,
    ),
    "adaptive_max_pool": _MAX,
    "add": Rule(passes_gradient=True),
    "append": Rule(channels_last=False, types=_wide),
    "arg_max": _NOTHING,
    "attention": Rule(
        of_tokens=True, copy=_tokens, numbers=_attention, channels_last=True, beside=_scores_twice, types=_cast,
    ),
    "avg_pool": Rule(
        inputs=True, is_copied=_is_uneven, copy=_padded, beside=_unevenly_widened, types=_float_in_3d,
    ),
    "batch_norm": Rule(inputs=True, once=lambda layer: 2 * _channels(layer)),
    "blur_pool": Rule(
        inputs=True, numbers=_blur_pool, beside=_blur_widened, types=lambda _: Types("own", "cast", "cast"),
        weights=lambda layer: _channels(layer) * product(_of(layer).kernel),
    ),
    "celu": _EITHER,
    "channel_shuffle": _MOVED,
    "class_token": Rule(channels_last=False, types=_wide),
    "clip": _INPUT,
    "compare": _NOTHING,
    "concat": Rule(channels_last=False, passes_gradient=True),
    "conv": _CONV,
    "conv_transpose": Rule(inputs=True, types=_cast),
    "crop": _VIEW,
    "deformable_conv": Rule(inputs=True, numbers=_deformed),
    "depthwise_conv": _CONV,
    "div": Rule(inputs=True, beside=lambda layer: 2 * _made(layer) + _gates(layer)),
    "dropout": Rule(numbers=lambda layer: _made(layer) if _of(layer).p else 0),
    "elu": _EITHER,
    "exp": _OUTPUT,
    "flatten": _SHAPE,
    "gelu": _INPUT,
    "global_avg_pool": _MOVED,
    "global_max_pool": _MAX,
    "grid_sample": Rule(inputs=True, types=lambda _: _FLOAT),
    "group_norm": Rule(inputs=True, numbers=lambda layer: 2 * _of(layer).groups),
    "gru": Rule(types=_cast, is_copied=lambda _: 1, copy=_directions, numbers=lambda layer: 7 * _made(layer)),
    "hard_sigmoid": _INPUT,
    "hard_swish": _INPUT,
    "hard_tanh": _INPUT,
    "identity": Rule(is_view=True, passes_gradient=True),
    "instance_norm": Rule(inputs=True, numbers=lambda layer: 2 * _channels(layer), own=_instances),
    "l2_norm": Rule(inputs=True, output=True, beside=lambda layer: layer.input_shapes[0].elements),
    "layer_norm": Rule(inputs=True, numbers=lambda layer: 2 * _rows(layer), channels_last=True),
    "leaky_relu": _EITHER,
    "linear": Rule(inputs=True, for_weights=True, once=_worked_out, bytes_once=_norms, types=_cast),
    "local_response_norm": Rule(inputs=True, numbers=_energies, beside=_times(3), types=_wide_maps),
    "locally_connected": Rule(
        numbers=_unfolded, beside=_unfolded,
        types=lambda layer: _CAST._replace(writes="own" if _of(layer).bias else "cast"),
    ),
    "log_softmax": _OUTPUT,
    "lstm": Rule(  # the states at both ends, and weights that are laid together where there are no biases
        is_copied=lambda _: 1, copy=lambda layer: layer.input_shapes[0].elements,
        numbers=lambda layer: _made(layer) + 4 * layer.output_shapes[0].channels,
        once=lambda layer: 0 if _of(layer).bias else _weights(layer),
    ),
    "matmul": Rule(factors=True, types=_cast),
    "max": _BOTH,
    "max_pool": Rule(
        inputs=True, is_copied=_is_uneven, copy=_padded, bytes=lambda layer: _made(layer) * _INDEX,
        beside=_unevenly_widened, types=_float_in_3d,
    ),
    "max_unpool": _NOTHING,
    "maximum": Rule(inputs=True, beside=_times(2)),
    "mean": _NOTHING,
    "min": _BOTH,
    "minimum": Rule(inputs=True, beside=_times(2)),
    "mish": _INPUT,
    "mul": Rule(factors=True, beside=_gates),
    "pad": Rule(
        inputs=True, is_copied=lambda layer: int(_of(layer).mode in ("zeros", "circular")),
        types=lambda layer: _FLOAT if _mirrors(layer, _of(layer).mode) else Types(),
    ),
    "pixel_shuffle": _MOVED,
    "pixel_unshuffle": _MOVED,
    "pow": Rule(inputs=True, beside=_times(2)),
    "prelu": Rule(inputs=True, beside=_made, types=_cast),
    "rbf": Rule(numbers=lambda layer: _of(layer).out * layer.input_shapes[0].elements),
    "rearrange": _MOVED,
    "reciprocal": Rule(output=True, beside=_times(2)),
    "relu": _OUTPUT,
    "relu6": _INPUT,
    "reshape": _SHAPE,
    "rms_norm": Rule(
        inputs=True, numbers=lambda layer: _made(layer) * _of(layer).affine + _rows(layer), channels_last=True,
        beside=_times(2), types=lambda _: Types("float", "float", ""),
    ),
    "round": _NOTHING,
    "scale": Rule(factors=True, types=_wide, beside=lambda layer: _made(layer) * (layer.held.total != 0)),
    "selu": _EITHER,
    "shift": Rule(passes_gradient=True, types=_wide),
    "sigmoid": _OUTPUT,
    "silu": _INPUT,
    "slice": _VIEW,
    "softmax": _OUTPUT,
    "softplus": _INPUT,
    "split": _VIEW,
    "sqrt": _OUTPUT,
    "sub": _NOTHING,
    "subsample": Rule(inputs=True, numbers=_made, types=_cast),
    "sum": Rule(passes_gradient=True),
    "swish": Rule(inputs=True, numbers=_made, types=_wide),
    "tanh": _OUTPUT,
    "transcendental": _INPUT,
    "transpose": Rule(is_view=True, passes_gradient=True),
    "upsample": _NOTHING,
    "where": Rule(bytes=lambda layer: _made(layer) * _BOOL),
}
"""What is kept of every operator."""

IN_16_BITS: Mapping[str, Rule] = {
    "lstm": Rule(types=_cast, is_copied=lambda _: 1, copy=_directions, numbers=lambda layer: 7 * _made(layer)),
}
"""What is kept of operators that run otherwise where they are given numbers of 16 bits, or autocast gives them such."""
