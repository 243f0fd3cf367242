"""The drawing that belongs to each member of the family, where one helps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcost.explain.channels import reached, shuffled
from convcost.explain.explanation import Explanation
from convcost.ops.base import Shape, by_x
from convcost.render.explanation import drawings
from convcost.render.explanation.drawings import Marks
from convcost.render.sections import Section, room_for

MOST_CHANNELS = 24
MOST_OUTPUTS = 12
WIDEST_KERNEL = 33
MOST_SHUFFLED = 100_000


def illustration(explanation: Explanation, width: int | None, marks: Marks) -> list[Section]:
    """Return the member's drawing; none if it has none, or the sizes are too large for one."""
    draw = _DRAWINGS.get(explanation.member.name)
    return draw(explanation, width, marks) if draw else []


def _taps(explanation: Explanation, width: int | None, marks: Marks) -> list[Section]:
    operator, x = _first(explanation)
    extents = [window.extent for window in operator.windows(x)]
    if max(extents) > WIDEST_KERNEL:
        return []
    title = f"The taps: {by_x(operator.kernel)} on {by_x(extents)} positions"
    return [Section(title, lines=drawings.taps(extents, operator.dilation, marks))]


def _groups(explanation: Explanation, width: int | None, marks: Marks) -> list[Section]:
    operator, x = _first(explanation)
    conv = getattr(operator, "grouped", lambda x: operator)(x)
    inputs, outputs, groups = x.channels, conv.out, conv.groups
    title = "Who reads whom: a line for each output channel, a column for each input channel"
    shown = min(groups, MOST_OUTPUTS)
    each_in = max(1, min(inputs // groups, MOST_CHANNELS // shown))
    each_out = max(1, min(outputs // groups, MOST_OUTPUTS // shown))
    if (shown * each_in, shown * each_out) != (inputs, outputs):
        # Too many for a drawing: a part stands for the whole.
        title += f"; drawn smaller: {shown} of {groups} groups"
        if (each_in, each_out) != (inputs // groups, outputs // groups):
            title += f", {each_in} of {inputs // groups} channels each, to {each_out} of {outputs // groups}"
    return [Section(title, lines=drawings.connections(shown * each_in, shown * each_out, shown, marks))]


def _shuffle(explanation: Explanation, width: int | None, marks: Marks) -> list[Section]:
    layer = next(layer for layer in explanation.analysis.network.layers if layer.kind == "channel_shuffle")
    channels, groups = layer.input_shapes[0].channels, getattr(layer.operator, "groups", 1)
    if channels > MOST_SHUFFLED:
        return []
    seen = reached(channels, groups)
    enough = (
        "as many as" if channels // groups == groups else "more than" if channels // groups > groups else "fewer than"
    )
    paragraph = (
        f"Behind two such layers an output sees {seen} of {channels} channels"
        f"{'' if seen == channels else ' only'}: a group has {channels // groups} channels, {enough} there are groups."
    )
    if channels > MOST_CHANNELS:
        return [Section("The shuffle", [paragraph])]
    lines = drawings.shuffle(shuffled(channels, groups), groups, marks)
    return [*_groups(explanation, width, marks), Section("The shuffle", [paragraph], lines)]


def _outer(explanation: Explanation, width: int | None, marks: Marks) -> list[Section]:
    length = explanation.analysis.network.layers[0].operator.kernel[0]  # type: ignore[attr-defined]
    if length > 7:
        return []
    rows = [chr(ord("a") + n) for n in range(length)]
    columns = [chr(ord("A") + n) for n in range(length)]
    lines = []
    for n, row in enumerate(rows):
        middle = n == length // 2
        left = f"{row} {'x' if middle else ' '} {' '.join(columns) if middle else ' ' * (2 * length - 1)}"
        lines.append(f"{left} {'=' if middle else ' '} {' '.join(row + column for column in columns)}")
    return [Section("A column times a row", lines=lines)]


def _widths(explanation: Explanation, width: int | None, marks: Marks) -> list[Section]:
    """The channels that each layer of a unit writes."""
    rows = [("input", explanation.given.channels)]
    for part in explanation.worked.parts:
        if part.layer is None:
            continue
        kernel = getattr(part.layer.operator, "kernel", None)
        kind = part.layer.kind + (f" {by_x(kernel)}" if kernel else "")
        path = next((word for word in part.name.split(".") if word in _PATHS), "")
        rows.append((f"{path} {kind}".strip(), part.layer.output_shapes[0].channels))
    return [Section("Channels along the way", lines=drawings.widths(rows, min(room_for(width), 78), marks))]


_PATHS = ("one", "three", "five", "pool")

_DRAWINGS: dict[str, Callable[[Explanation, int | None, Marks], list[Section]]] = {
    "bottleneck": _widths,
    "depthwise": _groups,
    "depthwise_separable": _groups,
    "dilated": _taps,
    "flattened": _widths,
    "grouped": _groups,
    "inception": _widths,
    "inverted_residual": _widths,
    "pointwise_grouped": _groups,
    "resnext": _widths,
    "shuffle": _widths,
    "shuffled_grouped": _shuffle,
    "spatially_separable": _outer,
    "squeeze_excite": _widths,
}


def _first(explanation: Explanation) -> tuple[Any, Shape]:
    layer = explanation.analysis.network.layers[0]
    return layer.operator, layer.input_shapes[0]
