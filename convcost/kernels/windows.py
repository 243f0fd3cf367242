"""Windows on real arrays. All functions act on the last axes, so that maps, masks and stains go the same way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convcost.kernels.tally import Array, Given

Sides = Sequence[tuple[int, int]]


def pad(x: Array, sides: Sides, fill: Any = 0) -> Array:
    """x with `fill` before and after each of its last axes."""
    if not any(map(any, sides)):
        return x
    lead = x.ndim - len(sides)
    size = [n + before + after for n, (before, after) in zip(x.shape[lead:], sides, strict=True)]
    y = np.full((*x.shape[:lead], *size), fill, x.dtype)
    inside(y, sides)[...] = x
    return y


NUMPY = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""What numpy calls the ways to lay a map's own positions around it."""


def lay(x: Array, sides: Sides, mode: str, fill: Any = 0) -> Array:
    """x with positions before and after each of its last axes: `fill`, or its own as `mode` says."""
    if mode == "zeros" or not any(map(any, sides)):
        return pad(x, sides, fill)
    laid: Array = np.pad(x, [(0, 0)] * (x.ndim - len(sides)) + list(sides), NUMPY[mode])  # type: ignore[call-overload]
    return laid


def lay_stains(stains: Array, sides: Sides, mode: str, edge: Any) -> Array:
    """Return stains with what is laid around them: the stains of positions, and marks for what is beyond the edge.

    Dye from the other end of a map would stretch a field over all of it: where there are marks, they stand for it.
    """
    marks = pad(np.zeros_like(stains), sides, edge)
    if mode == "circular" and np.any(edge):
        return pad(stains, sides, edge)
    return np.maximum(lay(stains, sides, mode, edge), marks)


def fold(x: Array, sides: Sides, mode: str) -> Array:
    """Return what `lay` laid around a map added to where it came from: its transpose, as gradients take it."""
    if mode == "zeros":
        return inside(x, sides).copy()
    lead = x.ndim - len(sides)
    size = [n - before - after for n, (before, after) in zip(x.shape[lead:], sides, strict=True)]
    places = lay(np.arange(prod(size)).reshape(size), sides, mode)
    y = np.zeros((*x.shape[:lead], prod(size)), x.dtype)
    rows = x.reshape(-1, places.size)
    for row, total in zip(rows, y.reshape(len(rows), -1), strict=True):
        np.add.at(total, places.reshape(-1), row)
    return y.reshape(*x.shape[:lead], *size)


def at(x: Array, *index: int | slice) -> Array:
    """x[..., *index]: a view on its last axes."""
    view: Array = x[(..., *index)]
    return view


def inside(x: Array, sides: Sides) -> Array:
    """Return what `sides` leave of x: the inverse of pad, as a view."""
    lengths = x.shape[x.ndim - len(sides) :]
    return at(x, *(slice(before, n - after) for n, (before, after) in zip(lengths, sides, strict=True)))


class Frame(NamedTuple):
    """How windows lie on a map, per axis."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: Any  # (before, after) per axis, or "same"
    ceil_mode: bool = False
    mode: str = "zeros"
    """What the padding is: zeros, or the map's own positions."""

    def sides(self, size: Sequence[int]) -> Sides:
        """Return the padding. `same` starts windows at every stride-th position of the map and pads what hangs over."""
        if self.padding != "same":
            return tuple(self.padding)
        starts = [range(0, n, s)[-1] for n, s in zip(size, self.stride, strict=True)]
        hangs = [max(0, start + e - n) for start, e, n in zip(starts, self._extents(), size, strict=True)]
        return [(hang // 2, hang - hang // 2) for hang in hangs]

    def windows(self, x: Array, padding: Any = 0, overhang: Any = 0) -> Array:
        """Return every window on x, padded, as a view [..., *positions, *kernel].

        In ceil mode one more window may hang over the end, if it starts on the map or the padding before it.
        """
        rank = len(self.kernel)
        size = x.shape[-rank:]
        sides = self.sides(size)
        x = lay(x, sides, self.mode, padding)
        if not self.ceil_mode:
            return self.view(x)
        view = self.view(pad(x, [(0, s - 1) for s in self.stride], overhang))
        starts = [range(0, n + before, s) for n, (before, _), s in zip(size, sides, self.stride, strict=True)]
        return at(view, *(slice(len(axis)) for axis in starts), *(slice(None) for _ in starts))

    def view(self, x: Array, writeable: bool = False) -> Array:
        """Return every window on x as it is, as a view [..., *positions, *kernel]."""
        rank = len(self.kernel)
        axes = tuple(range(x.ndim - rank, x.ndim))
        view = sliding_window_view(x, self._extents(), axes, writeable=writeable)
        return at(view, *(slice(None, None, step) for step in (*self.stride, *self.dilation)))

    def taps(self, view: Array) -> Iterator[Array]:
        """Yield the elements that each tap of the kernel meets, [..., *positions] one after another."""
        for tap in product(*map(range, self.kernel)):
            yield at(view, *tap)

    def gather(self, combine: np.ufunc, view: Array) -> Array:
        """Return one number per window: its elements combined, tap by tap."""
        taps = self.taps(view)
        y = next(taps).copy()
        for tap in taps:
            combine(y, tap, out=y)
        return y

    def scatter(self, products: Array, canvas: Array) -> None:
        """Add `products` [..., *kernel, *positions] to the elements of the canvas that the windows on it meet."""
        view = self.view(canvas, writeable=True)
        for tap, target in zip(product(*map(range, self.kernel)), self.taps(view), strict=True):
            target += at(products, *tap, *(slice(None),) * len(tap))

    def count(self, view: Array) -> int:
        """Return how many flags the windows meet."""
        return sum(int(np.count_nonzero(tap)) for tap in self.taps(view))

    def padding_reads(self, size: Sequence[int]) -> int:
        """Pairs (window, tap) that meet no element of the map but zeros: a mask sent through the same windows."""
        return self.count(self.windows(np.zeros(size, bool), True, True))

    def stain(self, edge: Array, stains: Array) -> Array:
        """Return the strongest stain that each window meets."""
        if self.mode == "zeros":
            return self.gather(np.maximum, self.windows(stains, edge, edge))
        sides = self.sides(stains.shape[stains.ndim - len(self.kernel) :])
        return self.gather(np.maximum, self.view(lay_stains(stains, sides, self.mode, edge)))

    def _extents(self) -> tuple[int, ...]:
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))


def frame(given: Given) -> Frame:
    """Return the windows an operator's arguments describe. Where a stride is left out, windows lie side by side."""
    rank = len(given.kernel)
    return Frame(
        given.kernel,
        given.stride or given.kernel,
        getattr(given, "dilation", (1,) * rank),
        getattr(given, "padding", ((0, 0),) * rank),
        getattr(given, "ceil_mode", False),
        getattr(given, "padding_mode", "zeros"),
    )
