"""Layers as Flax's modules and jax.nn's functions, and what XLA's cost analysis counts of them before compiling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax import lax

from convcost.network import Layer, Network

Shapes = list[jax.ShapeDtypeStruct]

ACTIVATIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(jax.nn, name) for name in ("relu", "relu6", "sigmoid", "silu", "elu", "celu", "selu", "mish")},
    **{name: getattr(jax.nn, name) for name in ("hard_sigmoid", "softplus")},
    "hard_swish": jax.nn.hard_swish,
    "leaky_relu": jax.nn.leaky_relu,
    **{name: getattr(jnp, name) for name in ("tanh", "exp", "abs", "round", "sqrt")},
    "global_avg_pool": lambda x: x.mean(tuple(range(1, x.ndim - 1))),
    "global_max_pool": lambda x: x.max(tuple(range(1, x.ndim - 1))),
    "identity": lambda x: x,
    "dropout": lambda x: x,
    "flatten": lambda x: x.reshape(x.shape[0], -1),
}

JOINTS: dict[str, Callable[..., Any]] = {
    "sub": jnp.subtract,
    "div": jnp.divide,
    "maximum": jnp.maximum,
    "minimum": jnp.minimum,
}


def flops(run: Callable[..., Any], *given: Any) -> float:
    """Return what XLA counts of a function, as it was lowered."""
    return float(jax.jit(run).lower(*given).cost_analysis().get("flops", 0))


def shape(channels: int, size: tuple[int, ...]) -> jax.ShapeDtypeStruct:
    """A sample, its channels last."""
    return jax.ShapeDtypeStruct((1, *size, channels), "float32")


def of_layer(layer: Layer) -> float | None:
    """Return what XLA counts of a layer; None if it is not known here what it is in Flax."""
    made = module(layer)
    if made is None:
        return None
    run, weights = made
    return flops(run, weights, *[shape(x.channels, x.size) for x in layer.input_shapes])


def of_network(network: Network) -> float:
    """Return what XLA counts of a whole network; all of its layers have to be known here."""
    made = [module(layer) for layer in network.layers]

    def run(weights: list[Any], *xs: Any) -> list[Any]:
        tensors = dict(zip(network.inputs, xs, strict=True))
        for layer, one, held in zip(network.layers, made, weights, strict=True):
            assert one is not None, layer.kind
            tensors[layer.name] = one[0](held, *[tensors[name] for name in layer.inputs])
        return [tensors[name] for name in network.outputs]

    weights = [one[1] for one in made if one]
    return flops(run, weights, *[shape(x.channels, x.size) for x in network.inputs.values()])


def module(layer: Layer) -> tuple[Callable[..., Any], Any] | None:
    """A function of weights and inputs, and the weights' shapes; None if it is not known here."""
    given: Any = layer.operator
    x, y = layer.input_shapes[0], layer.output_shapes[0]
    if layer.kind in ACTIVATIONS:
        return (lambda _, x: ACTIVATIONS[layer.kind](x)), ()
    if layer.kind in JOINTS and len(layer.inputs) == 2 and not hasattr(given, "by"):
        return (lambda _, a, b: JOINTS[layer.kind](a, b)), ()
    match layer.kind:
        case "conv" | "depthwise_conv" | "conv_transpose":
            return convolution(layer)
        case "linear" if not given.weight_norm:
            dense = nn.Dense(given.out, use_bias=given.bias)
            weights = jax.eval_shape(dense.init, jax.random.PRNGKey(0), shape(x.elements, ()))
            return (lambda held, x: dense.apply(held, x.reshape(1, -1))), weights
        case "batch_norm":
            affine = {"use_scale": given.affine, "use_bias": given.affine}
            return of_module(layer, nn.BatchNorm(use_running_average=True, **affine))
        case "layer_norm" | "rms_norm":
            axes = tuple(axis or -1 for axis in given.over)
            affine = {"use_scale": given.affine} | ({"use_bias": given.affine} if layer.kind == "layer_norm" else {})
            make = nn.LayerNorm if layer.kind == "layer_norm" else nn.RMSNorm
            return of_module(layer, make(reduction_axes=axes, feature_axes=axes, **affine))
        case "group_norm" | "instance_norm" if not getattr(given, "running_stats", False):
            groups = x.channels if layer.kind == "instance_norm" else given.groups
            return of_module(layer, nn.GroupNorm(groups, use_scale=given.affine, use_bias=given.affine))
        case "prelu":
            return of_module(layer, nn.PReLU())
        case "softmax" | "log_softmax" if getattr(given, "groups", 1) == 1:
            axes = tuple(axis or -1 for axis in given.over)
            return (lambda _, x: getattr(jax.nn, layer.kind)(x, axis=axes)), ()
        case "max_pool" | "avg_pool" if not getattr(given, "indices", False) and getattr(given, "include_pad", True):
            return pool(layer)
        case "add":
            return (lambda _, *xs: sum(xs[1:], xs[0])), ()
        case "mul":
            return (lambda _, a, b: a * over(b, a) if a.ndim >= b.ndim else over(a, b) * b), ()
        case "concat" if all(one.size == x.size for one in layer.input_shapes):
            return (lambda _, *xs: jnp.concatenate(xs, -1)), ()
        case "channel_shuffle":
            split = (given.groups, x.channels // given.groups)
            return (lambda _, x: x.reshape(*x.shape[:-1], *split).swapaxes(-1, -2).reshape(x.shape)), ()
        case "scale" | "shift" if layer.held.total == x.channels:
            held = jax.ShapeDtypeStruct((x.channels,), "float32")
            return (lambda w, x: x * w if layer.kind == "scale" else x + w), held
        case "gelu":
            return (lambda _, x: jax.nn.gelu(x, approximate=given.approximate == "tanh")), ()
        case "reshape":
            return (lambda _, x: x.reshape(1, *y.size, y.channels)), ()
        case "crop" | "slice" | "split":
            if len(layer.output_shapes) == 1:
                return (lambda _, x: lax.slice(x, (0,) * x.ndim, (1, *y.size, y.channels))), ()
    return None


def over(vector: Any, x: Any) -> Any:
    """A factor for each channel, as a map."""
    return vector.reshape(vector.shape[0], *(1,) * (x.ndim - 2), -1) if vector.ndim < x.ndim else vector


def of_module(layer: Layer, module: nn.Module) -> tuple[Callable[..., Any], Any]:
    x = layer.input_shapes[0]
    weights = jax.eval_shape(module.init, jax.random.PRNGKey(0), shape(x.channels, x.size))
    return module.apply, weights


def convolution(layer: Layer) -> tuple[Callable[..., Any], Any] | None:
    """What flax.linen.Conv lowers to, with the padding on each side as it is here."""
    given: Any = layer.operator
    x, y = layer.input_shapes[0], layer.output_shapes[0]
    if getattr(given, "connections", None) or getattr(given, "weight_norm", False):
        return None
    if getattr(given, "padding_mode", "zeros") != "zeros":
        return None
    groups = x.channels if layer.kind == "depthwise_conv" else given.groups
    kernel, dilation = given.kernel, given.dilation
    stride, spread = given.stride, (1,) * x.rank
    if layer.kind == "conv_transpose":
        ends = zip(kernel, dilation, given.padding, given.output_padding, strict=True)
        padding: Any = [(d * (k - 1) - a, d * (k - 1) - b + more) for k, d, (a, b), more in ends]
        stride, spread = spread, stride
    else:
        padding = "SAME" if given.padding == "same" else list(given.padding)
    letters = "DHW"[-x.rank :]
    axes = (f"N{letters}C", f"{letters}IO", f"N{letters}C")

    def run(weights: Any, x: Any) -> Any:
        kernel, *bias = weights
        made = lax.conv_general_dilated(x, kernel, stride, padding, spread, dilation, axes, groups)
        return made + bias[0] if bias else made

    held = [jax.ShapeDtypeStruct((*kernel, x.channels // groups, y.channels), "float32")]
    return run, held + ([jax.ShapeDtypeStruct((y.channels,), "float32")] if given.bias else [])


def pool(layer: Layer) -> tuple[Callable[..., Any], Any]:
    """As flax.linen.max_pool and avg_pool, with what hangs over as padding."""
    x, y = layer.input_shapes[0], layer.output_shapes[0]
    windows: Any = layer.reads[0]
    ends = [
        (w.before, max((out - 1) * w.stride + w.dilation * (w.kernel - 1) + 1 - w.before - size, -size))
        for w, size, out in zip(windows, x.size, y.size, strict=True)
    ]
    kernel, strides = tuple(w.kernel for w in windows), tuple(w.stride for w in windows)
    dilation = (1, *[w.dilation for w in windows], 1)

    def run(_: Any, x: Any) -> Any:
        how = ((1, *kernel, 1), (1, *strides, 1), ((0, 0), *ends, (0, 0)), None, dilation)
        if layer.kind == "max_pool":
            return lax.reduce_window(x, -jnp.inf, lax.max, *how)
        count = 1
        for k in kernel:
            count *= k
        return lax.reduce_window(x, 0.0, lax.add, *how) / count

    return run, ()
