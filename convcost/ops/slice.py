"""A part of a map: positions from `start` to before `stop`, every `step`-th, along named axes; channels, too.

    o = ceil((stop - start) / step)

Negative numbers count from the end, as in Python. One-sided crops are a causal convolution's; every second position of
a map is the subsampling of ResNet shortcuts (option A). Nothing is computed.
"""

from __future__ import annotations

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape
from convcost.ops.numbers import Number, maximum
from convcost.ops.windows import SAME_POSITION, Reads, Window


class Slice(Operator):
    """Takes positions (or channels) from `start` to before `stop`, every `step`-th, along each `axis` that is named."""

    axis: tuple[int, ...] = arg.argument(arg.Axes(), "positions")
    start: Number = arg.argument(arg.Count(None), 0)
    stop: Number | None = arg.argument(arg.Optional(arg.Count(None)), None)
    step: Number = arg.argument(arg.Count(), 1)

    def check(self, x: Shape) -> None:
        for axis in self.axis:
            size = x.numbers[axis]
            start, stop = self._ends(size)
            what = "channels" if axis == 0 else f"positions along axis {axis - 1}"
            for argument, place in (("start", start), ("stop", stop)):
                if not 0 <= place <= size:
                    raise ShapeError(f"`{argument}` is {place}, outside of {size} {what}", argument=argument)
            if start >= stop:
                raise ShapeError(f"{start} to {stop} of {size} {what} leaves nothing", argument="stop")

    def _ends(self, size: Number) -> tuple[Number, Number]:
        """The first position, and the first that is not taken."""
        return _from_start(self.start, size), size if self.stop is None else _from_start(self.stop, size)

    def _window(self, size: Number) -> Window:
        start, stop = self._ends(size)
        return Window(stride=self.step, before=-start, after=stop - size)

    def output(self, x: Shape) -> Shape:
        numbers = [self._window(n).output(n) if axis in self.axis else n for axis, n in enumerate(x.numbers)]
        return Shape(numbers[0], tuple(numbers[1:]))

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        axes = enumerate(x.size, 1)
        return (tuple(self._window(i) if axis in self.axis else SAME_POSITION for axis, i in axes),)


def _from_start(place: Number, size: Number) -> Number:
    """Return a place counted from the start; a symbolic one counts from the end if it is never above 0."""
    is_from_end = place < 0 if isinstance(place, int) else isinstance(maximum(place, 0), int)
    return size + place if is_from_end else place
