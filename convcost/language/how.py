"""How a description is read: with numbers or in symbols, and how much of it."""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.

from typing import NamedTuple

from convcost.language.folding import Counters
from convcost.language.scope import Sizes


class How(NamedTuple):
    """How a description is read: by default with numbers, and with all that it states of its figures."""

    expecting: bool = True
    """Whether what it states of its figures is read, too."""
    sizes: Sizes | None = None
    guarded: bool = True
    """Whether guards are asked, which compare numbers: settings and sizes may be symbolic where they are not."""
    counters: Counters | None = None
    """Where repeat counts may be symbolic: one layer then stands for all that are like it."""
    brief: bool = False
    """Layers that only repeat others are left out: the same specs are refused, sooner."""


PLAINLY = How()
"""With numbers, and with all that the description states."""
