"""Layers with a kernel: one that is a parameter, that was worked out from several, or that is fixed; and their biases.

Only where one name is one parameter can the three be told apart. An exporter of ONNX files may write fixed numbers as
it writes parameters, so there every kernel is one, unless it stands in a node of its own and others do not.
"""

from __future__ import annotations

from typing import Any

from convcost.ops.numbers import Number, product
from convcost.reading.graph.graph import Constant
from convcost.reading.graph.step import Step
from convcost.reading.graph.views import Refusal, View


def weighted(
    step: Step, kind: str, x: View, w: Constant, bias: Constant | None, out: Number, *others: View, **given: Any
) -> list[View]:
    """Return the output of a layer with a kernel; its bias is a layer where the kernel is not its own or not alike.

    `others` are what it reads beside the map.
    """
    if bias is not None and _is_made_up(step, bias):
        bias = None
    lists = {"out": out, **given}
    held = _held(step, kind, w, out)
    if kind == "depthwise_conv":
        del lists["out"]
        if "weight_norm" in held:
            del lists["multiplier"]
            kind, lists = "conv", {**lists, "out": out, "groups": x.shape.channels}
    elif "trained" in held:
        raise Refusal(f"has a fixed kernel, `{w.key}`, that sums over channels; one of each channel can be counted")
    apart = bias is not None and (step.node.inputs[1] in step.walk.parameters.uneven or _is_unlike(step, w, bias))
    own = None if apart else bias
    made = step.layer(kind, x, *others, weights=(w, own), bias=own is not None, **lists, **held)
    if own is bias:
        return made
    assert bias is not None
    table = {} if not bias.trained or bias.held == out else {"table": bias.held}
    return step.layer("shift", *made, weights=(bias,), trained=bias.trained, **table)


def _is_made_up(step: Step, bias: Constant) -> bool:
    """Whether an exporter spread one number, a zero, for a bias that there is not."""
    maker = step.walk.makers.get(step.node.inputs[2]) if len(step.node.inputs) > 2 else None
    return not bias.trained and maker is not None and maker.op == "Expand"


def _held(step: Step, kind: str, w: Constant, out: Number) -> dict[str, Any]:
    """What a layer is told of a kernel that is not a parameter, or a part of one, as it stands."""
    count, graph = product(w.dims or ()), step.walk.graph
    if w.trained and w.origin and w.held == count + out and out in [size for _, size in w.parameters]:
        return {"weight_norm": True}
    if not graph.distinct:
        maker = step.walk.makers.get(step.node.inputs[1])
        fixed = kind == "depthwise_conv" and maker is not None and maker.op == "Constant"
        return {"trained": False} if fixed and any(one.trained for one in graph.constants.values()) else {}
    if len(w.parameters) == 1 and w.held >= count:
        return {}
    if not w.trained:
        return {"trained": False}
    raise Refusal(f"has a kernel of {count} numbers that is worked out from {w.held} parameters")


def _is_unlike(step: Step, w: Constant, bias: Constant) -> bool:
    """Whether one of the two is fixed, or the bias is no parameter, nor a part of one."""
    whole = len(bias.parameters) == 1 and bias.held >= product(bias.dims or ())
    return step.walk.graph.distinct and (bias.trained != w.trained or (bias.trained and not whole))
