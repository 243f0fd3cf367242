"""Operators along axes, any of them: means, maxima, sums and norms, and softmax."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from convcost.ops.numbers import product
from convcost.reading.graph.laying import inner, names, own
from convcost.reading.graph.parts import piece
from convcost.reading.graph.step import Rule, Step
from convcost.reading.graph.views import C, H, N, Refusal, View, view

_POOLS = {"mean": "global_avg_pool", "max": "global_max_pool"}


def reduce(*kinds: str, log: bool = False) -> Rule:
    """The last of some operators along axes; those before it on each number, the square as a product; then its log."""

    def rule(step: Step) -> list[View]:
        x = step.map()
        axes = step.axes(1, len(x.axes))
        if not axes:
            if step.whole("noop_with_empty_axes", 0):
                return [x]
            axes = tuple(range(len(x.axes)))
        for kind in kinds[:-1]:
            (x,) = step.layer(kind, *(x, x) if kind == "mul" else (x,))
        y = along(step, kinds[-1], x, axes)
        if log:
            (y,) = step.layer("transcendental", y, function="log")
        return [without(step, y, axes)]

    return rule


def arg_max(step: Step) -> list[View]:
    x = step.map()
    axes = (step.axis(step.whole("axis", 0), len(x.axes)),)
    return [without(step, along(step, "arg_max", x, axes), axes)]


def top_k(step: Step) -> list[View]:
    """The largest, and their places: to find them takes a comparison of each number or more."""
    x, count = step.map(), step.numbers(1)
    axis = step.axis(step.whole("axis", -1), len(x.axes))
    if not count or not isinstance(count[0], int) or count[0] < 1:
        raise Refusal("takes a number of places that is not known")
    (compared,) = step.layer("compare", x)
    return [piece(step, compared, axis, 0, count[0])] * len(step.node.outputs)


def without(step: Step, x: View, axes: Collection[int]) -> View:
    """Return a tensor without axes of size 1, unless a node keeps them."""
    if step.whole("keepdims", 1):
        return x
    return x._replace(axes=tuple(axis for n, axis in enumerate(x.axes) if n not in axes))


def along(step: Step, kind: str, x: View, axes: Collection[int]) -> View:
    """Return what is left when the numbers along axes have become one; the axes stay, of length 1."""
    x, over = whole_axes(step, x, axes)
    if not over and kind in ("mean", "max", "min", "sum"):
        return x
    if over == {*range(H, x.shape.rank + H)} and kind in _POOLS:
        (tensor,) = step.walk.add(step.node, _POOLS[kind], (x,), {})
    else:
        (tensor,) = step.walk.add(step.node, kind, (x,), {"over": names(x, over or {C})})
    return view(tensor, [() if n in axes else axis for n, axis in enumerate(x.axes)])


def whole_axes(step: Step, x: View, axes: Collection[int]) -> tuple[View, set[int]]:
    """Return a tensor of which these axes together are whole axes of the network's, and which those are."""
    picked = {factor for n in axes for factor in x.axes[n]}
    if any(factor.axis == N for factor in picked):
        raise Refusal("is over the samples of a batch")
    over = {factor.axis for factor in picked}
    if picked == {factor for factor in x.inner if factor.axis in over}:
        return x, over
    others = [n for n, axis in enumerate(x.axes) if n not in axes and own(axis)]
    return step.laid(x, [others, sorted(axes)]), {H}


def softmax(kind: str) -> Rule:
    def rule(step: Step) -> list[View]:
        x = step.map()
        axis = step.axis(step.whole("axis", -1 if step.opset >= 13 else 1), len(x.axes))
        # Before opset 13 all axes from this one on were taken together.
        return [softmax_over(step, kind, x, (axis,) if step.opset >= 13 else range(axis, len(x.axes)))]

    return rule


def softmax_over(step: Step, kind: str, x: View, axes: Sequence[int]) -> View:
    """All channels, the last part of them in groups, or positions; other numbers are made channels first."""
    picked = inner([x.axes[n] for n in axes])
    if not picked:  # each number is by itself
        return step.layer(kind, x, groups=x.shape.channels)[0]
    channels = [factor for factor in x.inner if factor.axis == C]
    if list(picked) == channels[-len(picked) :]:
        return step.layer(kind, x, groups=product(factor.size for factor in channels[: -len(picked)]))[0]
    x, over = whole_axes(step, x, axes)
    return step.layer(kind, x, over=names(x, over))[0]


REDUCTIONS: dict[str, Rule] = {
    "ArgMax": arg_max,
    "ArgMin": arg_max,
    "LogSoftmax": softmax("log_softmax"),
    "ReduceL1": reduce("abs", "sum"),
    "ReduceL2": reduce("l2_norm"),
    "ReduceLogSum": reduce("sum", log=True),
    "ReduceLogSumExp": reduce("exp", "sum", log=True),
    "ReduceMax": reduce("max"),
    "ReduceMean": reduce("mean"),
    "ReduceMin": reduce("min"),
    "ReduceSum": reduce("sum"),
    "ReduceSumSquare": reduce("mul", "sum"),
    "Softmax": softmax("softmax"),
    "TopK": top_k,
}
"""The rules, by ONNX's names of the operators."""
