"""A graph laid out from the top down, its frames from the inside out, in as many columns as suit a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from convcost.layout.columns import cut, side_by_side
from convcost.layout.graph import Edge, Frame, Layout, Node, Point, Rectangle
from convcost.layout.grid import Cell
from convcost.layout.group import BORDER, Group, Link, group

_WHOLE = " "
_MOST_COLUMNS = 6
_LOWER = 0.7


def layout(inside: Sequence[Node | Frame], edges: Iterable[Edge], page: tuple[float, float] | None = None) -> Layout:
    """Return where nodes, frames and the corners of edges stand, on a `page` in as many columns as suit it best.

    No id is empty or begins with a blank. Raises ValueError if edges form a circle, or would if every frame were a
    node.

    >>> placed = layout([Node("a", 10, 5), Node("b", 10, 5)], [("a", "b")])
    >>> placed.nodes["b"], placed.lines
    (Rectangle(x=0.0, y=19.0, width=10, height=5), {('a', 'b'): ((5.0, 6.0), (5.0, 19.0))})
    """
    whole, edges = Frame(_WHOLE, 0, 0, tuple(inside)), [*dict.fromkeys(edges)]
    links = _links(whole, edges)
    groups = _groups(whole, links)
    found = _drawn(whole, edges, groups)
    for count in range(2, _MOST_COLUMNS + 1) if page else ():
        columns = cut(whole, groups[_WHOLE], links[_WHOLE], count)
        if len(columns) == count:
            other = _in_columns(columns, edges, groups)
            found = other if page and _is_better(other, found, page) else found
    return found


def _is_better(more: Layout, fewer: Layout, page: tuple[float, float]) -> bool:
    """Whether more columns are better: fewer have no room on the page, or are much higher."""
    scales = [max(one.width / page[0], one.height / page[1]) for one in (more, fewer)]
    return scales[0] < scales[1] and (scales[1] > 1 or more.height < _LOWER * fewer.height)


def _in_columns(columns: Sequence[Frame], edges: Sequence[Edge], known: Mapping[str, Group]) -> Layout:
    """Lay out a graph in columns; what is in its frames stays as it is known."""
    whole = Frame(_WHOLE, 0, 0, tuple(columns))
    links = _links(whole, edges)
    groups = dict(known)
    for column in columns:
        groups[column.id] = group(column, _cells(column, groups), links[column.id])
    groups[_WHOLE] = side_by_side(columns, _cells(whole, groups), links[_WHOLE])
    return _drawn(whole, edges, groups)


def _groups(frame: Frame, links: Mapping[str, Sequence[Link]]) -> dict[str, Group]:
    """Lay out a frame, and all that are in it before."""
    found: dict[str, Group] = {}
    for item in frame.inside:
        if isinstance(item, Frame):
            found |= _groups(item, links)
    return found | {frame.id: group(frame, _cells(frame, found), links[frame.id])}


def _cells(frame: Frame, groups: Mapping[str, Group]) -> dict[str, Cell]:
    return {
        item.id: groups[item.id].cell if isinstance(item, Frame) else Cell(item.width, item.height)
        for item in frame.inside
    }


def _frames(frame: Frame, around: tuple[str, ...] = ()) -> Iterator[tuple[Frame, tuple[str, ...]]]:
    """Yield a frame and all that are in it, the outer ones first, each with the ids on the way there and its own."""
    here = (*around, frame.id)
    yield frame, here
    for item in frame.inside:
        if isinstance(item, Frame):
            yield from _frames(item, here)


def _ways(whole: Frame, edges: Iterable[Edge]) -> dict[Edge, list[tuple[str, Link]]]:
    """Of what links each edge consists, each with the frame that it is in: out of frames, across, and into frames."""
    to = {item.id: (*around, item.id) for frame, around in _frames(whole) for item in frame.inside}
    found = {}
    for source, target in edges:
        out, into = to[source], to[target]
        same = next(n for n, (a, b) in enumerate(zip(out, into, strict=False)) if a != b)
        across = (out[same - 1], Link(out[same], into[same], source))
        leaving = [(out[n], Link(out[n + 1], BORDER, source)) for n in range(len(out) - 2, same - 1, -1)]
        entering = [(into[n], Link(BORDER, into[n + 1], source)) for n in range(same, len(into) - 1)]
        found[source, target] = [*leaving, across, *entering]
    return found


def _links(whole: Frame, edges: Iterable[Edge]) -> dict[str, list[Link]]:
    """The links in each frame, each once."""
    found: dict[str, dict[Link, None]] = {frame.id: {} for frame, _ in _frames(whole)}
    for way in _ways(whole, edges).values():
        for frame, link in way:
            found[frame][link] = None
    return {frame: [*links] for frame, links in found.items()}


def _drawn(whole: Frame, edges: Sequence[Edge], groups: Mapping[str, Group]) -> Layout:
    """Put what is known of each frame where the frame is."""
    corners: dict[str, Point] = {whole.id: (0.0, 0.0)}
    nodes, frames = {}, {}
    for frame, _ in _frames(whole):
        x, y = corners[frame.id]
        cell = groups[frame.id].cell
        if frame.width:
            frames[frame.id] = Rectangle(x, y, cell.width, cell.height)
        for item in frame.inside:
            left, top = groups[frame.id].corners[item.id]
            corners[item.id] = (x + left, y + top)
            if isinstance(item, Node):
                nodes[item.id] = Rectangle(x + left, y + top, item.width, item.height)
    lines = {}
    for edge, way in _ways(whole, edges).items():
        points = [
            (corners[frame][0] + x, corners[frame][1] + y) for frame, link in way for x, y in groups[frame].ways[link]
        ]
        lines[edge] = _without_straight(points)
    return Layout(groups[whole.id].cell.width, groups[whole.id].cell.height, nodes, frames, lines)


def _without_straight(points: Sequence[Point]) -> tuple[Point, ...]:
    """Leave out corners that are none."""
    found: list[Point] = []
    for x, y in points:
        while len(found) > 1 and abs(found[-1][0] - x) < _SAME and abs(found[-2][0] - x) < _SAME:
            found.pop()
        while len(found) > 1 and abs(found[-1][1] - y) < _SAME and abs(found[-2][1] - y) < _SAME:
            found.pop()
        if not found or abs(found[-1][0] - x) > _SAME or abs(found[-1][1] - y) > _SAME:
            found.append((x, y))
    return tuple(found)


_SAME = 1e-6
