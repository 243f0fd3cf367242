"""A network layer for layer in torch: every operator as the torch.nn module that bears its name, or as the function."""

from __future__ import annotations

from collections.abc import Mapping
from operator import matmul
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from convcost.network import Layer, Network

PLAIN = {
    "celu": nn.CELU,
    "dropout": nn.Dropout,
    "elu": nn.ELU,
    "flatten": nn.Flatten,
    "hard_sigmoid": nn.Hardsigmoid,
    "hard_swish": nn.Hardswish,
    "hard_tanh": nn.Hardtanh,
    "identity": nn.Identity,
    "leaky_relu": nn.LeakyReLU,
    "mish": nn.Mish,
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "selu": nn.SELU,
    "sigmoid": nn.Sigmoid,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
}


class TorchNetwork(nn.Module):
    """The network; `calls` says which operators are called as a `function`, or a global average as a `mean`."""

    def __init__(self, network: Network, calls: Mapping[str, str]) -> None:
        super().__init__()
        self.network = network
        self.calls = calls
        self.registered = nn.ModuleDict()
        self.steps: dict[str, Any] = {}
        for n, layer in enumerate(network.layers):
            call = calls.get(layer.kind, "module")
            step = self.steps[layer.shares] if layer.shares else module(layer)
            if call == "module" and step is not None:
                self.registered[str(n)] = step
                self.steps[layer.name] = step
            elif call == "function" and layer.kind != "matmul":
                # Not registered, and entered by `forward`: no hook sees it, only the functions that it calls.
                assert step is not None
                step.eval().requires_grad_(False)
                # A ReLU6 module calls hardtanh. What a tool puts in a function's place is found by its name alone.
                self.steps[layer.name] = (lambda x: F.relu6(x)) if layer.kind == "relu6" else step.forward

    def forward(self, *xs: Tensor) -> list[Tensor]:
        tensors = dict(zip(self.network.inputs, xs, strict=True))
        for layer in self.network.layers:
            given = [tensors[name] for name in layer.inputs]
            made = self.run(layer, given)
            tensors |= zip(layer.outputs, made if isinstance(made, tuple) else (made,), strict=True)
        return [tensors[name] for name in self.network.outputs]

    def run(self, layer: Layer, given: list[Tensor]) -> Tensor | tuple[Tensor, ...]:
        x, call = given[0], self.calls.get(layer.kind)
        if call == "mean":
            return x.mean(list(range(2, x.dim())), keepdim=True)
        step = self.steps.get(layer.name)
        if step is None:
            return without_module(layer, given, torch.matmul if call == "function" else matmul)
        if layer.kind in ("layer_norm", "rms_norm"):
            return over_last(step, x, layer)
        if layer.kind in ("gru", "lstm"):
            return step(x.movedim(1, 2))[0].movedim(2, 1)
        if layer.kind == "max_unpool":
            return step(x, torch.zeros_like(x, dtype=torch.long))  # some tools send numbers of any size
        return step(x.flatten(1) if layer.kind == "linear" else x)


def over_last(step: nn.Module, x: Tensor, layer: Layer) -> Tensor:
    """What normalises the last axes, on those that the layer is over."""
    operator: Any = layer.operator
    axes = [axis + 1 for axis in operator.over]
    if axes == list(range(x.dim() - len(axes), x.dim())):
        return step(x)
    last = list(range(-len(axes), 0))
    return step(x.movedim(axes, last)).movedim(last, axes)


def lengths(layer: Layer) -> list[int]:
    """How long the axes are that a layer is over."""
    operator: Any = layer.operator
    return [layer.input_shapes[0].numbers[axis] for axis in operator.over]


def of_rank(name: str, rank: int) -> Any:
    return getattr(nn, f"{name}{max(rank, 1)}d")


def alike(sides: Any) -> Any:
    """Padding as torch's modules take it; they pad alike on both sides."""
    if sides == "same":
        return sides
    assert all(before == after for before, after in sides)
    return tuple(before for before, _ in sides)


