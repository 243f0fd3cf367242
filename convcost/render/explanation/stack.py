"""What dilated layers one behind another read, as sections and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost import numerals
from convcost.explain.stack import Depth
from convcost.ops.base import by_x
from convcost.render.explanation import drawings
from convcost.render.explanation.drawings import Marks
from convcost.render.sections import Section


def stack_sections(kernel: int, depths: Sequence[Depth], rank: int, room: int, marks: Marks) -> list[Section]:
    """Return what each layer of a stack sees, and what its last one reads."""
    last = depths[-1]
    rows = [
        f"{str(n).rjust(5)}  {str(d.dilation).rjust(8)}  {str(d.extent).rjust(6)}  {str(d.field).rjust(5)}  "
        f"{str(len(d.positions)).rjust(4)}"
        for n, d in enumerate(depths, 1)
    ]
    weights = len(depths) * kernel**rank
    paragraphs = [
        f"Weights per channel pair: {len(depths)} x {kernel}^{rank} = {numerals.exact(weights)}; one kernel of "
        f"{by_x((last.field,) * rank)} would have {numerals.exact(last.field**rank)}."
    ]
    if last.gaps:
        paragraphs.append(
            f"Gridding: of the {last.field} positions that the field spans along an axis, only {len(last.positions)} "
            "are read."
        )
    else:
        paragraphs.append("Every position of the field is read.")
    lines = [drawings.row(set(last.positions), last.field, marks)] if 2 * last.field <= room else []
    head = "layer  dilation  extent  field  read"
    return [
        Section(
            f"The stack: kernel {kernel}, dilations {', '.join(str(d.dilation) for d in depths)}", lines=[head, *rows]
        ),
        Section("What one output reads along an axis", paragraphs, lines),
    ]


def stack_object(kernel: int, depths: Sequence[Depth]) -> dict[str, Any]:
    """Return a stack as plain data."""
    return {
        "kernel": kernel,
        "layers": [
            {
                "dilation": depth.dilation,
                "extent": depth.extent,
                "receptive_field": depth.field,
                "positions_read": list(depth.positions),
            }
            for depth in depths
        ],
    }
