"""ONNX operators that compute -> layers. LAYERS is the table of all of them; those with windows have a room apart."""

from __future__ import annotations

from convcost.reading.graph.graph import Constant
from convcost.reading.graph.laying import own
from convcost.reading.graph.pointwise import POINTWISE
from convcost.reading.graph.products import PRODUCTS
from convcost.reading.graph.reductions import REDUCTIONS
from convcost.reading.graph.sequences import SEQUENCES
from convcost.reading.graph.step import Rule, Step
from convcost.reading.graph.views import C, Refusal, View
from convcost.reading.graph.windows import WINDOWS


def batch_norm(step: Step) -> list[View]:
    x = step.map()
    step.only_output()
    if step.whole("training_mode", 0):
        raise Refusal("is in training mode", "export the network for inference")
    if x.roles[1:2] != (C,):
        x = step.as_map(x)
    lists = [step.per_channel(n, x.shape.channels) for n in range(1, 5)]
    if None in lists:
        raise Refusal("has no scale, shift, mean or variance")
    return step.layer("batch_norm", x, weights=lists[:2])


def _whole_samples(step: Step) -> View:
    x = step.plain()
    if own(step.map().axes[0]):
        raise Refusal("normalises each of what was put in the batch, which no operator here does")
    return x


def instance_norm(step: Step) -> list[View]:
    x = _whole_samples(step)
    lists = [step.per_channel(n, x.shape.channels) for n in (1, 2)]
    if any(one is None or _is_made_up(one, fill) for one, fill in zip(lists, (1, 0), strict=True)):
        return step.layer("instance_norm", x)
    return step.layer("instance_norm", x, weights=lists, affine=True)


def _is_made_up(constant: Constant, fill: int) -> bool:
    """Return whether an exporter made up a scale or a shift that the operator must have and the module has not."""
    values, named = constant.values, constant.key.endswith((".weight", ".bias"))
    return not constant.trained or (not named and values is not None and all(n == fill for n in values))


def group_norm(step: Step) -> list[View]:
    x = _whole_samples(step)
    lists = [step.per_channel(n, x.shape.channels) for n in (1, 2)]
    return step.layer("group_norm", x, weights=lists, groups=step.whole("num_groups", 0))


def local_response_norm(step: Step) -> list[View]:
    return step.layer("local_response_norm", step.plain(), size=step.whole("size", 0))


LAYERS: dict[str, Rule] = {
    **POINTWISE,
    **PRODUCTS,
    **REDUCTIONS,
    **SEQUENCES,
    **WINDOWS,
    "BatchNormalization": batch_norm,
    "GroupNormalization": group_norm,
    "InstanceNormalization": instance_norm,
    "LRN": local_response_norm,
}
"""The rules, by ONNX's names of the operators."""
