"""Receptive fields in symbols, along one axis: which input positions output y reads, for every y at once.

`first` and `last` are numbers in the symbols and in y, any whole number. One more window puts the position that it
reads in place of y: floors of floors collapse there, as those of sizes do. Neither ever falls where y rises, so the
window's own first and last position decide. What `analysis.receptive_field` follows along a network is the same for
these fields as for those of numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

from convcost.algebra.anatomy import symbols_of
from convcost.algebra.atoms import TooLong
from convcost.algebra.bounds import highest, lowest
from convcost.algebra.phases import OUTPUT, has_y, is_whole, most, one_factor, put
from convcost.algebra.polynomial import Polynomial
from convcost.ops.numbers import Number, maximum, minimum, plain
from convcost.ops.resampling import AdaptiveWindow
from convcost.ops.windows import SAME_POSITION, AxisWindow, NotFollowed, TransposedWindow, Window


class SymbolicField(NamedTuple):
    """The field along one axis, in symbols."""

    first: Number = OUTPUT
    last: Number = OUTPUT
    jump: Number = 1
    """Input positions per output position: the effective stride."""
    hole: Number = 0
    """No more neighbouring outputs than this read nothing: those between the kernels of a transposed convolution."""

    @property
    def size(self) -> Number:
        """The positions from the first to the last, for an output that has most."""
        return most(self.last - self.first + 1)

    @property
    def start(self) -> Number:
        """The first position that output 0 reads (negative: padding before the input)."""
        return put(self.first, 0)

    @property
    def reach(self) -> int:
        """The largest number that says where it is, or that stands in a formula of it."""
        numbers = (self.first, self.last, self.jump, self.size)
        coefficients = (c for n in numbers for c in (n.terms.values() if isinstance(n, Polynomial) else [n]))
        largest: int = max(math.ceil(abs(c)) for c in coefficients)
        return largest

    def through(self, window: AxisWindow) -> SymbolicField:
        """Return the field after one more window; NotFollowed, with the reason, if it has no formula."""
        if window == SAME_POSITION:
            return self
        hole = self._hole_after(window)
        if isinstance(window, AdaptiveWindow) and not is_whole(window.step):
            named = window._replace(size=one_factor(window.size), output=one_factor(window.output))
            return self._moved(*named.span(OUTPUT), window.step, hole)
        return self._moved(*window.span(OUTPUT), window.step, hole)

    def _moved(self, first: Number, last: Number, step: Number = 1, hole: Number = 0) -> SymbolicField:
        """The field of what reads the positions from the first to the last."""
        try:
            field = SymbolicField(put(self.first, first), put(self.last, last), plain(self.jump * step), hole)
            _ = field.size  # which has no formula for some
        except TooLong:
            raise NotFollowed("has windows whose formula is too long: nobody could read it") from None
        return field

    def after(self, body: SymbolicField, times: Number) -> SymbolicField:
        """Return the field after so many repetitions of layers that have the field of the body on what they read."""
        before, behind = body.first - OUTPUT, body.last - OUTPUT
        if has_y(before) or has_y(behind):
            raise NotFollowed("is repeated, with windows that change from output to output")
        if self.hole != 0 or body.hole != 0:
            raise NotFollowed("is repeated on positions to which a transposed convolution may write nothing")
        return self._moved(OUTPUT + times * before, OUTPUT + times * behind)

    def has(self, symbol: Number) -> bool:
        """Return whether it depends on a symbol."""
        numbers = (self.first, self.last, self.jump, self.hole)
        return any(not symbols_of(symbol).isdisjoint(symbols_of(number)) for number in numbers)

    def _hole_after(self, window: AxisWindow) -> Number:
        if isinstance(window, TransposedWindow):
            hole = maximum(window.stride - window.kernel, 0)
            if self.hole == 0:
                return hole
        elif self.hole == 0:
            return 0
        elif isinstance(window, Window) and window.dilation == 1:
            left = maximum(self.hole - (window.kernel - 1), 0)
            if left == 0 or window.stride == 1:
                return left
        raise NotFollowed("reads positions to which a transposed convolution may write nothing")

    @staticmethod
    def merged(fields: Sequence[SymbolicField]) -> SymbolicField | None:
        """Return the hull of fields; None if they have different jumps, NotFollowed if it has no formula."""
        one = fields[0]
        if all(field == one for field in fields):
            return one
        for jump in (field.jump for field in fields if field.jump != one.jump):
            if _differ(jump, one.jump):
                return None
            raise NotFollowed(f"joins paths whose strides agree only where {one.jump} is {jump}")
        if any(field.hole != 0 for field in fields):
            raise NotFollowed("joins positions to which a transposed convolution may write nothing")
        hull = SymbolicField(
            reduce(minimum, [field.first for field in fields]),
            reduce(maximum, [field.last for field in fields]),
            one.jump,
        )
        _ = hull.size
        return hull

    @staticmethod
    def alignment(fields: Sequence[SymbolicField]) -> str:
        """Return `aligned` if all jumps and centres agree in form, else which of them do not."""
        if any(field.jump != fields[0].jump for field in fields):
            return "misaligned_stride"
        return "misaligned_centre" if len({field.first + field.last for field in fields}) > 1 else "aligned"


def _differ(a: Number, b: Number) -> bool:
    """Return whether it can be seen that two numbers are different for all values of the symbols."""
    difference = a - b
    if not isinstance(difference, Polynomial):
        return bool(difference != 0)
    return lowest(difference) > 0 or highest(difference) < 0
