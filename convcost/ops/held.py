"""Numbers that an operator holds, one for each channel, position or element of its input, or one for the layer."""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Shape
from convcost.ops.numbers import Number, product

PER = arg.Choice("channel", "position", "element", "layer")
"""What there is one number for."""


def held(x: Shape, per: str) -> Number:
    """Return how many numbers there are, one per channel, position or element, or one for the layer.

    >>> [held(Shape(64, (7, 7)), per) for per in PER.words]
    [64, 49, 3136, 1]
    """
    if per == "layer":
        return 1
    return (x.channels if per != "position" else 1) * (product(x.size) if per != "channel" else 1)
