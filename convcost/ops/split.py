"""The channels cut into parts: equal ones (`parts`), or of given `channels`. Outputs are `name.0`, `name.1`, ..."""

from __future__ import annotations

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, require_divisible
from convcost.ops.numbers import NeedsNumber, Number, differ, exact

MAX_PARTS = 10_000


class Split(Operator):
    """Cuts the channels into `parts` equal parts, or into parts of the `channels` listed."""

    parts: Number | None = arg.argument(arg.Optional(arg.Count()), None)
    channels: tuple[Number, ...] | None = arg.argument(arg.Optional(arg.Counts()), None)

    def check(self, x: Shape) -> None:
        if (self.parts is None) == (self.channels is None):
            raise ShapeError("`split` takes either `parts` or `channels`")
        if self.parts is not None and self.parts > MAX_PARTS:
            raise ShapeError(f"{self.parts:,} parts; there are at most {MAX_PARTS:,}", argument="parts")
        if self.parts is not None:
            require_divisible("channels", x.channels, self.parts, "parts")
        elif self.channels is not None and differ(sum(self.channels), x.channels):
            raise ShapeError(
                f"channels {list(self.channels)} add up to {sum(self.channels)}; the input has {x.channels}",
                argument="channels",
            )

    def output(self, *inputs: Shape) -> Shape:
        return self.outputs(*inputs)[0]

    def outputs(self, *inputs: Shape) -> tuple[Shape, ...]:
        (x,) = inputs
        if self.parts is not None and not isinstance(self.parts, int):
            raise NeedsNumber(self.parts)
        widths = self.channels or (exact(x.channels, self.parts),) * int(self.parts or 1)
        return tuple(Shape(width, x.size) for width in widths)
