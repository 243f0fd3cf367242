"""What PyTorch calls every operator: modules where it has them, functions where nothing is held."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from convcost.ops.numbers import product
from convcost.writing.pytorch.activations import ACTIVATIONS, Said, function, module
from convcost.writing.pytorch.expressions import Expr, combined, constant, is_number
from convcost.writing.pytorch.operation import Operation, refused, tuple_of
from convcost.writing.pytorch.shapes import SHAPES
from convcost.writing.pytorch.tokens import TOKENS
from convcost.writing.pytorch.windows import WINDOWS

_WHY = {
    "compare": "that does not say what it asks",
    "where": "of fixed numbers that are not said",
}
_JOINTS = {"add": " + ", "mul": " * ", "sub": " - ", "div": " / "}


def said(op: Operation) -> Said:
    """Return an operator in PyTorch; UsageError if it has none like it."""
    if op.kind in ACTIVATIONS and not (op.kind == "gelu" and op.operator.approximate != "none"):  # type: ignore[attr-defined]
        return ACTIVATIONS[op.kind]
    if op.kind not in _WRITERS:
        raise refused(op, _WHY.get(op.kind, ""))
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


def _where(op: Operation) -> Said:
    if len(op.layer.inputs) < 3:
        raise refused(op, _WHY["where"])
    return function("torch.where({0} > 0, {1}, {2})", op.widest())


def _swish(op: Operation) -> Said:
    shape = ", ".join([op.say(op.channels()), *["1"] * op.rank]) if op.value("per") == "channel" else "1"
    return module(f"{op.helper('Swish')}({shape})")


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
        if axes != list(range(axes[0], op.rank + 2)) or not is_number(groups, 1):
            raise refused(op, "over several axes that are not the last ones")
        return function(f"{{0}}.flatten({axes[0]}).{op.kind}({axes[0]}).reshape({{0}}.shape)")
    if not is_number(groups, 1):
        return function(f"torch.unflatten({{0}}, 1, ({op.stored(groups)}, -1)).{op.kind}(2).flatten(1, 2)")
    return Said((f"nn.{name}({axes[0]})",), lambda xs: f"F.{op.kind}({xs[0]}, {axes[0]})")


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
    text = f"{op.helper(op.kind.capitalize())}({shape})"
    return module(text if op.value("trained") else f"{op.helper('fixed')}({text})")


def _prelu(op: Operation) -> Said:
    return module(f"nn.PReLU({op.say(op.channels()) if op.value('per') == 'channel' else ''})")


def _clip(op: Operation) -> Said:
    ends = [f"{name}={op.stored(op.expr(name), 'float')}" for name in ("min", "max") if op.is_given(name)]
    return function(f"{{0}}.clamp({', '.join(ends)})")


def _lrn(op: Operation) -> Said:
    size = op.value("size")
    return op.either("nn.LocalResponseNorm", "F.local_response_norm", f"{size}, alpha={size * 1e-4:g}, k=2.0")


def _dropout(op: Operation) -> Said:
    return module(f"nn.Dropout({op.say(op.expr('p'), 'float')})")


def _elementwise(op: Operation) -> Said:
    return function(f"torch.{op.kind}({{0}})")


_WRITERS: Mapping[str, Callable[[Operation], Said]] = {
    **WINDOWS,
    **SHAPES,
    **TOKENS,
    **dict.fromkeys(("add", "div", "maximum", "minimum", "mul", "sub"), _joint),
    **dict.fromkeys(("arg_max", "l2_norm", "max", "mean", "min", "sum"), _reduction),
    **dict.fromkeys(("batch_norm", "group_norm", "instance_norm"), _norm),
    **dict.fromkeys(("layer_norm", "rms_norm"), _layer_norm),
    **dict.fromkeys(("log_softmax", "softmax"), _softmax),
    **dict.fromkeys(("scale", "shift"), _constants),
    **dict.fromkeys(("abs", "exp", "reciprocal", "sqrt"), _elementwise),
    "clip": _clip,
    "dropout": _dropout,
    "gelu": lambda op: module('nn.GELU("tanh")'),
    "linear": _linear,
    "local_response_norm": _lrn,
    "pow": lambda op: function(f"{{0}} ** {op.stored(op.expr('exponent'), 'float')}"),
    "prelu": _prelu,
    "swish": _swish,
    "where": _where,
}
