"""Axes cut in parts, and the parts put together in another order, as einops writes it (Rogozhnikov 2022, ICLR).

    (a b) h w -> (b a) h w      rearrange: {cut: [[a, b], [h], [w]], order: [[1, 0], [2], [3]]}

    c (h p) (w q) -> (p q c) h w    rearrange: {cut: [[c], [h, p], [w, q]], order: [[2, 4, 0], [1], [3]]}

`cut` has the sizes of the parts of every axis, the channels first and the major part first; `order` says of which
parts, counted from 0, every axis of the output is made. Nothing is computed. An output reads its own position where
the spatial axes stay as they are, else it is taken to read the whole input. The shuffle of channels, the shuffle of
pixels, windows and patches are of this kind; those with names of their own are better called by them.
"""

from __future__ import annotations

from typing import Any

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, by_x
from convcost.ops.numbers import NeedsNumber, Number, differ, product
from convcost.ops.windows import SAME_POSITION, WHOLE, Reads


class Rearrange(Operator):
    """The axes cut in parts (`cut`), and the parts put together in another `order`."""

    cut: tuple[tuple[Number, ...], ...] = arg.argument(arg.Lists("axis, the sizes of its parts", 1))
    order: tuple[tuple[Any, ...], ...] = arg.argument(arg.Lists("axis, the parts it is made of", empty=True))

    def check(self, x: Shape) -> None:
        if len(self.cut) != len(x.numbers):
            message = f"has parts of {arg.many(len(self.cut), 'axis', 'axes')}; {x} has {len(x.numbers)}"
            raise ShapeError(message, "the channels come first", "cut")
        for size, parts in zip(x.numbers, self.cut, strict=True):
            if differ(size, product(parts)):
                raise ShapeError(f"cuts {by_x(parts)} = {product(parts)} of an axis of {size}", argument="cut")
        for part in (part for axis in self.order for part in axis):
            if not isinstance(part, int):
                raise NeedsNumber(part, "names a part")
        named = sorted(part for axis in self.order for part in axis)
        if named != list(range(len(self._parts))):
            raise ShapeError(
                f"names the parts {named}; there are 0 to {len(self._parts) - 1}, each once", argument="order"
            )
        if not 1 <= len(self.order) <= 4:
            raise ShapeError(f"makes {len(self.order)} axes; channels and up to 3 sizes are wanted", argument="order")

    @property
    def _parts(self) -> tuple[Number, ...]:
        return tuple(part for parts in self.cut for part in parts)

    def output(self, x: Shape) -> Shape:
        numbers = [product(self._parts[part] for part in axis) for axis in self.order]
        return Shape(numbers[0], tuple(numbers[1:]))

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        first = len(self.cut[0])
        kept = tuple((first + n,) for n in range(x.rank))
        stays = self.order[1:] == kept and all(len(parts) == 1 for parts in self.cut[1:])
        return ((SAME_POSITION,) * x.rank if stays else WHOLE,)
