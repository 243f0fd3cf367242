"""Every operator in torch, on the same arguments and the same weights: `run(kind, given, weights, *tensors)`."""

from __future__ import annotations

import itertools
from functools import reduce
from math import comb, prod
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F


def run(kind, given, weights, *xs):
    """The output, or a tuple of them; weights are tensors by name."""
    return TWINS[kind](given, weights, *xs)


def padded(x, sides, value=0.0):
    """torch pads from the last axis backwards."""
    flat = [n for side in reversed(sides) for n in side]
    return F.pad(x, flat, value=value) if any(flat) else x


def same(x, kernel, stride, dilation):
    """TensorFlow's `same`, as its documentation states it."""
    sides = []
    for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True):
        extent = d * (k - 1) + 1
        total = max(extent - s, 0) if n % s == 0 else max(extent - n % s, 0)
        sides.append((total // 2, total - total // 2))
    return sides


def sides_of(given, x, kernel=None, stride=None):
    rank = x.dim() - 2
    if given.padding == "same":
        dilation = getattr(given, "dilation", (1,) * rank)
        return same(x, kernel or given.kernel, stride or given.stride, dilation)
    return list(given.padding)


def symmetric(sides):
    return all(before == after for before, after in sides)


MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


def laid(x, sides, mode):
    """torch reflects and repeats the last axes only, and not by nothing in 3 dimensions."""
    if mode == "zeros":
        return padded(x, sides)
    flat = [n for side in reversed(sides) for n in side]
    return F.pad(x, flat, MODES[mode]) if any(flat) else x


def convolution(x, weight, bias, given, groups):
    sides = sides_of(given, x)
    apply = (F.conv1d, F.conv2d, F.conv3d)[x.dim() - 3]
    if given.padding_mode != "zeros":
        return apply(laid(x, sides, given.padding_mode), weight, bias, given.stride, 0, given.dilation, groups)
    if symmetric(sides):
        return apply(x, weight, bias, given.stride, [side[0] for side in sides], given.dilation, groups)
    return apply(padded(x, sides), weight, bias, given.stride, 0, given.dilation, groups)


def deformable_conv(given, w, x, *moved):
    ops = pytest.importorskip("torchvision.ops", reason="torchvision is not installed")
    sides, moves = sides_of(given, x), 2 * given.deform_groups * prod(given.kernel)
    lying = SimpleNamespace(**vars(given) | {"padding_mode": "zeros"})
    branch = torch.cat(moved, 1) if moved else convolution(x, w["offset_weight"], w.get("offset_bias"), lying, 1)
    masks = branch[:, moves:] if given.modulated else None
    # Beyond the map torchvision reads zeros, too.
    around = padded(x, sides)
    return ops.deform_conv2d(
        around, branch[:, :moves], w["weight"], w.get("bias"), given.stride, 0, given.dilation, mask=masks
    )


def normalised(w):
    if "given_weight" in w:
        return w["given_weight"]
    return torch._weight_norm(w["weight"], w["length_weight"], 0) if "length_weight" in w else w["weight"]


def conv(given, w, x):
    weight = normalised(w)
    if given.connections is not None:
        dense = torch.zeros(given.out, x.shape[1], *given.kernel, dtype=x.dtype)
        pairs = [(m, c) for m, row in enumerate(given.connections) for c in row]
        for kernel, (m, c) in zip(weight, pairs, strict=True):
            dense[m, c] = kernel
        weight = dense
    return convolution(x, weight, w.get("bias"), given, given.groups)


def depthwise_conv(given, w, x):
    return convolution(x, w["weight"], w.get("bias"), given, x.shape[1])


def conv_transpose(given, w, x):
    """torch's own with symmetric padding, else unpadded and cut."""
    apply = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[x.dim() - 3]
    weight, bias, stride, groups, dilation = w["weight"], w.get("bias"), given.stride, given.groups, given.dilation
    if symmetric(given.padding):
        padding = [side[0] for side in given.padding]
        return apply(x, weight, bias, stride, padding, given.output_padding, groups, dilation)
    y = apply(x, weight, bias, stride, 0, given.output_padding, groups, dilation)
    for axis, (before, after) in enumerate(given.padding, 2):
        y = y.narrow(axis, before, y.shape[axis] - before - after)
    return y


def linear(given, w, x):
    return F.linear(x.flatten(1), normalised(w), w.get("bias"))


def max_pool(given, w, x):
    stride = given.stride or given.kernel
    sides = sides_of(given, x, stride=stride)
    apply = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[x.dim() - 3]
    fits = all(2 * side[0] <= k for side, k in zip(sides, given.kernel, strict=True))
    if symmetric(sides) and fits:
        padding = [side[0] for side in sides]
        found = apply(x, given.kernel, stride, padding, given.dilation, given.ceil_mode, given.indices)
        return (found[0], taps_of(found[1], given, x, sides, stride)) if given.indices else found
    if given.ceil_mode or given.indices:
        raise NotImplementedError("torch has no ceil mode for this padding")
    return apply(padded(x, sides, -torch.inf), given.kernel, stride, 0, given.dilation)


def taps_of(places, given, x, sides, stride):
    """Which tap of its window each maximum was, from torch's place of it in the map."""
    taps = torch.zeros_like(places)
    for axis, (n, k, s, d, (before, _)) in enumerate(
        zip(x.shape[2:], given.kernel, stride, given.dilation, sides, strict=True), 2
    ):
        place = places // prod(x.shape[axis + 1 :]) % n
        starts = torch.arange(places.shape[axis]).reshape(-1, *(1,) * (x.dim() - 1 - axis)) * s - before
        taps = taps * k + (place - starts) // d
    return taps.to(x.dtype)


def grid_sample(given, w, x, places):
    modes = {"zeros": "zeros", "reflect": "reflection", "replicate": "border"}
    given = {"mode": given.mode, "padding_mode": modes[given.padding_mode], "align_corners": given.align_corners}
    return F.grid_sample(x, places.movedim(1, -1), **given)


def max_unpool(given, w, x, places):
    rank = x.dim() - 2
    stride = given.stride or given.kernel
    size = given.size or [(n - 1) * s + k for n, s, k in zip(x.shape[2:], stride, given.kernel, strict=True)]
    taps, index = places.long() % prod(given.kernel), 0
    for axis in range(rank):
        tap = taps // prod(given.kernel[axis + 1 :]) % given.kernel[axis]
        starts = torch.arange(x.shape[2 + axis]).reshape(-1, *(1,) * (rank - 1 - axis)) * stride[axis]
        if (starts + tap >= size[axis]).any():
            raise NotImplementedError("torch refuses places outside the map")
        index = index * size[axis] + starts + tap
    apply = (F.max_unpool1d, F.max_unpool2d, F.max_unpool3d)[rank - 1]
    try:
        return apply(x, index.expand(x.shape).contiguous(), given.kernel, stride, 0, list(size))
    except ValueError as error:
        raise NotImplementedError("torch wants a size within a stride") from error


def blur_pool(given, w, x):
    """A depthwise convolution with rows of Pascal's triangle."""
    rank, kernel = x.dim() - 2, torch.ones(())
    for k in given.kernel:
        row = torch.tensor([comb(k - 1, n) / 2 ** (k - 1) for n in range(k)], dtype=x.dtype)
        kernel = kernel[..., None] * row
    apply = (F.conv1d, F.conv2d, F.conv3d)[rank - 1]
    around = laid(x, [((k - 1) // 2, k // 2) for k in given.kernel], "reflect")
    return apply(around, kernel.to(x.dtype).expand(x.shape[1], 1, *given.kernel), None, given.stride, groups=x.shape[1])


def locally_connected(given, w, x):
    """torch has none: windows cut out one by one."""
    around, size = padded(x, sides_of(given, x)), []
    for axis, (k, s) in enumerate(zip(given.kernel, given.stride, strict=True), 2):
        around = around.unfold(axis, k, s)
        size.append(around.shape[axis])
    rank = len(size)
    flat = around.flatten(2, 1 + rank).transpose(1, 2).flatten(2)
    y = torch.einsum("npf,pof->nop", flat, w["weight"])
    return (y + w["bias"].T if given.bias else y).reshape(len(x), given.out, *size)


def pad(given, w, x):
    """torch pads channels as the axis before the first position; a reflection has no negative numbers."""
    y = padded(x, [given.channels, *[(0, 0)] * (x.dim() - 2)])
    return laid(y, given.padding, given.mode)


def take(given, w, x):
    for axis in given.axis:
        n = x.shape[1 + axis]
        first, last, _ = slice(given.start, given.stop).indices(n)
        x = x.index_select(1 + axis, torch.arange(first, last, given.step))
    return x


def pixel_shuffle(given, w, x):
    if x.dim() == 4 and len(set(given.factor)) == 1:
        return F.pixel_shuffle(x, given.factor[0])
    for axis, r in enumerate(given.factor, 2):  # the first factor of the channels is the first axis'
        rest = prod(given.factor[axis - 1 :])
        cut = x.unflatten(1, (-1, r, rest))
        x = cut.movedim(2, axis + 2).flatten(axis + 1, axis + 2).flatten(1, 2)
    return x


def pixel_unshuffle(given, w, x):
    if x.dim() == 4 and len(set(given.factor)) == 1:
        return F.pixel_unshuffle(x, given.factor[0])
    rank, inner = x.dim() - 2, []
    for axis, r in enumerate(given.factor):
        x = x.unflatten(2 + 2 * axis, (-1, r))
        inner.append(3 + 2 * axis)
    return x.permute(0, 1, *inner, *range(2, 2 + 2 * rank, 2)).flatten(1, 1 + rank)


def rearrange(given, w, x):
    cut = x
    for axis, parts in reversed(list(enumerate(given.cut, 1))):
        cut = cut.unflatten(axis, parts)
    moved = cut.movedim([1 + part for axis in given.order for part in axis], list(range(1, cut.dim())))
    for place, axis in enumerate(given.order, 1):
        moved = moved.flatten(place, place + len(axis) - 1) if axis else moved.unsqueeze(place)
    return moved


def matmul(given, w, a, b):
    left = a.reshape(len(a), given.groups, a.shape[1] // given.groups, -1)
    right = b.reshape(len(b), given.groups, b.shape[1] // given.groups, -1)
    order = "ngdp,ngdq->ngqp" if given.over == (0,) else "ngqp,ngvq->ngvp"
    return torch.einsum(order, left, right).reshape(len(a), -1, *a.shape[2:])


def attention(given, w, x, *others):
    """torch's scaled_dot_product_attention between linear layers; windows are cut out one by one."""
    size = x.shape[2:]
    if given.window is not None:
        y = torch.empty(len(x), len(w["out_weight" if given.project else "value_weight"]), *size, dtype=x.dtype)
        for first in itertools.product(*(range(0, n, m) for n, m in zip(size, given.window, strict=True))):
            part = (..., *(slice(a, a + m) for a, m in zip(first, given.window, strict=True)))
            y[part] = attended(given, w, x[part], x[part])
        return y
    source = others[0] if others else x
    if prod(given.stride) > 1:
        source = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[x.dim() - 3](x, given.stride)
    return attended(given, w, x, source)


def attended(given, w, x, source):
    tokens, read = x.flatten(2).transpose(1, 2), source.flatten(2).transpose(1, 2)

    def heads(name, rows):
        return (
            F.linear(rows, w[f"{name}_weight"], w.get(f"{name}_bias")).unflatten(2, (given.heads, -1)).transpose(1, 2)
        )

    query = heads("query", tokens)
    added = by_distance(given, w, query / query.shape[-1] ** 0.5, x.shape[2:]) if given.relative != "none" else None
    y = F.scaled_dot_product_attention(query, heads("key", read), heads("value", read), added)
    y = y.transpose(1, 2).flatten(2)
    if given.project:
        y = F.linear(y, w["out_weight"], w.get("out_bias"))
    return y.transpose(1, 2).reshape(len(x), -1, *x.shape[2:])


def by_distance(given, w, query, size):
    """[samples, heads, queries, keys], query by query: where its row of numbers by distance begins for each axis."""
    if given.relative == "bias":
        windows = w["relative_weight"]
        for n in size:  # windows of n numbers, the first for the last position
            windows = windows.unfold(1, n, 1)
        axes = range(1, len(size) + 1)
        return windows.flip(*axes).flatten(1, len(size)).flatten(2)[None]
    total = 0
    for axis, n in enumerate(size):
        said = query @ w[f"relative{axis}_weight"].T  # [samples, heads, queries, 2n - 1]
        rows = said.unflatten(2, size).movedim(2 + axis, 0)
        seen = torch.stack([row[..., n - 1 - i : 2 * n - 1 - i] for i, row in enumerate(rows)])
        seen = seen.movedim(0, 2 + axis).flatten(2, 1 + len(size))  # [samples, heads, queries, n]
        others = [n if i == axis else 1 for i in range(len(size))]
        total = total + seen.reshape(*seen.shape[:3], *others).expand(*seen.shape[:3], *size).flatten(3)
    return total


def recurrent(module):
    def run(given, w, x):
        twin = module(
            x.shape[1],
            given.hidden,
            bias=given.bias,
            bidirectional=given.bidirectional,
            batch_first=True,
            dtype=x.dtype,
        )
        names = {"input_weight": "weight_ih_l0", "state_weight": "weight_hh_l0"}
        names |= {"input_bias": "bias_ih_l0", "state_bias": "bias_hh_l0"}
        own = {}
        for name, values in w.items():
            direction, _, what = name.partition("_")
            own[names[what] + "_reverse" * (direction == "backward")] = values
        return torch.func.functional_call(twin, own, x.transpose(1, 2))[0].transpose(1, 2)

    return run


def avg_pool(given, w, x):
    stride = given.stride or given.kernel
    sides = sides_of(given, x, stride=stride)
    apply = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[x.dim() - 3]
    if x.dim() == 5 and any(n < k for n, k in zip(x.shape[2:], given.kernel, strict=True)):
        raise NotImplementedError("torch's avg_pool3d wants maps as large as the kernel, padded or not")
    if symmetric(sides):
        padding = [side[0] for side in sides]
        return apply(x, given.kernel, stride, padding, given.ceil_mode, given.include_pad)
    if given.ceil_mode:
        raise NotImplementedError("torch has no ceil mode for this padding")
    means = apply(padded(x, sides), given.kernel, stride)
    if given.include_pad:
        return means
    return means / apply(padded(torch.ones_like(x), sides), given.kernel, stride)


def subsample(given, w, x):
    stride = given.stride or given.kernel
    sums = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[x.dim() - 3](x, given.kernel, stride) * prod(given.kernel)
    return sums * spread(w["weight"], x) + spread(w["bias"], x)


def spread(values, x):
    return values.reshape(-1, *(1,) * (x.dim() - 2))


def adaptive(functions):
    return lambda given, w, x: functions[x.dim() - 3](x, given.size)


def batch_norm(given, w, x):
    return F.batch_norm(x, w["mean"], w["variance"], w.get("scale"), w.get("shift"))


def axes(given):
    return [axis + 1 for axis in given.over]


def flat(w, *names):
    return [w[name].flatten() if name in w else None for name in names]


def layer_norm(given, w, x):
    """torch normalises the last axes."""
    last = list(range(-len(given.over), 0))
    moved = x.movedim(axes(given), last)
    shape = moved.shape[-len(given.over) :]
    scale, shift = (n if n is None else n.reshape(shape) for n in flat(w, "scale", "shift"))
    return F.layer_norm(moved, shape, scale, shift).movedim(last, axes(given))


def rms_norm(given, w, x):
    last = list(range(-len(given.over), 0))
    moved = x.movedim(axes(given), last)
    shape = moved.shape[-len(given.over) :]
    (scale,) = (n if n is None else n.reshape(shape) for n in flat(w, "scale"))
    return F.rms_norm(moved, shape, scale, 1e-5).movedim(last, axes(given))


def instance_norm(given, w, x):
    if given.running_stats:
        return F.instance_norm(x, *flat(w, "mean", "variance", "scale", "shift"), use_input_stats=False)
    if x[0, 0].numel() == 1:
        raise NotImplementedError("torch wants more than one position")
    return F.instance_norm(x, None, None, *flat(w, "scale", "shift"))


def together(combine):
    """All inputs put together, as torch spreads them; a vector goes with the channels."""

    def twin(given, w, *xs):
        rank = max(x.dim() for x in xs)
        return reduce(combine, [x.reshape(*x.shape, *(1,) * (rank - x.dim())) for x in xs])

    return twin


def constants(combine):
    def run(given, w, x):
        number = next(iter(w.values())) if w else float(given.by)
        return combine(x, number.repeat(x[0].numel())[: x[0].numel()].reshape(x.shape[1:]) if given.table else number)

    return run


def softmax(function):
    def twin(given, w, x):
        n, c, *size = x.shape
        blocks = x.reshape(n, given.groups, c // given.groups, *size)
        over = [axis + 2 for axis in given.over]
        moved = blocks.movedim(over, list(range(-len(over), 0)))
        made = function(moved.flatten(-len(over)), -1).reshape(moved.shape)
        return made.movedim(list(range(-len(over), 0)), over).reshape(x.shape)

    return twin


def clip(given, w, x):
    return torch.clamp(x, *(None if n is None else float(n) for n in (given.min, given.max)))


def split(given, w, x):
    return torch.chunk(x, given.parts, 1) if given.parts else torch.split(x, list(given.channels), 1)


def channel_shuffle(given, w, x):
    if x.dim() == 2:
        return torch.channel_shuffle(x[:, :, None], given.groups)[:, :, 0]
    return torch.channel_shuffle(x, given.groups)


def crop(given, w, x):
    for axis, size in enumerate(given.size, 2):
        x = x.narrow(axis, (x.shape[axis] - size) // 2, size)
    return x


def upsample(given, w, x):
    mode = given.mode
    if mode == "bilinear":
        mode = ("linear", "bilinear", "trilinear")[x.dim() - 3]
    elif mode == "bicubic" and x.dim() != 4:
        raise NotImplementedError("torch has bicubic for images alone")
    if given.scale is not None and any(int(n * s) < 1 for n, s in zip(x.shape[2:], given.scale, strict=True)):
        raise NotImplementedError("nothing is left")
    corners = None if mode == "nearest" else given.align_corners
    scale = None if given.scale is None else [float(s) for s in given.scale]
    return F.interpolate(x, given.size, scale, mode, align_corners=corners)


def dropout(given, w, x):
    return F.dropout(x, float(given.p), training=False)


def local_response_norm(given, w, x):
    """torch divides alpha by the size; the constants are AlexNet's. A vector has one position."""
    map = x if x.dim() > 2 else x[:, :, None]
    return F.local_response_norm(map, given.size, alpha=1e-4 * given.size, beta=0.75, k=2.0).reshape(x.shape)


TWINS = {
    "abs": lambda given, w, x: torch.abs(x),
    "adaptive_avg_pool": adaptive((F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d)),
    "adaptive_max_pool": adaptive((F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d)),
    "add": together(torch.add),
    "attention": attention,
    "avg_pool": avg_pool,
    "batch_norm": batch_norm,
    "blur_pool": blur_pool,
    "celu": lambda given, w, x: F.celu(x),
    "channel_shuffle": channel_shuffle,
    "class_token": lambda given, w, x: torch.cat([w["token"].expand(len(x), -1, -1), x], 2),
    "clip": clip,
    "concat": lambda given, w, *xs: torch.cat(xs, 1 + given.axis[0]),
    "conv": conv,
    "conv_transpose": conv_transpose,
    "crop": crop,
    "deformable_conv": deformable_conv,
    "depthwise_conv": depthwise_conv,
    "div": together(torch.div),
    "dropout": dropout,
    "elu": lambda given, w, x: F.elu(x),
    "exp": lambda given, w, x: torch.exp(x),
    "flatten": lambda given, w, x: x.flatten(1 if 0 in given.over else 2),
    "gelu": lambda given, w, x: F.gelu(x, approximate=given.approximate),
    "global_avg_pool": lambda given, w, x: x.mean(list(range(2, x.dim())), keepdim=True),
    "global_max_pool": lambda given, w, x: x.amax(list(range(2, x.dim())), keepdim=True),
    "grid_sample": grid_sample,
    "group_norm": lambda given, w, x: F.group_norm(x, given.groups, *flat(w, "scale", "shift")),
    "gru": recurrent(torch.nn.GRU),
    "hard_sigmoid": lambda given, w, x: F.hardsigmoid(x),
    "hard_swish": lambda given, w, x: F.hardswish(x),
    "hard_tanh": lambda given, w, x: F.hardtanh(x),
    "identity": lambda given, w, x: x,
    "instance_norm": instance_norm,
    "l2_norm": lambda given, w, x: torch.linalg.vector_norm(x, dim=axes(given), keepdim=True),
    "layer_norm": layer_norm,
    "leaky_relu": lambda given, w, x: F.leaky_relu(x),
    "linear": linear,
    "local_response_norm": local_response_norm,
    "locally_connected": locally_connected,
    "log_softmax": softmax(F.log_softmax),
    "lstm": recurrent(torch.nn.LSTM),
    "matmul": matmul,
    "max": lambda given, w, x: x.amax(axes(given), keepdim=True),
    "max_pool": max_pool,
    "max_unpool": max_unpool,
    "maximum": together(torch.maximum),
    "mean": lambda given, w, x: x.mean(axes(given), keepdim=True),
    "minimum": together(torch.minimum),
    "mish": lambda given, w, x: F.mish(x),
    "mul": together(torch.mul),
    "pad": pad,
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle,
    "pow": lambda given, w, x: torch.pow(x, float(given.exponent)),
    "prelu": lambda given, w, x: F.prelu(x, w["slope"].flatten()),
    "rbf": lambda given, w, x: torch.cdist(x.flatten(1), w["centre"], compute_mode="donot_use_mm_for_euclid_dist") ** 2,
    "relu": lambda given, w, x: F.relu(x),
    "relu6": lambda given, w, x: F.relu6(x),
    "rearrange": rearrange,
    "reshape": lambda given, w, x: x.reshape(len(x), given.channels or -1, *given.size),
    "rms_norm": rms_norm,
    "scale": constants(torch.mul),
    "selu": lambda given, w, x: F.selu(x),
    "shift": constants(torch.add),
    "sigmoid": lambda given, w, x: torch.sigmoid(x),
    "silu": lambda given, w, x: F.silu(x),
    "slice": take,
    "softmax": softmax(F.softmax),
    "softplus": lambda given, w, x: F.softplus(x),
    "split": split,
    "sqrt": lambda given, w, x: torch.sqrt(x),
    "sub": together(torch.sub),
    "subsample": subsample,
    "sum": lambda given, w, x: x.sum(axes(given), keepdim=True),
    "swish": lambda given, w, x: x * torch.sigmoid(w["slope"] * x),
    "tanh": lambda given, w, x: torch.tanh(x),
    "transpose": lambda given, w, x: x.transpose(1, 1 + given.axis[0]),
    "upsample": upsample,
}
