"""Convolutions and pools in PyTorch, and the padding that it has no argument for."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from convcost.writing.pytorch.activations import ACTIVATIONS, Said, function, module
from convcost.writing.pytorch.expressions import Expr, combined
from convcost.writing.pytorch.operation import Operation, refused, tuple_of


def _conv(op: Operation) -> Said:
    if op.is_given("connections"):
        raise refused(op, "whose maps are connected by a table")
    out = op.expr("out")
    words = [op.say(op.channels()), op.say(out), op.per_axis("kernel")]
    return _convolution(op, words, op.keyword("groups"), out)


def _depthwise(op: Operation) -> Said:
    out = combined(op.channels(), ast.Mult(), op.expr("multiplier"))
    channels = op.say(op.channels())
    return _convolution(op, [channels, op.say(out), op.per_axis("kernel")], f"groups={channels}", out)


def _convolution(op: Operation, words: list[str], groups: str, out: Expr) -> Said:
    before, padding = _padding(op, "nn.ZeroPad")
    rest = [op.keyword("stride"), padding, op.keyword("dilation"), groups, op.keyword("bias")]
    if op.value("padding_mode") != "zeros":
        if before:
            raise refused(op, f"with padding_mode {op.value('padding_mode')} and other padding before than after")
        rest.append(f'padding_mode="{op.value("padding_mode")}"')
    text = f"nn.Conv{op.rank}d({', '.join(filter(None, [*words, *rest]))})"
    if op.has("weight_norm") and op.value("weight_norm"):
        text = f"nn.utils.parametrizations.weight_norm({text})"
    if op.has("weights") and op.value("weights") == "indices":
        text = f"{op.helper('by_index')}({text})"
    if op.has("trained") and not op.value("trained"):
        text = f"{op.helper('fixed')}({text})"
    return module(text, out, before=before)


def _padding(op: Operation, pads: str, filler: str = "", same: str = 'padding="same"') -> tuple[str, str]:
    """Return a module that pads before, where that is needed, and the argument `padding` of what follows."""
    if op.agreed([one.padding == "same" for one in op.operators], "padding"):  # type: ignore[attr-defined]
        if same and all(map(_has_same, op.operators)):
            return "", same
        sides = op.agreed([[(w.before, w.after) for w in layer.reads[0]] for layer in op.layers], "padding")  # type: ignore[union-attr]
    elif all(before == after for one in op.operators for before, after in one.padding):  # type: ignore[attr-defined]
        return "", op.keyword("padding")
    else:
        sides = op.value("padding")
    if all(before == after for before, after in sides):
        return "", f"padding={_tuple([str(before) for before, _ in sides])}" if any(map(any, sides)) else ""
    flat = ", ".join(str(n) for side in reversed(sides) for n in side)
    return f"{pads}{op.rank}d(({flat}){filler})", ""


def _has_same(windows: Any) -> bool:
    """Whether torch says `same` of windows: without strides, and as many on either side, else it warns of a copy."""
    lengths = zip(windows.kernel, windows.dilation, strict=True)
    return all(s == 1 for s in windows.stride) and all(d * (k - 1) % 2 == 0 for k, d in lengths)


def _tuple(texts: Sequence[str]) -> str:
    return texts[0] if len(set(texts)) == 1 else f"({', '.join(texts)})"


def _deformable(op: Operation) -> Said:
    before, padding = _padding(op, "nn.ZeroPad", same="")
    is_given = len(op.inputs) > 1
    if before and is_given:
        raise refused(op, "with other padding before than after, that is told where to read")
    out, names = op.expr("out"), ("groups", "deform_groups", "modulated", "bias")
    words = [op.say(op.channels()), op.say(out), op.per_axis("kernel"), op.keyword("stride"), padding]
    words += [op.keyword("dilation"), *map(op.keyword, names), "given=True" if is_given else ""]
    return module(f"{op.helper('DeformableConv')}({', '.join(filter(None, words))})", out, before=before)


def _conv_transpose(op: Operation) -> Said:
    if any(before != after for before, after in op.value("padding")):
        raise refused(op, "that cuts more on one side than on the other")
    out = op.expr("out")
    words = [op.say(op.channels()), op.say(out), op.per_axis("kernel")]
    padding = _tuple([str(before) for before, _ in op.value("padding")])
    padding = "" if padding == "0" else op.keyword("padding") if op.is_number("padding") else f"padding={padding}"
    extra = _tuple([str(n) for n in op.value("output_padding")])
    rest = [op.keyword("stride"), padding, "" if extra == "0" else f"output_padding={extra}"]
    rest += [op.keyword("groups"), op.keyword("bias"), op.keyword("dilation")]
    return module(f"nn.ConvTranspose{op.rank}d({', '.join(filter(None, [*words, *rest]))})", out)


def _pool(op: Operation) -> Said:
    is_max = op.kind == "max_pool"
    pads, filler = ("nn.ConstantPad", f", {_INFINITY}") if is_max else ("nn.ZeroPad", "")
    before, padding = _padding(op, pads, filler, same="")
    if not before and padding and _is_too_wide(op):
        flat = ", ".join(str(n) for side in reversed(op.value("padding")) for n in side)
        before, padding = f"nn.ConstantPad{op.rank}d(({flat}), {_INFINITY if is_max else 0})", ""
    if before and (op.value("ceil_mode") or (is_max and op.value("indices"))):
        raise refused(op, "with such padding and ceil_mode or indices")
    if before and not is_max and not op.value("include_pad"):
        raise refused(op, "that leaves such padding out of its means")
    kernel, stride = op.per_axis("kernel"), op.keyword("stride")
    words = [kernel, "" if stride == f"stride={kernel}" else stride, padding]
    words += [op.keyword("dilation")] if is_max else []
    words += [op.keyword("ceil_mode")]
    if not is_max and not op.value("include_pad"):
        words.append("count_include_pad=False")
    listed = ", ".join(filter(None, words))
    low, high = ("max_pool", "MaxPool") if is_max else ("avg_pool", "AvgPool")
    if is_max and op.value("indices"):
        return function(f"F.{low}{op.rank}d({{0}}, {listed}, return_indices=True)", op.channels(), op.channels())
    if before:
        return module(f"nn.{high}{op.rank}d({listed})", before=before)
    return op.either(f"nn.{high}{op.rank}d", f"F.{low}{op.rank}d", listed)


_INFINITY = 'float("-inf")'


def _is_too_wide(op: Operation) -> bool:
    """Whether a pool pads by more than half its kernel, which torch refuses."""
    sides = ((one.padding, one.kernel) for one in op.operators if one.padding != "same")  # type: ignore[attr-defined]
    return any(2 * before > k for pads, kernel in sides for (before, _), k in zip(pads, kernel, strict=True))


def _unpool(op: Operation) -> Said:
    words = [tuple_of(op.value("kernel")), op.keyword("stride")]
    like = op.like()
    size = like or (tuple_of(op.value("size")) if op.is_given("size") else "")
    size = f", output_size={size}" if size else ""
    return function(f"F.max_unpool{op.rank}d({{0}}, {{1}}, {', '.join(filter(None, words))}{size})")


def _grid_sample(op: Operation) -> Said:
    beyond = {"zeros": "", "reflect": ', padding_mode="reflection"', "replicate": ', padding_mode="border"'}
    mode = "" if op.value("mode") == "bilinear" else f', mode="{op.value("mode")}"'
    words = f"{mode}{beyond[op.value('padding_mode')]}, align_corners={op.value('align_corners')}"
    return function(f"F.grid_sample({{0}}, {{1}}.movedim(1, -1){words})")


def _adaptive(op: Operation) -> Said:
    low, high = {"a": ("adaptive_avg_pool", "AdaptiveAvgPool"), "m": ("adaptive_max_pool", "AdaptiveMaxPool")}[
        op.kind.removeprefix("global_").removeprefix("adaptive_")[0]
    ]
    size = "1" if op.kind.startswith("global_") else op.per_axis("size")
    return op.either(f"nn.{high}{op.rank}d", f"F.{low}{op.rank}d", size) if op.rank else ACTIVATIONS["identity"]


def _subsample(op: Operation) -> Said:
    if op.rank != 2:
        raise refused(op, "but for maps")
    kernel, stride = op.per_axis("kernel"), op.keyword("stride")
    words = [kernel, "" if stride == f"stride={kernel}" else stride, "divisor_override=1"]
    channels = op.say(op.channels())
    sums = f"nn.AvgPool2d({', '.join(filter(None, words))})"
    return module(f"nn.Conv2d({channels}, {channels}, 1, groups={channels})", before=sums)


def _blur_pool(op: Operation) -> Said:
    if op.rank != 2:
        raise refused(op, "but for maps")
    return module(f"{op.helper('BlurPool')}({op.say(op.channels())}, {op.pair('kernel')}, {op.pair('stride')})")


def _locally_connected(op: Operation) -> Said:
    if op.rank != 2:
        raise refused(op, "but for maps")
    before, padding = _padding(op, "nn.ZeroPad", same="")
    size = op.agreed([layer.output_shapes[0].size for layer in op.layers], "size")
    out, kernel = op.expr("out"), op.pair("kernel")
    stride = op.pair("stride")
    words = [op.say(op.channels()), op.say(out), tuple_of(size), kernel]
    words += ["" if stride == "(1, 1)" else f"stride={stride}", padding, op.keyword("bias")]
    return module(f"{op.helper('LocallyConnected')}({', '.join(filter(None, words))})", out, before=before)


WINDOWS: Mapping[str, Callable[[Operation], Said]] = {
    **dict.fromkeys(("adaptive_avg_pool", "adaptive_max_pool", "global_avg_pool", "global_max_pool"), _adaptive),
    **dict.fromkeys(("avg_pool", "max_pool"), _pool),
    "blur_pool": _blur_pool,
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "deformable_conv": _deformable,
    "depthwise_conv": _depthwise,
    "grid_sample": _grid_sample,
    "locally_connected": _locally_connected,
    "max_unpool": _unpool,
    "subsample": _subsample,
}
"""Operators that read through windows."""
