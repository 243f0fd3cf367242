"""Zeros around the map, as a layer of its own."""

from __future__ import annotations

from dataclasses import dataclass

from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, require_spatial
from convcost.ops.numbers import Number
from convcost.ops.windows import Reads, Window


@dataclass(frozen=True, slots=True)
class Pad(Operator):
    """Adds `padding` zeros around each spatial axis; convolutions that follow take them for data."""

    padding: tuple[tuple[Number, Number], ...] = arg.argument(arg.Sides())

    def check(self, x: Shape) -> None:
        require_spatial("pad", x)

    def output(self, x: Shape) -> Shape:
        sides = zip(x.size, self.padding, strict=True)
        return Shape(x.channels, tuple(i + before + after for i, (before, after) in sides))

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        return (tuple(Window(before=before, after=after) for before, after in self.padding),)
