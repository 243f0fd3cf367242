"""Rectangles and lines on a page: what lies on what."""

from __future__ import annotations

from convcost.layout import Point, Rectangle


def apart(one: Rectangle, other: Rectangle, room: float = 0) -> bool:
    return (
        one.right + room <= other.x
        or other.right + room <= one.x
        or one.bottom + room <= other.y
        or other.bottom + room <= one.y
    )


def within(inner: Rectangle, outer: Rectangle) -> bool:
    """Whether nothing of one rectangle is outside of another, but for what sums of decimals leave."""
    left, top, right, bottom = (end - 1e-6 for end in (outer.x, outer.y, -outer.right, -outer.bottom))
    return left <= inner.x and top <= inner.y and right <= -inner.right and bottom <= -inner.bottom


def crosses(a: Point, b: Point, box: Rectangle) -> bool:
    """Whether a segment has a point inside a box (by Liang and Barsky)."""
    start, end = 0.0, 1.0
    for at, by, least, most in ((a[0], b[0], box.x, box.right), (a[1], b[1], box.y, box.bottom)):
        step = by - at
        if step == 0:
            if not least < at < most:
                return False
            continue
        near, far = sorted(((least - at) / step, (most - at) / step))
        start, end = max(start, near), min(end, far)
    return start < end


def along(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """Whether two segments lie on each other for a while: one could not tell which line goes where."""
    for axis in (0, 1):
        if (
            abs(one[0][axis] - one[1][axis]) + abs(other[0][axis] - other[1][axis]) + abs(one[0][axis] - other[0][axis])
            < 1
        ):
            (a, b), (c, d) = (sorted((start[1 - axis], end[1 - axis])) for start, end in (one, other))
            return min(b, d) - max(a, c) > 0.1
    return False
