"""Windows, along one axis, of what gives a map another size, or cuts it into blocks."""

# Annotations stay objects here, as in `windows`.
from math import gcd
from typing import NamedTuple

from convcost.ops.numbers import Number, ceil_div, divide
from convcost.ops.rounding import ceiling, floor


class ResizeWindow(NamedTuple):
    """Along one axis, `size` positions become `output`: the nearest, or what lies between 2 or 4 of them.

    Positions are centres of pixels, or with `corners` the first and the last ones meet. Without, only how the two sizes
    are to each other plays a part.
    """

    size: Number
    output: Number
    taps: int = 1
    """1: the nearest before; 2: linear; 4: cubic."""
    corners: bool = False

    @property
    def ratio(self) -> tuple[Number, Number]:
        """After so many inputs, so many outputs have gone by."""
        return (self.size - 1, self.output - 1) if self.corners else (self.size, self.output)

    @property
    def period(self) -> int:
        """After this many outputs the pattern of reads repeats, `advance` inputs further on."""
        i, o = self.ratio
        return int(o // gcd(i, o))

    @property
    def advance(self) -> int:
        i, o = self.ratio
        return int(i // gcd(i, o))

    def reads(self, y: int) -> tuple[int, ...]:
        """nearest: floor(y i/o). Else the neighbours of (y + 1/2) i/o - 1/2; linear: one if it falls on that."""
        i, o = self.ratio
        if self.taps == 1:
            return (y * i // o,)
        first, rest = divmod(y * i, o) if self.corners else divmod((2 * y + 1) * i - o, 2 * o)
        if self.taps == 2:
            return (first, first + 1) if rest else (first,)
        return tuple(range(first - 1, first + 3))

    @property
    def step(self) -> Number:
        """How far the window moves on the input when the output moves by one."""
        return divide(*self.ratio)

    def span(self, y: Number) -> tuple[Number, Number]:
        """Return the first and the last position that output y reads."""
        position = y * self.step if self.corners or self.taps == 1 else divide((2 * y + 1) * self.step - 1, 2)
        first = floor(position)
        if self.taps == 1:
            return first, first
        return (first, ceiling(position)) if self.taps == 2 else (first - 1, first + 2)


class AdaptiveWindow(NamedTuple):
    """Along one axis, output y of `output` reads inputs floor(y i/o) to ceil((y+1) i/o) - 1."""

    size: Number
    output: Number

    @property
    def period(self) -> int:
        """After this many outputs the pattern of reads repeats, `advance` inputs further on."""
        return int(self.output // gcd(self.size, self.output))

    @property
    def advance(self) -> int:
        return int(self.size // gcd(self.size, self.output))

    def reads(self, y: int) -> range:
        return range(y * self.size // self.output, ceil_div((y + 1) * self.size, self.output))

    @property
    def step(self) -> Number:
        """How far the window moves on the input when the output moves by one."""
        return divide(self.size, self.output)

    def span(self, y: Number) -> tuple[Number, Number]:
        """Return the first and the last position that output y reads."""
        return floor(y * self.step), ceiling((y + 1) * self.step) - 1


class BlockWindow(NamedTuple):
    """Along one axis, every output reads all of the block of `size` positions that it lies in."""

    size: Number

    @property
    def period(self) -> int:
        """After this many outputs the pattern of reads repeats, `advance` inputs further on."""
        return int(self.size)

    @property
    def advance(self) -> int:
        return int(self.size)

    def reads(self, y: int) -> range:
        first = y // self.size * self.size
        return range(first, first + self.size)

    @property
    def step(self) -> Number:
        """How far the window moves on the input when the output moves by one, on the whole."""
        return 1

    def span(self, y: Number) -> tuple[Number, Number]:
        """Return the first and the last position that output y reads."""
        first = y // self.size * self.size
        return first, first + self.size - 1
