"""Where the names of points stand, so that none covers another, a point, or the line between points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from convcost.layout.widths import text_width

Point: TypeAlias = tuple[float, float]
Line: TypeAlias = tuple[Point, Point]

SIZE = 8.0
"""Of letters. All lengths are in points, from the upper left corner."""
DOT = 2.2
"""The radius of a point."""
_ABOVE, _BELOW = 0.75 * SIZE, 0.22 * SIZE
"""How far letters go above the line they stand on, and below it."""
_NEAR = DOT + 2.0
_RINGS = (_NEAR, 9.0, 14.0, 20.0, 28.0)
"""How far from its point a name stands."""


class Box(NamedTuple):
    """What a name or a point covers."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether two boxes have a place in common."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def is_crossed(self, line: Line) -> bool:
        """Whether a line goes through it."""
        (x, y), (to_x, to_y) = line
        first, last = 0.0, 1.0
        for start, way, low, high in ((x, to_x - x, self.left, self.right), (y, to_y - y, self.top, self.bottom)):
            if way == 0:
                if not low < start < high:
                    return False
                continue
            enters, leaves = sorted(((low - start) / way, (high - start) / way))
            first, last = max(first, enters), min(last, leaves)
        return first < last


class Label(NamedTuple):
    """A name: where it stands, which end of it stands there, and the line from its point where it is far from it."""

    text: str
    x: float
    y: float
    """Of the line that its letters stand on."""
    anchor: str
    """`start`, `middle` or `end`."""
    leader: Line | None

    @property
    def box(self) -> Box:
        """What it covers."""
        width = text_width(self.text, SIZE)
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return Box(left, self.y - _ABOVE, left + width, self.y + _BELOW)


def placed(names: Sequence[tuple[Point, str]], dots: Sequence[Point], lines: Sequence[Line], area: Box) -> list[Label]:
    """Return where names stand, those that come first where it is best; without those for which there is no place.

    Best is beside the point, then further away; only where there is no other place a name is crossed by one of the
    lines.
    """
    covered = [Box(x - DOT, y - DOT, x + DOT, y + DOT) for x, y in dots]
    found: list[Label] = []

    def is_free(label: Label, crossed: bool) -> bool:
        box = label.box
        if box.left < area.left or box.right > area.right or box.top < area.top or box.bottom > area.bottom:
            return False
        leaders = [one.leader for one in found if one.leader]
        if any(map(box.meets, covered)) or any(map(box.is_crossed, leaders if crossed else [*leaders, *lines])):
            return False
        return label.leader is None or not any(one.is_crossed(label.leader) for one in covered)

    for point, text in names:
        candidates = [label for ring in _RINGS for label in _around(point, text, ring)]
        label = next((one for crossed in (False, True) for one in candidates if is_free(one, crossed)), None)
        if label:
            found.append(label)
            covered.append(label.box)
    return found


def _around(point: Point, text: str, far: float) -> Iterator[Label]:
    """The places at a distance from a point, the most usual first."""
    x, y = point
    middle = (_ABOVE - _BELOW) / 2
    aslant = 0.7 * far
    for dx, dy, anchor in (
        (far, middle, "start"),
        (-far, middle, "end"),
        (0.0, -far, "middle"),
        (0.0, far + _ABOVE, "middle"),
        (aslant, -aslant, "start"),
        (aslant, aslant + _ABOVE - _BELOW, "start"),
        (-aslant, -aslant, "end"),
        (-aslant, aslant + _ABOVE - _BELOW, "end"),
    ):
        label = Label(text, x + dx, y + dy, anchor, None)
        yield label if far == _NEAR else label._replace(leader=_leader(point, label.box))


def _leader(point: Point, box: Box) -> Line:
    """The line from the edge of a point to the nearest place of a name."""
    x, y = point
    to_x, to_y = min(max(x, box.left), box.right), min(max(y, box.top), box.bottom)
    length = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
    out, short = (DOT + 1.2) / length, 1 - 0.8 / length
    return (x + out * (to_x - x), y + out * (to_y - y)), (x + short * (to_x - x), y + short * (to_y - y))