def module(layer: Layer) -> nn.Module | None:
    """The module of a layer; None where torch has an operation instead."""
    given: Any = layer.operator
    kind, x = layer.kind, layer.input_shapes[0]
    match kind:
        case "conv" | "depthwise_conv":
            groups = given.groups if kind == "conv" else x.channels
            out, padding = layer.output_shapes[0].channels, alike(given.padding)
            sizes = (given.kernel, given.stride, padding, given.dilation, groups, given.bias)
            made = of_rank("Conv", x.rank)(x.channels, out, *sizes)
            return weight_norm(made) if kind == "conv" and given.weight_norm else made
        case "conv_transpose":
            sizes = (given.kernel, given.stride, alike(given.padding), given.output_padding, given.groups, given.bias)
            return of_rank("ConvTranspose", x.rank)(x.channels, given.out, *sizes, given.dilation)
        case "linear":
            made = nn.Linear(x.elements, given.out, given.bias)
            return weight_norm(made) if given.weight_norm else made
        case "gru" | "lstm":
            recurrent = nn.GRU if kind == "gru" else nn.LSTM
            sizes = (x.channels, given.hidden)
            return recurrent(*sizes, bias=given.bias, bidirectional=given.bidirectional, batch_first=True)
        case "max_unpool":
            return of_rank("MaxUnpool", x.rank)(given.kernel, given.stride)
        case "batch_norm":
            return of_rank("BatchNorm", x.rank)(x.channels, affine=given.affine)
        case "group_norm":
            return nn.GroupNorm(given.groups, x.channels, affine=given.affine)
        case "layer_norm":
            return nn.LayerNorm(lengths(layer), elementwise_affine=given.affine)
        case "rms_norm":
            return nn.RMSNorm(lengths(layer), 1e-5, given.affine)
        case "instance_norm":
            return of_rank("InstanceNorm", x.rank)(
                x.channels, affine=given.affine, track_running_stats=given.running_stats
            )
        case "gelu":
            return nn.GELU(given.approximate)
        case "local_response_norm":
            return nn.LocalResponseNorm(given.size)
        case "max_pool":
            sizes = (given.kernel, given.stride, alike(given.padding), given.dilation)
            return of_rank("MaxPool", x.rank)(*sizes, return_indices=given.indices, ceil_mode=given.ceil_mode)
        case "avg_pool":
            sizes = (given.kernel, given.stride, alike(given.padding), given.ceil_mode, given.include_pad)
            return of_rank("AvgPool", x.rank)(*sizes)
        case "adaptive_avg_pool" | "adaptive_max_pool":
            name = "AdaptiveAvgPool" if kind == "adaptive_avg_pool" else "AdaptiveMaxPool"
            return of_rank(name, x.rank)(given.size if x.rank > 1 else given.size[0])
        case "global_avg_pool":
            return of_rank("AdaptiveAvgPool", x.rank)(1)
        case "global_max_pool":
            return of_rank("AdaptiveMaxPool", x.rank)(1)
        case "upsample":
            mode = given.mode if given.mode != "bilinear" else ("linear", "bilinear", "trilinear")[x.rank - 1]
            scale = None if given.scale is None else float(given.scale[0])
            return nn.Upsample(given.size, scale, mode, None if mode == "nearest" else False)
        case "prelu":
            return nn.PReLU(x.channels if given.per == "channel" else 1)
        case "softmax":
            return nn.Softmax(dim=given.over[0] + 1)
        case "log_softmax":
            return nn.LogSoftmax(dim=given.over[0] + 1)
    return PLAIN[kind]() if kind in PLAIN else None


