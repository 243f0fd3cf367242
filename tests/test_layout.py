"""The layout of graphs: any graph, in any frames, is drawn as it is, and nothing lies on anything else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcost.layout import Edge, Frame, Layout, Node, Point, Rectangle, layout

Item = Node | Frame


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Item], list[Edge]]:
    """Any graph without circles, of nodes of any size, neighbours in frames."""
    count = draw(st.integers(1, 16))
    sizes = st.tuples(st.integers(4, 90), st.integers(4, 60))
    nodes: list[Item] = [Node(f"n{n}", *draw(sizes)) for n in range(count)]
    pairs = [*combinations(range(count), 2)]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=3 * count, unique=True)) if pairs else []
    edges = [(f"n{a}", f"n{b}") for a, b in chosen]
    if draw(st.booleans()):
        edges += [(f"n{n}", f"n{n + 1}") for n in range(count - 1)]
    return draw(framed(nodes, "f")), edges


@st.composite
def framed(draw: st.DrawFn, items: list[Item], name: str) -> list[Item]:
    """Some neighbours in a frame, and some of these in frames."""
    for n in range(draw(st.integers(0, 3))):
        if len(items) < 2 or len(name) > 3:
            break
        start = draw(st.integers(0, len(items) - 1))
        end = draw(st.integers(start + 1, len(items)))
        inner = draw(framed(items[start:end], f"{name}{n}"))
        items = [*items[:start], Frame(f"{name}{n}", draw(st.integers(1, 80)), 8, tuple(inner)), *items[end:]]
    return items


def nodes_of(item: Item) -> Iterator[Node]:
    if isinstance(item, Node):
        yield item
    else:
        for inner in item.inside:
            yield from nodes_of(inner)


def frames_of(item: Item) -> Iterator[Frame]:
    if isinstance(item, Frame):
        yield item
        for inner in item.inside:
            yield from frames_of(inner)


def apart(one: Rectangle, other: Rectangle, room: float = 0) -> bool:
    return (
        one.right + room <= other.x
        or other.right + room <= one.x
        or one.bottom + room <= other.y
        or other.bottom + room <= one.y
    )


def within(inner: Rectangle, outer: Rectangle) -> bool:
    return (
        outer.x <= inner.x and inner.right <= outer.right and outer.y <= inner.y and inner.bottom <= outer.bottom
    )


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
        if abs(one[0][axis] - one[1][axis]) + abs(other[0][axis] - other[1][axis]) + abs(one[0][axis] - other[0][axis]) < 1:
            (a, b), (c, d) = (sorted((start[1 - axis], end[1 - axis])) for start, end in (one, other))
            return min(b, d) - max(a, c) > 0.1
    return False


def check(items: list[Item], edges: list[Edge], found: Layout) -> None:
    nodes = [node for item in items for node in nodes_of(item)]
    frames = [frame for item in items for frame in frames_of(item)]
    assert {node.id: node[1:] for node in nodes} == {name: at[2:] for name, at in found.nodes.items()}
    assert found.frames.keys() == {frame.id for frame in frames}
    for one, other in combinations(found.nodes.values(), 2):
        assert apart(one, other, 5), (one, other)
    everything = Rectangle(0, 0, found.width + 1e-6, found.height + 1e-6)
    for place in (*found.nodes.values(), *found.frames.values()):
        assert within(place, everything)
    titles = {}
    for frame in frames:
        own = {node.id for node in nodes_of(frame)} | {inner.id for inner in frames_of(frame)}
        around = found.frames[frame.id]
        titles[frame.id] = Rectangle(around.x + 6, around.y, frame.width, frame.height)
        assert within(titles[frame.id], around)
        for name, place in {**found.nodes, **found.frames}.items():
            if name in own:
                assert within(place, around)
                assert name == frame.id or apart(place, titles[frame.id])
            elif name in found.nodes or not own_around(items, name, frame.id):
                assert apart(place, around, 5)
    # Every edge, once, from its box to its box, downward, around all others.
    assert {*found.lines} == {*edges}
    for (source, target), points in found.lines.items():
        start, end = found.nodes[source], found.nodes[target]
        assert points[0] == pytest.approx((start.x + start.width / 2, start.bottom))
        assert points[-1] == pytest.approx((end.x + end.width / 2, end.y))
        for a, b in pairwise(points):
            assert 0 <= min(a[0], b[0])
            assert max(a[0], b[0]) <= everything.right
            for name, box in (*found.nodes.items(), *titles.items()):
                assert not crosses(a, b, box), (source, target, name)
        assert points[-2][1] < points[-1][1] - 4
    for one, other in combinations(found.lines, 2):
        if one[0] != other[0] and one[1] != other[1]:
            for a in pairwise(found.lines[one]):
                for b in pairwise(found.lines[other]):
                    assert not along(a, b), (one, other)


def own_around(items: list[Item], inner: str, outer: str) -> bool:
    """Whether a frame is in another one, which is around it."""
    return any(outer in {one.id for one in frames_of(frame)} for item in items for frame in frames_of(item) if frame.id == inner)


@settings(max_examples=500, deadline=None)
@given(graphs())
def test_any_graph(graph: tuple[list[Item], list[Edge]]) -> None:
    items, edges = graph
    check(items, edges, layout(items, edges))
    check(items, edges, layout(items, edges, (200, 300)))
