"""What a transposed convolution adds up where, and the direct convolution and the matrices that do the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product as combinations
from math import gcd, prod

from convcost.ops.base import Shape
from convcost.ops.conv_transpose import ConvTranspose
from convcost.ops.windows import TransposedWindow

MOST_COUNTS = 4096


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many products are summed into the outputs along one axis."""

    window: TransposedWindow
    interior: tuple[int, ...]
    """Away from the edges, for each phase: output positions modulo the stride, from the first one on."""
    counts: tuple[int, ...]
    """For every output position, edges included; none if there are too many to list."""

    @property
    def uniform(self) -> bool:
        """Whether all outputs away from the edges are sums of equally many products."""
        return len(set(self.interior)) == 1

    @property
    def edges_only(self) -> bool:
        """Whether the input is too small: outputs of some phase are all at the edges and sum other numbers."""
        stride = self.window.stride
        return any(n not in self.counts[phase::stride] for phase, n in enumerate(self.interior)) and bool(self.counts)

    @property
    def shared(self) -> int:
        """What dilation and stride have in common: with a factor some phases are never written."""
        return gcd(self.window.dilation, self.window.stride)

    @property
    def holes(self) -> bool:
        """Whether some outputs get no product at all."""
        return 0 in self.interior

    @property
    def ratio(self) -> Fraction | None:
        """The most summed over the fewest; None with holes."""
        return None if self.holes else Fraction(max(self.interior), min(self.interior))


def together(found: Sequence[Overlap]) -> Fraction | None:
    """Return the most summed over the fewest, all axes together; None with holes along any."""
    result = Fraction(1)
    for axis in found:
        if axis.ratio is None:
            return None
        result *= axis.ratio
    return result


def overlap(window: TransposedWindow, size: int) -> Overlap:
    """Return the pattern along an axis of `size` inputs.

    >>> overlap(TransposedWindow(3, 2, 0, 0, 1), 3).counts
    (1, 1, 2, 1, 2, 1, 1)
    """
    length = window.output(size)
    counts = (sum(0 <= x < size for x in window.reads(y)) for y in range(length if length <= MOST_COUNTS else 0))
    return Overlap(window, window.interior, tuple(counts))


@dataclass(frozen=True, slots=True)
class Direct:
    """The convolution that computes the same: over the input stretched by zeros, with the kernel turned."""

    zeros: tuple[int, ...]
    """Between neighbouring elements of the input, per axis."""
    stretched: tuple[int, ...]
    """The input's size with those."""
    padding: tuple[tuple[int, int], ...]
    """Zeros before and after each axis; negative ones cut."""
    dilation: tuple[int, ...]
    macs: int
    """Counting the products with all those zeros."""


def equivalent_direct(operator: ConvTranspose, x: Shape) -> Direct:
    """Stretch to (i-1)s + 1, pad d(k-1) - p before and d(k-1) - q + a after, turn the kernel by 180 degrees."""
    windows = operator.windows(x)
    spans = [w.dilation * (w.kernel - 1) for w in windows]
    y = operator.output(x)
    pairs = operator.out * x.channels // operator.groups
    return Direct(
        zeros=tuple(w.stride - 1 for w in windows),
        stretched=tuple((i - 1) * w.stride + 1 for i, w in zip(x.size, windows, strict=True)),
        padding=tuple((e - w.before, e - w.after + w.output_padding) for e, w in zip(spans, windows, strict=True)),
        dilation=tuple(w.dilation for w in windows),
        macs=pairs * prod(operator.kernel) * prod(y.size),
    )


LARGEST_MATRIX = 36
"""Columns of a matrix that is shown."""


def matrix(operator: ConvTranspose, x: Shape) -> list[list[int | None]]:
    """C of the forward convolution: one row per input position of the transposed one, one column per output position.

    An entry is the number of the tap whose weight stands there, None where there is a zero.
    """
    windows, y = operator.windows(x), operator.output(x)
    taps = list(combinations(*map(range, operator.kernel)))
    rows = []
    for at in combinations(*map(range, x.size)):
        row: list[int | None] = [None] * prod(y.size)
        for number, tap in enumerate(taps):
            lands = [i * w.stride - w.before + t * w.dilation for i, t, w in zip(at, tap, windows, strict=True)]
            if all(0 <= n < o for n, o in zip(lands, y.size, strict=True)):
                index = 0
                for n, o in zip(lands, y.size, strict=True):
                    index = index * o + n
                row[index] = number
        rows.append(row)
    return rows