def without_module(layer: Layer, given: list[Tensor], multiply: Any) -> Tensor | tuple[Tensor, ...]:
    """What one writes with tensors alone; products of matrices may be written in two ways."""
    operator: Any = layer.operator
    x, *others = given
    match layer.kind:
        case "add":
            for other in others:
                x = x + other
            return x
        case "mul":
            rank = max(tensor.dim() for tensor in given)
            x, *others = (tensor.reshape(*tensor.shape, *(1,) * (rank - tensor.dim())) for tensor in given)
            for other in others:
                x = x * other
            return x
        case "sub":
            return x - others[0]
        case "div":
            return x / others[0]
        case "maximum":
            return torch.maximum(x, others[0])
        case "minimum":
            return torch.minimum(x, others[0])
        case "abs":
            return x.abs()
        case "exp":
            return x.exp()
        case "sqrt":
            return x.sqrt()
        case "pow":
            return x ** float(operator.exponent)
        case "clip":
            return x.clamp(*(None if n is None else float(n) for n in (operator.min, operator.max)))
        case "mean":
            return x.mean([axis + 1 for axis in operator.over], keepdim=True)
        case "sum":
            return x.sum([axis + 1 for axis in operator.over], keepdim=True)
        case "max":
            return x.amax([axis + 1 for axis in operator.over], keepdim=True)
        case "min":
            return x.amin([axis + 1 for axis in operator.over], keepdim=True)
        case "arg_max":
            return x.argmax(operator.over[0] + 1, keepdim=True).float()
        case "reciprocal":
            return x.reciprocal()
        case "round":
            return {"nearest": torch.round, "above": torch.ceil, "below": torch.floor}[operator.to](x)
        case "transcendental":
            return getattr(torch, operator.function)(x)
        case "compare":
            return (x > (others[0] if others else 0)).float()
        case "where":
            return torch.where(x > 0, *others) if len(others) == 2 else torch.where(x > 0, *others, 0.0)
        case "matmul":
            a, b = (each.reshape(len(x), operator.groups, -1, each[0, 0].numel()) for each in given)
            return multiply(b.transpose(2, 3), a).reshape(len(x), -1, *x.shape[2:])
        case "pixel_shuffle":
            cut, axes = x.reshape(len(x), -1, *operator.factor, *x.shape[2:]), x.dim() - 2
            pairs = [part for axis in range(2, 2 + axes) for part in (axis + axes, axis)]
            return cut.permute(0, 1, *pairs).reshape(len(x), *layer.output_shapes[0].numbers)
        case "pixel_unshuffle":
            pairs = [part for n, r in zip(x.shape[2:], operator.factor, strict=True) for part in (n // r, r)]
            cut, last = x.reshape(*x.shape[:2], *pairs), 2 + len(pairs)
            moved = cut.permute(0, 1, *range(3, last, 2), *range(2, last, 2))
            return moved.reshape(len(x), *layer.output_shapes[0].numbers)
        case "append" | "class_token":
            axis = operator.axis[0] if layer.kind == "append" else 1
            held = torch.zeros(*x.shape[: 1 + axis], operator.count, *x.shape[2 + axis :])
            return torch.cat([x, held], 1 + axis)
        case "slice":
            for axis in operator.axis:
                x = x.movedim(1 + axis, 0)[operator.start : operator.stop : operator.step].movedim(0, 1 + axis)
            return x
        case "reshape":
            return x.reshape(len(x), *layer.output_shapes[0].numbers)
        case "transpose":
            return x.transpose(1, 1 + operator.axis[0])
        case "rearrange":
            cut = x.reshape(len(x), *(part for axis in operator.cut for part in axis))
            moved = cut.permute(0, *(1 + part for axis in operator.order for part in axis))
            return moved.reshape(len(x), *layer.output_shapes[0].numbers)
        case "l2_norm":
            return torch.linalg.vector_norm(x, dim=[axis + 1 for axis in operator.over], keepdim=True)
        case "scale":
            return x * float(operator.by)
        case "shift":
            return x + float(operator.by)
        case "concat":
            return torch.cat(given, 1)
        case "split":
            return x.split([shape.channels for shape in layer.output_shapes], 1)
        case "channel_shuffle":
            grouped = x.view(x.shape[0], operator.groups, -1, *x.shape[2:])
            return grouped.transpose(1, 2).reshape(x.shape)
        case "pad":
            return F.pad(x, [n for side in reversed(operator.padding) for n in side])
        case "crop":
            for axis, size in enumerate(operator.size, 2):
                x = x.narrow(axis, (x.shape[axis] - size) // 2, size)
            return x
    raise NotImplementedError(layer.kind)
