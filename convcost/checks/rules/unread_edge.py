"""W302: rows and columns of a map that no window of a strided layer reads: the last that fits ends before them."""

from __future__ import annotations

from collections.abc import Iterator

from convcost.checks.base import Axis, Found, Rule, Subject
from convcost.ops.base import by_x


def find(subject: Subject) -> Iterator[Found]:
    """Axes whose last positions are beyond every window."""
    for layer, pairs in subject.layers_where(unread):
        size = list(layer.input_shapes[0].size)
        what = " and the last ".join(_positions(axis.number, len(size), count) for axis, count in pairs)
        message = f"no window of `{layer.name}` reads the last {what} of its {by_x(size)} input"
        help = "`ceil_mode: true` reads them" if hasattr(layer.operator, "ceil_mode") else "padding at the end would do"
        for axis, count in pairs:
            size[axis.number] -= count
        if min(size) > 0:
            help += f"; an input of {by_x(size)} has none left over"
        yield Found(message, help, layer)


def unread(axis: Axis) -> int:
    """Real positions after the last window that a further stride would have reached.

    Windows o = floor((i+p+q-e)/s) + 1 end before position (o-1)s - p + e. Strides larger than the window skip s - e
    positions between any two windows, and may after the last.
    """
    window = axis.window
    beyond = axis.size - ((axis.output - 1) * window.stride - window.before + window.extent)
    # Negative padding crops, which is meant; and a window may lie in the padding before the map.
    lost = beyond > max(0, window.stride - window.extent) and min(window.before, window.after) >= 0
    return min(beyond, axis.size) if lost else 0


def _positions(axis: int, rank: int, count: int) -> str:
    if rank == 2:
        noun = "row" if axis == 0 else "column"
        return noun if count == 1 else f"{count} {noun}s"
    noun = "position" if count == 1 else f"{count} positions"
    return noun if rank == 1 else f"{noun} along axis {axis}"


RULE = Rule(
    "W302",
    "unread-edge",
    "The last rows or columns of a map are read by no window.",
    """\
A window that does not fit any more is left out, and what only it would have read is lost: a 2x2 pool of stride 2 on a
7x7 map has 3x3 windows and never reads the last row and the last column, a quarter of the positions.

    - max_pool: {kernel: 2}                        # on 7x7: floor(5/2) + 1 = 3
    - max_pool: {kernel: 2, ceil_mode: true}       # 4x4, the last windows hang over the edge

Gradients never reach these positions through the layer, and results change when the image is moved by one pixel. Use
`ceil_mode`, pad the end (`padding: [[0, 1], [0, 1]]`, `padding: same`), or choose an input size that leaves nothing
over. What a stride larger than the kernel skips between its windows is not meant.
""",
    find,
)
