"""What max_pool, avg_pool and subsample share: their windows, sizes and guards."""

from __future__ import annotations

from typing import Any

from convcost.errors import ShapeError
from convcost.ops.base import Shape, require_spatial
from convcost.ops.numbers import Number, product
from convcost.ops.windows import Window, axis_windows, output_size, require_fit


def pool_windows(
    x: Shape, kernel: tuple[Number, ...], stride: tuple[Number, ...] | None, padding: Any, dilation: tuple[Number, ...]
) -> tuple[Window, ...]:
    """Return the windows; they do not overlap unless a stride says so."""
    return axis_windows(x.size, kernel, kernel if stride is None else stride, padding, dilation)


def pool_output(x: Shape, windows: tuple[Window, ...], padding: Any, ceil_mode: bool) -> Shape:
    """As many channels, and one position per window."""
    if not ceil_mode:
        return Shape(x.channels, output_size(x.size, windows, padding))
    return Shape(x.channels, tuple(w.output_ceil(i) for w, i in zip(windows, x.size, strict=True)))


def pool_reads(x: Shape, windows: tuple[Window, ...], y: Shape) -> Number:
    """Real elements read, over all windows."""
    return x.channels * product(w.real_reads(i, o) for w, i, o in zip(windows, x.size, y.size, strict=True))


def check_pool(
    operator: str, x: Shape, windows: tuple[Window, ...], y: Shape, padding: object, ceil_mode: bool
) -> None:
    """Windows must fit (in ceil mode they may hang over), and hold more than padding: at most half of it."""
    require_spatial(operator, x)
    for axis, w in enumerate(windows):
        if padding != "same" and 2 * max(w.before, w.after) > w.extent:
            raise ShapeError(
                f"padding {max(w.before, w.after)} is more than half of kernel {w.kernel} on axis {axis}",
                "a window would hold nothing but padding",
                argument="padding",
            )
    if not ceil_mode or any(o < 1 for o in y.size):
        require_fit(x.size, windows, y.size)
    for axis, (w, i, o) in enumerate(zip(windows, x.size, y.size, strict=True)):
        # At most half of a window is padding, so only taps wider apart than the map can all miss it, and then at most
        # one of a window's taps reads it.
        if w.dilation > i and w.real_reads(i, o) < o:
            raise ShapeError(f"a window would read nothing but padding on axis {axis}", argument="dilation")
