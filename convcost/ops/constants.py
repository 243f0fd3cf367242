"""What scale and shift share: numbers that are trained, or held as they are, or one that is written in the spec."""

from __future__ import annotations

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape
from convcost.ops.held import PER, held
from convcost.ops.numbers import Number


class Constants(Operator):
    """One number for each channel, position or element of the input, or one for the layer; or picked from a table."""

    per: str = arg.argument(PER, "channel")
    trained: bool = arg.argument(arg.Flag(), True)
    by: Number | None = arg.argument(arg.Optional(arg.Real()), None)
    table: Number | None = arg.argument(arg.Optional(arg.Count()), None)

    def check(self, x: Shape) -> None:
        if self.by is not None and (self.per != "channel" or not self.trained or self.table is not None):
            raise ShapeError(
                "`by` is one number that is written here, and no parameter",
                "leave out `per`, `trained` and `table`, or leave out `by`",
                argument="by",
            )
        if self.table is not None and self.per != "channel":
            raise ShapeError("of a `table` one number is picked for every element", "leave out `per`", argument="table")

    def numbers(self, x: Shape) -> Number:
        """Return how many numbers it holds."""
        if self.table is not None:
            return self.table
        return 0 if self.by is not None else held(x, self.per)
