"""ONNX's sequences: lists of tensors, cut of one or put together, whose places are known."""

from __future__ import annotations

from typing import Any

from convcost.reading.graph.graph import Constant
from convcost.reading.graph.moves import MOVES
from convcost.reading.graph.parts import parts_of
from convcost.reading.graph.step import Rule, Step
from convcost.reading.graph.views import Batch, Refusal, View


def split_to_sequence(step: Step) -> list[View]:
    """Pieces of a size, or of sizes; without them there is one for each place, and the axis goes."""
    x, given = step.map(), step.input(1)
    axis = step.axis(step.whole("axis", 0), len(x.axes))
    whole, sizes = x.sizes[axis], step.numbers(1) or (1,)
    if isinstance(whole, Batch) or not all(isinstance(n, int) and n > 0 for n in (whole, *sizes)):
        raise Refusal("makes a list of pieces whose sizes are not known")
    if not (isinstance(given, Constant) and given.dims):
        (each,) = sizes
        sizes = tuple(min(each, whole - start) for start in range(0, whole, each))
    if sum(sizes) != whole or len(sizes) > _MOST:
        raise Refusal(f"makes a list of {len(sizes)} pieces of {whole}; {_MOST} are the most")
    parts = parts_of(step, x, axis, list(sizes)) if len(sizes) > 1 else [x]
    if given is None and not step.whole("keepdims", 1):
        parts = [part._replace(axes=(*part.axes[:axis], *part.axes[axis + 1 :])) for part in parts]
    return _listed(step, parts)


def _listed(step: Step, parts: list[View]) -> list[View]:
    if step.node.outputs[0] in step.walk.is_output:
        raise Refusal("makes a list of tensors, which no output here is")
    step.walk.lists[step.node.outputs[0]] = parts
    return parts[:1]


def _list(step: Step) -> list[View]:
    found = step.walk.lists.get(step.node.inputs[0])
    if found is None:
        raise Refusal(f"reads the list `{step.node.inputs[0]}`, whose tensors are not known")
    return found


def sequence_at(step: Step) -> list[View]:
    parts, place = _list(step), step.numbers(1) or ()
    if len(place) != 1 or not isinstance(place[0], int) or not -len(parts) <= place[0] < len(parts):
        raise Refusal(f"takes a place of a list of {len(parts)} that it has not")
    return [parts[place[0]]]


def concat_from_sequence(step: Step) -> Any:
    parts, axis = _list(step), step.whole("axis", 0)
    if step.whole("new_axis", 0):
        place = step.axis(axis, len(parts[0].axes) + 1)
        parts = [part._replace(axes=(*part.axes[:place], (), *part.axes[place:])) for part in parts]
    return MOVES["Concat"](step.instead("Concat", parts))


LISTS: dict[str, Rule] = {
    "ConcatFromSequence": concat_from_sequence,
    "SequenceAt": sequence_at,
    "SequenceConstruct": lambda step: _listed(step, step.maps()),
    "SplitToSequence": split_to_sequence,
}
"""The rules, by ONNX's names of the operators."""

_MOST = 64
