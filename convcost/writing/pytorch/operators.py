"""What PyTorch calls every operator: modules where it has them, functions where nothing is held."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from convcost.ops.numbers import product
from convcost.writing.pytorch.activations import ACTIVATIONS, Said, function, module
from convcost.writing.pytorch.expressions import Expr, combined, constant
from convcost.writing.pytorch.operation import Operation, refused, tuple_of
from convcost.writing.pytorch.windows import WINDOWS

_JOINTS = {"add": " + ", "mul": " * ", "sub": " - ", "div": " / "}


def said(op: Operation) -> Said:
    """Return an operator in PyTorch; UsageError if it has none like it."""
    if op.kind in ACTIVATIONS and not (op.kind == "gelu" and op.operator.approximate != "none"):  # type: ignore[attr-defined]
        return ACTIVATIONS[op.kind]
    if op.kind not in _WRITERS:
        raise refused(op, "that this can write")
    return _WRITERS[op.kind](op)


def _linear(op: Operation) -> Said:
    out, features = op.expr("out"), op.channels()
    if op.rank:
        positions = op.agreed([product(layer.input_shapes[0].size) for layer in op.layers], "positions")
        features = combined(features, ast.Mult(), constant(positions))
    words = [op.say(features), op.say(out), op.keyword("bias")]
    text = f"nn.Linear({', '.join(filter(None, words))})"
    if op.value("weight_norm"):
        text = f"nn.utils.parametrizations.weight_norm({text})"
    return module(text, out, before="nn.Flatten()" if op.rank else "")


def _norm(op: Operation) -> Said:
    rank = op.rank or 1
    affine = op.keyword("affine")
    if op.kind == "batch_norm":
        return module(f"nn.BatchNorm{rank}d({', '.join(filter(None, [op.say(op.channels()), affine]))})")
    if op.kind == "instance_norm":
        stats = "track_running_stats=True" if op.value("running_stats") else ""
        words = [op.say(op.channels()), affine, stats]
        return module(f"nn.InstanceNorm{rank}d({', '.join(filter(None, words))})")
    words = [op.say(op.expr("groups")), op.say(op.channels()), affine]
    return module(f"nn.GroupNorm({', '.join(filter(None, words))})")


def _layer_norm(op: Operation) -> Said:
    over = op.value("over")
    name = {"layer_norm": "LayerNorm", "rms_norm": "RMSNorm"}[op.kind]
    eps = ", eps=1e-5" if op.kind == "rms_norm" else ""
    affine = "" if op.value("affine") else ", elementwise_affine=False"
    if over == (0,):
        if op.rank:
            return module(f"{op.helper(f'Channel{name}')}({op.say(op.channels())}{eps}{affine})")
        return module(f"nn.{name}({op.say(op.channels())}{eps}{affine})")
    if over != tuple(range(over[0], op.rank + 1)):
        raise refused(op, "over axes that are not the last ones")
    shape = op.agreed([[layer.input_shapes[0].numbers[axis] for axis in over] for layer in op.layers], "size")
    return module(f"nn.{name}({tuple(shape) if len(shape) > 1 else shape[0]}{eps}{affine})")


def _joint(op: Operation) -> Said:
    rank = max(shape.rank for shape in op.layer.input_shapes)
    # A vector, one number per channel, is spread over the positions.
    wide = [
        f"{{{n}}}" + "[:, :" + ", None" * rank + "]" * (rank > 0 and shape.rank == 0)
        if rank and not shape.rank
        else f"{{{n}}}"
        for n, shape in enumerate(op.layer.input_shapes)
    ]
    if op.kind in _JOINTS:
        text = _JOINTS[op.kind].join(wide)
    else:
        text = wide[0]
        for other in wide[1:]:
            text = f"torch.{op.kind}({text}, {other})"
    return function(text, op.widest())


def _concat(op: Operation) -> Said:
    axis = op.value("axis")[0]
    listed = ", ".join(f"{{{n}}}" for n in range(len(op.layer.inputs)))
    channels = op.channels()
    for n in range(1, len(op.layer.inputs) if axis == 0 else 0):
        channels = combined(channels, ast.Add(), op.channels(n))
    return function(f"torch.cat([{listed}], {1 + axis})", channels)


def _split(op: Operation) -> Said:
    if op.is_given("parts"):
        parts = op.expr("parts")
        each = combined(op.channels(), ast.Div(), parts)
        return function(f"{{0}}.chunk({op.stored(parts)}, 1)", *[each] * len(op.layer.output_shapes))
    parts_of = op.exprs("channels")
    listed = ", ".join(op.stored(part) for part in parts_of)
    return function(f"{{0}}.split([{listed}], 1)", *parts_of)


def _slice(op: Operation) -> Said:
    axes, out = op.value("axis"), op.channels()
    start, step = op.expr("start"), op.expr("step")
    stop = op.expr("stop") if op.is_given("stop") else None
    words = ["" if _is(start, 0) else op.stored(start), "" if stop is None else op.stored(stop)]
    text = ":".join(words) + ("" if _is(step, 1) else f":{op.stored(step)}")
    if 0 in axes and _is(step, 1):
        end = op.channels() if stop is None else stop
        out = combined(end, ast.Sub(), start)
        if isinstance(start, ast.Constant) and start.value < 0 and stop is None:  # type: ignore[operator]
            out = constant(-start.value)  # type: ignore[operator]
    listed = ", ".join([":", *(text if axis in axes else ":" for axis in range(max(axes) + 1))])
    return function(f"{{0}}[{listed}]", out)


def _is(expr: Expr, value: int) -> bool:
    return isinstance(expr, ast.Constant) and expr.value == value


def _reduction(op: Operation) -> Said:
    axes = [1 + axis for axis in op.value("over")]
    listed = str(axes[0]) if len(axes) == 1 else tuple_of(axes)
    if op.kind == "l2_norm":
        return function(f"torch.linalg.vector_norm({{0}}, dim={listed}, keepdim=True)", _reduced(op))
    name = {"max": "amax", "min": "amin", "arg_max": "argmax"}.get(op.kind, op.kind)
    if op.kind == "arg_max" and len(axes) > 1:
        raise refused(op, "over several axes")
    return function(f"{{0}}.{name}({listed}, keepdim=True)", _reduced(op))


def _reduced(op: Operation) -> Expr:
    return constant(1) if 0 in op.value("over") else op.channels()


def _softmax(op: Operation) -> Said:
    axes, groups = [1 + axis for axis in op.value("over")], op.expr("groups")
    name = {"softmax": "Softmax", "log_softmax": "LogSoftmax"}[op.kind]
    if len(axes) > 1:
        if axes != list(range(axes[0], op.rank + 2)) or not _is(groups, 1):
            raise refused(op, "over several axes that are not the last ones")
        return function(f"{{0}}.flatten({axes[0]}).{op.kind}({axes[0]}).reshape({{0}}.shape)")
    if not _is(groups, 1):
        return function(f"{{0}}.unflatten(1, ({op.stored(groups)}, -1)).{op.kind}(2).flatten(1, 2)")
    return Said((f"nn.{name}({axes[0]})",), lambda xs: f"F.{op.kind}({xs[0]}, {axes[0]})")


def _shuffle(op: Operation) -> Said:
    if op.rank:
        return module(f"nn.ChannelShuffle({op.say(op.expr('groups'))})")
    groups = op.stored(op.expr("groups"))
    return function(f"{{0}}.unflatten(1, ({groups}, -1)).transpose(1, 2).flatten(1, 2)")


def _reshape(op: Operation) -> Said:
    shape = op.agreed([layer.output_shapes[0].numbers for layer in op.layers], "shape")
    return function(f"{{0}}.reshape(-1, {', '.join(map(str, shape))})", None)


def _flatten(op: Operation) -> Said:
    if 0 in op.value("over"):
        positions = op.agreed([product(layer.input_shapes[0].size) for layer in op.layers], "positions")
        out = combined(op.channels(), ast.Mult(), constant(positions))
        return Said(("nn.Flatten()",), lambda xs: f"{xs[0]}.flatten(1)", (out,))
    return Said(("nn.Flatten(2)",), lambda xs: f"{xs[0]}.flatten(2)")


def _pixel_shuffle(op: Operation) -> Said:
    if op.rank != 2 or any(len(set(one.factor)) > 1 for one in op.operators):  # type: ignore[attr-defined]
        raise refused(op, "but for maps, by one factor")
    factor = op.scalar("factor")
    square = combined(factor, ast.Mult(), factor)
    op_, name = (ast.Div(), "Shuffle") if op.kind == "pixel_shuffle" else (ast.Mult(), "Unshuffle")
    return module(f"nn.Pixel{name}({op.say(factor)})", combined(op.channels(), op_, square))


def _upsample(op: Operation) -> Said:
    mode = op.value("mode")
    mode = {"bilinear": ("linear", "bilinear", "trilinear")[op.rank - 1]}.get(mode, mode)
    if mode == "bicubic" and op.rank != 2:
        raise refused(op, "but for maps")
    words = "" if mode == "nearest" else f", mode={mode!r}"
    words += ", align_corners=True" if op.value("align_corners") else ""
    like = op.like()
    if like:
        return function(f"F.interpolate({{0}}, {like}{words})")
    if op.is_given("size"):
        return module(f"nn.Upsample({op.per_axis('size')}{words})")
    return module(f"nn.Upsample(scale_factor={op.per_axis('scale', 'float')}{words})")


def _crop(op: Operation) -> Said:
    size = op.like() or tuple_of(op.value("size"))
    return function(f"{op.helper('crop')}({{0}}, {size})")


def _pad(op: Operation) -> Said:
    mode = {"zeros": "", "reflect": ", 'reflect'", "replicate": ", 'replicate'", "circular": ", 'circular'"}[
        op.value("mode")
    ]
    before, after = op.exprs("channels") if op.is_list("channels") else [op.scalar("channels")] * 2
    out = combined(combined(op.channels(), ast.Add(), before), ast.Add(), after)
    sides = [str(n) for side in reversed(op.value("padding")) for n in side]
    if _is(before, 0) and _is(after, 0):
        return function(f"F.pad({{0}}, ({', '.join(sides)}){mode})")
    if mode:
        raise refused(op, f"with channels and {op.value('mode')}")
    sides += [op.stored(before), op.stored(after)]
    return function(f"F.pad({{0}}, ({', '.join(sides)}))", out)


def _constants(op: Operation) -> Said:
    sign = {"scale": "*", "shift": "+"}[op.kind]
    if op.is_given("table"):
        raise refused(op, "from a table")
    if op.is_given("by"):
        return function(f"{{0}} {sign} {op.stored(op.expr('by'), 'float')}")
    per = op.value("per")
    ones = ["1"] * op.rank
    size: Sequence[object] = ones
    if per in ("position", "element"):
        size = op.agreed([layer.input_shapes[0].size for layer in op.layers], "size")
    channels = op.say(op.channels()) if per in ("channel", "element") else "1"
    shape = "1" if per == "layer" else ", ".join([channels, *map(str, size)])
    frozen = "" if op.value("trained") else ".requires_grad_(False)"
    return module(f"{op.helper(op.kind.capitalize())}({shape}){frozen}")


def _attention(op: Operation) -> Said:
    window = op.value("window")
    if (
        any(s != 1 for s in op.value("stride"))
        or op.value("relative") == "bias"
        or (window is not None and op.value("relative") != "none")
    ):
        raise refused(op, "of averages, or with such numbers by distance, that this can write")
    heads, inner = op.expr("heads"), op.channels()
    words = [op.say(op.channels()), op.say(heads)]
    widths = {}
    for name in ("key", "value", "out"):
        if op.is_given(name):
            widths[name] = op.expr(name)
            words.append(f"{name}={op.say(widths[name])}")
    if len(op.layer.inputs) > 1:
        words.append(f"source={op.say(op.channels(1))}")
    if not op.value("bias"):
        words.append("bias=False")
    if op.is_given("out_bias") and op.value("out_bias") != op.value("bias"):
        words.append(f"out_bias={op.value('out_bias')}")
    if not op.value("project"):
        words.append("project=False")
        inner = combined(heads, ast.Mult(), widths["value"]) if "value" in widths else op.channels()
    if op.value("relative") == "embedding":
        size = op.agreed([layer.input_shapes[0].size for layer in op.layers], "size")
        words.append(f"size={tuple_of(size)}")
        return module(f"{op.helper('RelativeAttention')}({', '.join(words)})", widths.get("out", inner))
    if window is not None:
        words.append(f"window={tuple_of(window)}")
        return module(f"{op.helper('WindowAttention')}({', '.join(words)})", widths.get("out", inner))
    return module(f"{op.helper('Attention')}({', '.join(words)})", widths.get("out", inner))


def _recurrent(op: Operation) -> Said:
    hidden = op.expr("hidden")
    out = combined(constant(1 + op.value("bidirectional")), ast.Mult(), hidden)
    words = [op.say(op.channels()), op.say(hidden), op.keyword("bias"), op.keyword("bidirectional")]
    return module(f"{op.helper(op.kind.capitalize())}({', '.join(filter(None, words))})", out)


def _prelu(op: Operation) -> Said:
    return module(f"nn.PReLU({op.say(op.channels()) if op.value('per') == 'channel' else ''})")


def _clip(op: Operation) -> Said:
    ends = [f"{name}={op.stored(op.expr(name), 'float')}" for name in ("min", "max") if op.is_given(name)]
    return function(f"{{0}}.clamp({', '.join(ends)})")


def _lrn(op: Operation) -> Said:
    size = op.value("size")
    return module(f"nn.LocalResponseNorm({size}, alpha={size * 1e-4:g}, k=2.0)")


def _dropout(op: Operation) -> Said:
    return module(f"nn.Dropout({op.say(op.expr('p'), 'float')})")


def _elementwise(op: Operation) -> Said:
    return function(f"torch.{op.kind}({{0}})")


def _class_token(op: Operation) -> Said:
    count = op.expr("count")
    words = [op.say(op.channels()), *([] if _is(count, 1) else [op.say(count)])]
    return module(f"{op.helper('ClassToken')}({', '.join(words)})")


_WRITERS: Mapping[str, Callable[[Operation], Said]] = {
    **WINDOWS,
    **dict.fromkeys(("add", "div", "maximum", "minimum", "mul", "sub"), _joint),
    **dict.fromkeys(("arg_max", "l2_norm", "max", "mean", "min", "sum"), _reduction),
    **dict.fromkeys(("batch_norm", "group_norm", "instance_norm"), _norm),
    **dict.fromkeys(("gru", "lstm"), _recurrent),
    **dict.fromkeys(("layer_norm", "rms_norm"), _layer_norm),
    **dict.fromkeys(("log_softmax", "softmax"), _softmax),
    **dict.fromkeys(("pixel_shuffle", "pixel_unshuffle"), _pixel_shuffle),
    **dict.fromkeys(("scale", "shift"), _constants),
    **dict.fromkeys(("abs", "exp", "reciprocal", "sqrt"), _elementwise),
    "attention": _attention,
    "channel_shuffle": _shuffle,
    "class_token": _class_token,
    "clip": _clip,
    "concat": _concat,
    "crop": _crop,
    "dropout": _dropout,
    "flatten": _flatten,
    "gelu": lambda op: module("nn.GELU('tanh')"),
    "linear": _linear,
    "local_response_norm": _lrn,
    "pad": _pad,
    "pow": lambda op: function(f"{{0}} ** {op.stored(op.expr('exponent'), 'float')}"),
    "prelu": _prelu,
    "reshape": _reshape,
    "slice": _slice,
    "split": _split,
    "transpose": lambda op: function(f"{{0}}.transpose(1, {1 + op.value('axis')[0]})", None),
    "upsample": _upsample,
}
