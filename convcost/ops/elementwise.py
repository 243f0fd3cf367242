"""What operators share that put several inputs together number by number: add, sub, mul, div, maximum and minimum.

One input has the full size, and the output has it too. Another may be smaller, and is spread over it: a single channel
over all channels, and a single position over all positions along an axis. A vector of C, or Cx1x1, is one number per
channel; 1xHxW is one per position; CxHx1 is one per row of each channel. Other sizes that differ are a mistake.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from convcost.errors import ShapeError
from convcost.ops.along import reads_along
from convcost.ops.base import Operator, Shape
from convcost.ops.numbers import Number, differ
from convcost.ops.windows import WHOLE, Reads


class Elementwise(Operator):
    """Puts two or more inputs together, number by number; smaller ones are spread."""

    arity: ClassVar[tuple[int, int | None]] = (2, None)

    def check(self, *inputs: Shape) -> None:
        name, full = type(self).__name__.lower(), self.output(*inputs)
        place = next((n for n, x in enumerate(inputs) if x.rank == full.rank and not _spread_axes(x, full)), None)
        for n, x in enumerate(inputs):
            alike = zip(x.numbers, full.numbers, strict=False)
            if x.rank not in (0, full.rank) or any(not _is_one(a) and differ(a, b) for a, b in alike):
                first, odd = sorted((place or 0, n or int(not place)))
                raise ShapeError(
                    f"{name}: {inputs[first]} and {inputs[odd]} differ",
                    f"what is spread is {full.channels} (one per channel) or {Shape(1, full.size)} (one per position)",
                    pair=(first, odd),
                )
        if place is None:
            raise ShapeError(f"{name}: no input has the full size, {full}", "spread one at a time over one that has")

    def output(self, *inputs: Shape) -> Shape:
        rank = max(x.rank for x in inputs)
        maps = [x.size for x in inputs if x.rank == rank]
        return Shape(_longest(x.channels for x in inputs), tuple(map(_longest, zip(*maps, strict=True))))

    def spread_pairs(self, *inputs: Shape) -> Number:
        """Return how many times two numbers are put together."""
        return (len(inputs) - 1) * self.output(*inputs).elements

    def reads(self, *inputs: Shape) -> tuple[Reads, ...]:
        full = self.output(*inputs)
        return tuple(reads_along(x, _spread_axes(x, full)) if x.rank == full.rank else WHOLE for x in inputs)


def _is_one(n: Number) -> bool:
    """Whether a number is 1; one in symbols, or of many, is more."""
    return isinstance(n, int) and n == 1


def _longest(numbers: Iterable[Number]) -> Number:
    """Return the first that is not 1: the others are equal to it, or spread."""
    return next((n for n in numbers if not _is_one(n)), 1)


def _spread_axes(x: Shape, full: Shape) -> list[int]:
    """Along which axes an input is spread, the channels among them."""
    return [n for n, (a, b) in enumerate(zip(x.numbers, full.numbers, strict=True)) if _is_one(a) and not _is_one(b)]
