"""A plot of two quantities: its points, their names, and the line of those that no other point is better than."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from convcost.errors import printable
from convcost.render.plot.labels import Box, Label, Point, placed
from convcost.render.plot.scales import Quantity, Scale, scale_of

WIDTH, HEIGHT = 290.0, 200.0
"""Of the area between the axes, in points: with what stands beside it, as wide as a page of an article."""
MOST_NAMED = 30
"""Points: of more, only those on the line have names."""
MOST_LARGE = 200
"""Points: more are drawn smaller."""
MANY = 2000
"""Points: of more, none has a name, and those that are too near to be told apart are drawn once."""
_APART = 2.0


class Dot(NamedTuple):
    """A point: its name and both its numbers."""

    name: str
    x: float
    y: float


class Aim(NamedTuple):
    """What an axis shows, whether more of it is better, and whether it is logarithmic; None: where it spans much."""

    quantity: Quantity
    more: bool = False
    log: bool | None = None


class Picture(NamedTuple):
    """What is drawn: both axes, the points, those that a line joins, and names."""

    x: Scale
    y: Scale
    dots: Sequence[Dot]
    front: Sequence[Dot]
    """The points that no other is better than, from left to right."""
    labels: Sequence[Label]

    @property
    def is_many(self) -> bool:
        """Whether points are drawn smaller."""
        return len(self.dots) > MOST_LARGE

    def at(self, dot: Dot) -> Point:
        """Return where a point is in the area, from its upper left corner."""
        return WIDTH * self.x.place(dot.x), HEIGHT * (1 - self.y.place(dot.y))


def picture_of(dots: Sequence[Dot], x: Aim, y: Aim) -> Picture:
    """Return the plot of some points; there is at least one."""
    dots = [dot._replace(name=printable(dot.name)) for dot in dots]
    scales = scale_of(x.quantity, [dot.x for dot in dots], x.log), scale_of(y.quantity, [dot.y for dot in dots], y.log)
    front = front_of(dots, x.more, y.more)
    bare = Picture(*scales, dots, front, [])
    if len(dots) > MANY:
        return bare._replace(dots=_thinned(bare))
    ordered = dict.fromkeys([*front, *(dots if len(dots) <= MOST_NAMED else [])])
    named = [(bare.at(dot), dot.name) for dot in list(ordered)[:MOST_NAMED] if dot.name]
    lines = list(pairwise(map(bare.at, front)))
    return bare._replace(labels=placed(named, list(map(bare.at, dots)), lines, Box(0.0, 0.0, WIDTH, HEIGHT)))


def front_of(dots: Sequence[Dot], more_x: bool, more_y: bool) -> list[Dot]:
    """Return the points of which no other is as good in both and better in one, from left to right.

    >>> [dot.name for dot in front_of([Dot("a", 1, 70), Dot("b", 2, 69), Dot("c", 3, 76)], False, True)]
    ['a', 'c']
    """
    signs = -1 if more_x else 1, -1 if more_y else 1
    found: list[Dot] = []
    for dot in sorted(dots, key=lambda dot: (signs[0] * dot.x, signs[1] * dot.y)):
        if not found or signs[1] * dot.y < signs[1] * found[-1].y:
            found.append(dot)
    return found[::-1] if more_x else found


def _thinned(picture: Picture) -> list[Dot]:
    """One point of those that are drawn in one place."""
    cells: dict[tuple[int, int], Dot] = {}
    for dot in picture.dots:
        across, down = picture.at(dot)
        cells.setdefault((int(across / _APART), int(down / _APART)), dot)
    return list(dict.fromkeys([*cells.values(), *picture.front]))
