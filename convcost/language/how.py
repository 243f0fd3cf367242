"""What may be asked of one reading of a spec, beside the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from convcost.ops.numbers import Number

Sizes: TypeAlias = Callable[[str, int, int], Number | None]
"""The size to take for an axis of an input, (its name, the axis, of how many), where a plain number is written.

None leaves what is written.
"""


class How(NamedTuple):
    """How a description is read: by default with numbers, and with all that it states of its figures."""

    expecting: bool = True
    """Whether what it states of its figures is read, too."""
    sizes: Sizes | None = None
    guarded: bool = True
    """Whether guards are asked, which compare numbers: settings and sizes may be symbolic where they are not."""
    fold: bool = False
    """Repeat counts may be symbolic: one layer then stands for all that are like it."""
    brief: bool = False
    """Layers that only repeat others are left out: the same specs are refused, sooner."""


PLAINLY = How()
"""With numbers, and with all that the description states."""
