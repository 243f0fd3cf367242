"""The layout of graphs: any graph, in any frames, is drawn as it is, and nothing lies on anything else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest
from geometry import along, apart, crosses, within
from hypothesis import given, settings
from hypothesis import strategies as st

from convcost.layout import Edge, Frame, Layout, Node, Rectangle, layout

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


def check(items: list[Item], edges: list[Edge], found: Layout) -> None:
    nodes = [node for item in items for node in nodes_of(item)]
    frames = [frame for item in items for frame in frames_of(item)]
    assert {node.id: node[1:] for node in nodes} == {name: at[2:] for name, at in found.nodes.items()}
    assert found.frames.keys() == {frame.id for frame in frames}
    for one, other in combinations(found.nodes.values(), 2):
        assert apart(one, other, 5), (one, other)
    everything = Rectangle(0, 0, found.width, found.height)
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
            assert min(a[0], b[0]) >= 0
            assert max(a[0], b[0]) <= everything.right + 1e-6
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
    return any(
        outer in {one.id for one in frames_of(frame)}
        for item in items
        for frame in frames_of(item)
        if frame.id == inner
    )


def is_right(graph: tuple[list[Item], list[Edge]]) -> None:
    items, edges = graph
    check(items, edges, layout(items, edges))
    check(items, edges, layout(items, edges, (200, 300)))


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(graphs())
def test_any_graph(graph: tuple[list[Item], list[Edge]]) -> None:
    is_right(graph)


@pytest.mark.thorough
@settings(max_examples=500, deadline=None)
@given(graphs())
def test_many_graphs(graph: tuple[list[Item], list[Edge]]) -> None:
    is_right(graph)


BOX = (30.0, 10.0)


def test_a_shortcut_runs_beside_what_it_passes() -> None:
    """By hand: the boxes below each other, the line on the right of them."""
    items: list[Item] = [Node(name, *BOX) for name in "abc"]
    found = layout(items, [("a", "b"), ("b", "c"), ("a", "c")])
    assert {box.x for box in found.nodes.values()} == {0.0}
    assert [len(found.lines[edge]) for edge in (("a", "b"), ("b", "c"), ("a", "c"))] == [2, 2, 6]
    assert max(x for x, _ in found.lines["a", "c"]) > found.nodes["b"].right


def test_what_nothing_follows_and_what_follows_nothing() -> None:
    items: list[Item] = [Node("a", *BOX), Node("b", *BOX)]
    check(items, [], layout(items, []))
    alone = layout(items[:1], [])
    assert (alone.width, alone.nodes, alone.lines) == (30, {"a": Rectangle(0, 1, 30, 10)}, {})


def test_columns_are_even_and_joined_by_one_line() -> None:
    items: list[Item] = [Node(f"n{n}", *BOX) for n in range(12)]
    edges = [(f"n{n}", f"n{n + 1}") for n in range(11)]
    one, two = layout(items, edges), layout(items, edges, (100, 200))
    check(items, edges, two)
    assert len({box.x for box in one.nodes.values()}) == 1
    assert sorted(Counter(box.x for box in two.nodes.values()).values()) == [6, 6]
    # Two lines pass all rows but the first and the last: there is nowhere to cut that helps.
    beside = [*edges, ("n0", "n11"), ("n1", "n10")]
    found = layout(items, beside, (100, 200))
    check(items, beside, found)
    assert len({box.x for box in found.nodes.values()}) == 1


def test_a_circle_is_refused() -> None:
    items: list[Item] = [Node("a", *BOX), Frame("f", 9, 9, (Node("b", *BOX),)), Node("c", *BOX)]
    with pytest.raises(ValueError, match="circle"):
        layout(items, [("a", "b"), ("b", "a")])
