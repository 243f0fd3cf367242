"""W307: taps of a kernel that only ever meet padding, for the map is smaller than the kernel."""

from __future__ import annotations

from collections.abc import Iterator

from convcost.checks.base import Axis, Found, Rule, Subject
from convcost.ops.base import by_x


def find(subject: Subject) -> Iterator[Found]:
    """Layers with weights, some of which are multiplied with nothing but padding zeros."""
    for layer, pairs in subject.layers_where(dead_taps):
        x = by_x(layer.input_shapes[0].size)
        taps = " and ".join(_taps(axis, count, layer.input_shapes[0].rank) for axis, count in pairs)
        help = "a smaller kernel or dilation computes the same"
        yield Found(f"on its {x} input, {taps} of `{layer.name}` only ever meet padding", help, layer)


_WEIGHTED = ("conv", "depthwise_conv")
"""Pools refuse windows of nothing but padding, and where a deformable convolution reads depends on the data."""


_MOST_TAPS = 4096
"""Larger kernels are not looked at."""


def dead_taps(axis: Axis) -> int:
    """Taps of weights that no output brings onto a real position. Output y's tap t reads y*s - p + d*t."""
    w = axis.window
    if axis.layer.kind not in _WEIGHTED or w.kernel > _MOST_TAPS:
        return 0
    if getattr(axis.layer.operator, "padding_mode", "zeros") != "zeros":
        return 0
    if w.stride <= w.extent <= min(axis.size, axis.size + w.after + 1 - w.stride) and min(w.before, w.after) >= 0:
        return 0  # the first output whose tap is past the padding before exists, and reads a real position
    dead = 0
    for tap in range(w.kernel):
        shift = w.dilation * tap - w.before
        first = max(0, -(shift // w.stride))
        dead += first >= axis.output or first * w.stride + shift >= axis.size
    return dead


def _taps(axis: Axis, count: int, rank: int) -> str:
    where = "" if rank == 1 else f" along axis {axis.number}"
    return f"{count} of {axis.window.kernel} taps{where}"


RULE = Rule(
    "W307",
    "padded-kernel",
    "Some taps of a kernel only ever meet padding.",
    """\
On a map smaller than the kernel, or than a dilated kernel's extent, some weights are multiplied with padding zeros at
every position. They are counted, stored and never trained: a 3x3 convolution with padding 1 on a 1x1 map is a 1x1
convolution that costs nine times as much.

    - {conv: {out: 256, kernel: 3, padding: 12, dilation: 12}, name: atrous}       # on 10x10: only the middle tap reads

Give the network the input size it was made for, or use a smaller kernel or dilation there. (Chen et al. 2017,
arXiv:1706.05587, section 3.3, on dilations that outgrow the map.)
""",
    find,
)
