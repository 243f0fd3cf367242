"""Operators whose positions are tokens: attention, recurrence and what they are made of."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from convcost.ops.numbers import product
from convcost.writing.pytorch.activations import Said, function, module
from convcost.writing.pytorch.expressions import combined, constant, is_number
from convcost.writing.pytorch.operation import Operation, refused, tuple_of


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
    name = "Attention" if {*words[2:]} - {"bias=False"} else "SelfAttention"
    return module(f"{op.helper(name)}({', '.join(words)})", widths.get("out", inner))


def _recurrent(op: Operation) -> Said:
    hidden = op.expr("hidden")
    out = combined(constant(1 + op.value("bidirectional")), ast.Mult(), hidden)
    words = [op.say(op.channels()), op.say(hidden), op.keyword("bias"), op.keyword("bidirectional")]
    return module(f"{op.helper(op.kind.capitalize())}({', '.join(filter(None, words))})", out)


def _class_token(op: Operation) -> Said:
    count = op.expr("count")
    words = [op.say(op.channels()), *([] if is_number(count, 1) else [op.say(count)])]
    return module(f"{op.helper('ClassToken')}({', '.join(words)})")


def _matmul(op: Operation) -> Said:
    groups, over_channels = op.expr("groups"), 0 in op.value("over")
    positions = op.agreed([product(layer.input_shapes[1].size) for layer in op.layers], "positions")
    out = combined(groups, ast.Mult(), constant(positions)) if over_channels else op.channels(1)
    words = ["{0}", "{1}", *([] if is_number(groups, 1) else [op.stored(groups)])]
    return function(f"{op.helper('dot_products' if over_channels else 'weighted_sums')}({', '.join(words)})", out)


TOKENS: Mapping[str, Callable[[Operation], Said]] = {
    **dict.fromkeys(("gru", "lstm"), _recurrent),
    "attention": _attention,
    "class_token": _class_token,
    "matmul": _matmul,
}
"""Operators of tokens."""
