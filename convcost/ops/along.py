"""What operators share that work along axes by name: 0 is the channels, 1 the first spatial axis (`arguments.Axes`)."""

from __future__ import annotations

from collections.abc import Collection

from convcost.ops.base import Shape
from convcost.ops.numbers import Number, product
from convcost.ops.windows import SAME_POSITION, WHOLE, Reads


def numbers_along(x: Shape, axes: Collection[int]) -> Number:
    """Return how many numbers of a tensor differ in their places along some axes alone."""
    return product(x.numbers[axis] for axis in axes)


def across(x: Shape, axes: Collection[int]) -> Shape:
    """Return the shape that is left when all numbers along some axes have become one; the axes stay, of length 1.

    >>> across(Shape(64, (56, 28)), (0, 2))
    Shape(channels=1, size=(56, 1))
    """
    channels, *size = (1 if axis in axes else n for axis, n in enumerate(x.numbers))
    return Shape(channels, tuple(size))


def reads_along(x: Shape, axes: Collection[int]) -> Reads:
    """Return the windows of an operator that reads some axes as a whole, and the others position by position."""
    windows = tuple(WHOLE if axis in axes else SAME_POSITION for axis in range(1, x.rank + 1))
    return windows if not windows or any(windows) else WHOLE
