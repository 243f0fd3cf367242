"""Layers along axes: normalisations, softmax and what makes one number of many, as operators of ONNX."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod

from convcost.writing.onnx.step import FLOAT, Step, Writer


def _batch_norm(step: Step) -> str:
    channels = step.numbers[0]
    own = _scale_and_shift(step, getattr(step.operator, "affine", True), channels)
    statistics = step.bias(channels, part="running_mean"), step.scale(channels, part="running_var")
    return step.node("BatchNormalization", step.x, *own, *statistics)


def _scale_and_shift(step: Step, held: bool, *dims: int) -> Sequence[str]:
    """What the layer scales and shifts by; ones and zeros where it does neither, for ONNX wants some."""
    if held:
        return step.scale(*dims), step.bias(*dims)
    return step.fixed(1, dims=dims), step.fixed(0, dims=dims)


def _instance_norm(step: Step) -> str:
    if step.operator.running_stats:
        return _batch_norm(step)
    return step.node("InstanceNormalization", step.x, *_scale_and_shift(step, step.operator.affine, step.numbers[0]))


def _group_norm(step: Step) -> str:
    own = _scale_and_shift(step, step.operator.affine, step.numbers[0])
    return step.node("GroupNormalization", step.x, *own, num_groups=step.operator.groups)


def _layer_norm(step: Step) -> str:
    over = [1 + axis for axis in step.operator.over]
    own = _scale_and_shift(step, step.operator.affine, *(step.numbers[axis] for axis in step.operator.over))
    return _at_the_end(
        step, over, lambda x: step.node("LayerNormalization", x, *own[: 1 + step.operator.affine], axis=-len(over))
    )


def _at_the_end(step: Step, over: Sequence[int], made: Callable[[str], str]) -> str:
    """What is made of a tensor whose last axes are the ones that it is over; then they are where they were."""
    order = [axis for axis in range(1 + len(step.numbers)) if axis not in over] + [*over]
    back = sorted(range(len(order)), key=order.__getitem__)
    return step.turned(made(step.turned(step.x, *order)), *back)


def _rms_norm(step: Step) -> str:
    """Square, mean, root and division: it is one operator only since opset 23."""
    over = step.whole(*(1 + axis for axis in step.operator.over))
    mean = step.part("mean", "ReduceMean", step.part("square", "Mul", step.x, step.x), over)
    root = step.part("root", "Sqrt", step.part("epsilon", "Add", mean, step.fixed(1e-5)))
    if not step.operator.affine:
        return step.node("Div", step.x, root)
    dims = [n if axis in step.operator.over else 1 for axis, n in enumerate(step.numbers)]
    return step.node("Mul", step.part("quotient", "Div", step.x, root), step.scale(*dims))


def _local_response_norm(step: Step) -> str:
    size = step.operator.size
    return step.node("LRN", step.x, size=size, alpha=1e-4 * size, beta=0.75, bias=2.0)


def _reduced(op: str) -> Writer:
    return lambda step: step.node(op, step.x, step.whole(*(1 + axis for axis in step.operator.over)), keepdims=1)


def _arg_max(step: Step) -> str:
    if len(step.operator.over) > 1:
        raise step.refused("over several axes")
    found = step.node("ArgMax", step.x, axis=1 + step.operator.over[0], keepdims=1)
    return step.aside("Cast", found, to=FLOAT)


def _softmax(op: str) -> Writer:
    """Over one axis; several are made one."""

    def made(step: Step) -> str:
        over, groups, sizes = step.operator.over, step.operator.groups, step.numbers
        if groups == 1 and len(over) == 1:
            return step.node(op, step.x, axis=1 + over[0])
        if groups == 1:
            return _at_the_end(step, [1 + axis for axis in over], lambda x: _over_all(step, op, x))
        if len(over) > 1:
            raise step.refused("in groups over several axes")
        blocks = step.reshaped(step.x, groups, sizes[0] // groups, *sizes[1:])
        return step.reshaped(step.node(op, blocks, axis=2), *sizes)

    return made


def _over_all(step: Step, op: str, x: str) -> str:
    """Over all of the last axes of a tensor."""
    over = step.operator.over
    kept = [n for axis, n in enumerate(step.numbers) if axis not in over]
    last = [step.numbers[axis] for axis in over]
    return step.reshaped(step.node(op, step.reshaped(x, *kept, prod(last)), axis=-1), *kept, *last)


NORMALISATIONS: Mapping[str, Writer] = {
    "arg_max": _arg_max,
    "batch_norm": _batch_norm,
    "group_norm": _group_norm,
    "instance_norm": _instance_norm,
    "l2_norm": _reduced("ReduceL2"),
    "layer_norm": _layer_norm,
    "local_response_norm": _local_response_norm,
    "log_softmax": _softmax("LogSoftmax"),
    "max": _reduced("ReduceMax"),
    "mean": _reduced("ReduceMean"),
    "min": _reduced("ReduceMin"),
    "rms_norm": _rms_norm,
    "softmax": _softmax("Softmax"),
    "sum": _reduced("ReduceSum"),
}
"""By operators."""
