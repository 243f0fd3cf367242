"""What is laid out, and what comes of it, in any unit of length; 0, 0 is at the top left, and y grows downward."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

Edge: TypeAlias = tuple[str, str]
"""From a node to another, by their ids."""
Point: TypeAlias = tuple[float, float]


class Node(NamedTuple):
    """A box."""

    id: str
    width: float
    height: float


class Frame(NamedTuple):
    """What is drawn around some nodes and frames, which all other nodes are outside of."""

    id: str
    width: float
    """That of its title, in its corner at the top left."""
    height: float
    """That of its title."""
    inside: tuple[Node | Frame, ...]


class Rectangle(NamedTuple):
    """Where a box or a frame is."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def moved(self, x: float, y: float) -> Rectangle:
        """Return it, further right and down."""
        return self._replace(x=self.x + x, y=self.y + y)


class Layout(NamedTuple):
    """Where all that is drawn stands, between 0, 0 and width, height."""

    width: float
    height: float
    nodes: Mapping[str, Rectangle]
    frames: Mapping[str, Rectangle]
    lines: Mapping[Edge, tuple[Point, ...]]
    """The corners of every edge, from the bottom of a box to the top of another.

    Edges from one node run together before they part, and edges to one node after they meet.
    """


BETWEEN = 12.0
"""From a box to the next one in its row."""
BESIDE = 8.0
"""From a box to a line that runs beside it."""
TRACK = 6.0
"""From a line to the next one."""
ABOVE = 4.0
"""From a row to the first line across, below it."""
BELOW = 9.0
"""From the last line across to the row below it: room for the head of an arrow."""
PADDING = 6.0
"""From a frame to what is inside, at its sides."""
