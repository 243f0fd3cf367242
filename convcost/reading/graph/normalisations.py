"""ONNX's normalisations -> layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost.ops.numbers import product
from convcost.reading.graph.aligned import constants
from convcost.reading.graph.graph import Constant
from convcost.reading.graph.laying import can_be_map, names, own
from convcost.reading.graph.reductions import along, whole_axes
from convcost.reading.graph.reshaping import reshaped
from convcost.reading.graph.step import Rule, Step
from convcost.reading.graph.views import C, H, Refusal, View, same


def batch_norm(step: Step) -> list[View]:
    x = step.map()
    step.only_output()
    if step.whole("training_mode", 0):
        raise Refusal("is in training mode", "export the network for inference")
    if x.roles[1:2] != (C,):
        x = step.as_map(x)
    scale, shift, *statistics = (step.per_channel(n, x.shape.channels) for n in range(1, 5))
    if None in statistics or (scale is None) != (shift is None):
        raise Refusal("has no scale, shift, mean or variance")
    affine = scale is not None and not _is_none(step, scale)
    return step.layer("batch_norm", x, weights=(scale, shift) if affine else (), affine=affine)


def _is_none(step: Step, scale: Constant | None) -> bool:
    """Whether a file that is ours has ones for a scale because ONNX wants one, and zeros for a shift."""
    return step.walk.graph.is_ours and scale is not None and not scale.trained


def _channels(x: View) -> Any:
    if not can_be_map(x):
        raise Refusal("reads a tensor whose axes are not batch, channels and up to three of positions")
    return x.sizes[1]


def _of_frames(step: Step, groups: Any, lists: Sequence[Constant | None]) -> list[View]:
    """Groups of channels, normalised in each of what was put in the batch; then scales and shifts where there are."""
    x = step.map()
    batch, channels, *size = x.sizes
    parts = reshaped(x, (batch, groups, channels // groups, *size))
    assert parts is not None
    parts, over = whole_axes(step, parts, range(2, len(parts.axes)))
    (made,) = step.layer("layer_norm", parts, over=names(parts, over or {C}), affine=False)
    found = reshaped(made, x.sizes)
    assert found is not None
    for kind, one in zip(("scale", "shift"), lists, strict=True):
        if one:
            (found,) = constants(step, kind, found, one._replace(dims=(channels, *(1 for _ in size))))
    return [found]


def instance_norm(step: Step) -> list[View]:
    x = step.map()
    channels = _channels(x)
    lists = [step.per_channel(n, channels) for n in (1, 2)]
    if any(one is None or _is_made_up(one, fill) for one, fill in zip(lists, (1, 0), strict=True)):
        lists = []
    if own(x.axes[0]):
        return _of_frames(step, channels, lists or (None, None))
    return step.layer("instance_norm", step.plain(), weights=lists, affine=bool(lists))


def _is_made_up(constant: Constant, fill: int) -> bool:
    """Return whether an exporter made up a scale or a shift that the operator must have and the module has not."""
    values, named = constant.values, constant.key.endswith((".weight", ".bias"))
    return not constant.trained or (not named and values is not None and all(n == fill for n in values))


def group_norm(step: Step) -> list[View]:
    channels = _channels(step.map())
    scale, shift = (step.per_channel(n, channels) for n in (1, 2))
    groups = step.whole("num_groups", 0)
    if own(step.map().axes[0]):
        if groups < 1 or not same(channels % groups, 0):
            raise Refusal(f"has {groups} groups for {channels} channels")
        return _of_frames(step, groups, (scale, shift))
    x = step.plain()
    if _is_none(step, scale):
        scale = shift = None
    if scale and shift:
        return step.layer("group_norm", x, weights=(scale, shift), groups=groups)
    made = step.layer("group_norm", x, groups=groups, affine=False)
    return step.layer("scale", *made, weights=(scale,)) if scale else made


def local_response_norm(step: Step) -> list[View]:
    return step.layer("local_response_norm", step.plain(), size=step.whole("size", 0))


def layer_norm(step: Step) -> list[View]:
    x = step.map()
    step.only_output()
    axes = range(step.axis(step.whole("axis", -1), len(x.axes)), len(x.axes))
    x, over = (step.channels_last(x), {C}) if len(axes) == 1 else whole_axes(step, x, axes)
    count = product(x.shape.numbers[axis - C] for axis in over)
    scale, shift = (_of_as_many(step, n, count) for n in (1, 2))
    pairs = (("scale", scale, 1), ("shift", shift, 0))
    held = [(kind, one) for kind, one, fill in pairs if one and not _is_made_up(one, fill)]
    if len(held) == 2:
        return step.layer("layer_norm", x, weights=(scale, shift), over=names(x, over))
    positions = {*range(H, x.shape.rank + H)}
    per = {(C,): "channel", tuple(positions): "position", (C, *positions): "element"}.get(tuple(sorted(over)))
    if per is None and held:
        raise Refusal(f"has `{held[0][1].key}` alone, for a part of the axes")
    made = step.layer("layer_norm", x, over=names(x, over), affine=False)
    for kind, one in held:
        made = step.layer(kind, *made, weights=(one,), per=per)
    return made


def rms_norm(step: Step) -> list[View]:
    """Over the axes from one on, with a scale for each number along them."""
    x = step.map()
    axes = range(step.axis(step.whole("axis", -1), len(x.axes)), len(x.axes))
    x, over = (step.channels_last(x), {C}) if len(axes) == 1 else whole_axes(step, x, axes)
    scale = _of_as_many(step, 1, product(x.shape.numbers[axis - C] for axis in over))
    return step.layer("rms_norm", x, weights=(scale,), over=names(x, over), affine=scale is not None)


def _of_as_many(step: Step, n: int, count: Any) -> Constant | None:
    """A tensor of weights of which there are so many."""
    found = step.input(n)
    if found is None:
        return None
    if isinstance(found, View) or found.dims is None:
        raise Refusal(f"has weights, `{step.node.inputs[n]}`, that are not constants")
    if not same(product(found.dims), count):
        raise Refusal(f"has {product(found.dims)} numbers in `{found.key}` for {count} that are normalised together")
    return found._replace(dims=(count,))


def lp_norm(step: Step) -> list[View]:
    """x over the root of the sum of its squares, or over the sum of its sizes."""
    x = step.map()
    axes = (step.axis(step.whole("axis", -1), len(x.axes)),)
    if step.whole("p", 2) == 1:
        return step.layer("div", x, along(step, "sum", step.layer("abs", x)[0], axes))
    x, _ = whole_axes(step, x, axes)
    return step.layer("div", x, along(step, "l2_norm", x, axes))


def mean_variance_norm(step: Step) -> list[View]:
    x = step.map()
    axes = [step.axis(n, len(x.axes)) for n in step.ints("axes", (0, 2, 3))]
    x, over = whole_axes(step, x, axes)
    return step.layer("layer_norm", x, over=names(x, over or {C}), affine=False)


NORMALISATIONS: dict[str, Rule] = {
    "BatchNormalization": batch_norm,
    "GroupNormalization": group_norm,
    "InstanceNormalization": instance_norm,
    "LRN": local_response_norm,
    "LayerNormalization": layer_norm,
    "LpNormalization": lp_norm,
    "MeanVarianceNormalization": mean_variance_norm,
    "RMSNormalization": rms_norm,
}
"""The rules, by ONNX's names of the operators."""
