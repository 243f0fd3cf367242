"""Layers as a tree of blocks: every part of it that is drawn adds up, and all of it is the layers in their order."""

from __future__ import annotations

import pytest
from command_line import Run
from hypothesis import given
from hypothesis import strategies as st

from convcost.analysis.costs import Analysis, analyze
from convcost.analysis.tree import Branch, branches, tree_of, tree_rows
from convcost.comparison.alignment import align
from convcost.network import Network
from convcost.ops.base import Shape
from convcost.reading.load import load
from convcost.render.comparison.lines import tree_lines
from convcost.render.tree import label

# By hand: what a reader would draw


def drawn(names: str, most: float = 1000, depth: float = 1000, folded: bool = True) -> list[str]:
    """The labels of layers `name=what`; what is larger weighs more."""
    layers = [(name.split("."), what) for name, _, what in (word.partition("=") for word in names.split())]

    def weight(branch: Branch) -> int:
        return sum(int(layers[place][1] or 0) for run in branch.runs for place in run)

    found = branches(tree_of(layers, folded), weight, most, depth)
    return ["  " * b.level + b.node.name + (f" x {b.node.copies}" if b.node.copies > 1 else "") for b in found]


TREES = [
    ("stem head", ["stem", "head"]),
    ("a.conv a.relu=1 b", ["a", "  conv", "  relu", "b"]),
    # A block that holds nothing but another one shares its row.
    ("a.b.conv a.b.relu=1", ["a.b", "  conv", "  relu"]),
    ("a.b.conv", ["a.b.conv"]),
    # Equal neighbours are one, and their block is them.
    ("a.0.x a.0.y=1 a.1.x a.1.y=1 a.2.x a.2.y=1", ["a x 3", "  x", "  y"]),
    ("a.0.x=5 a.0.y=1 a.1.x a.1.y=1 a.2.x a.2.y=1", ["a", "  0", "    x", "    y", "  1-2 x 2", "    x", "    y"]),
    ("unit.x unit.y=1 unit_2.x unit_2.y=1 unit_3.x=2", ["unit x 2", "  x", "  y", "unit_3.x"]),
    ("b_3.x b_3.y=1 b_4.x b_4.y=1", ["b_3-4 x 2", "  x", "  y"]),
    ("a.expand.0 a.add=1", ["a", "  expand", "  add"]),
    # What is equal and has another name, or is no neighbour, has a row of its own.
    ("left right", ["left", "right"]),
    ("a.0 b=1 a.1", ["a", "b", "a"]),
    ("a.0.x a.1.y", ["a", "  0.x", "  1.y"]),
    # A layer may have the name of a block beside it.
    ("a a.b=1 a.c=2", ["a", "a", "  b", "  c"]),
]


@pytest.mark.parametrize(("names", "labels"), TREES, ids=[names for names, _ in TREES])
def test_what_is_drawn(names: str, labels: list[str]) -> None:
    assert drawn(names) == labels


def test_every_layer_on_its_own() -> None:
    assert drawn("a.0.x a.0.y=1 a.1.x a.1.y=1", folded=False) == ["a", "  0", "    x", "    y", "  1", "    x", "    y"]


NESTED = "a.b.x=1 a.b.y=2 a.c=3 d.x=9 d.y=8 e"


@pytest.mark.parametrize(
    ("most", "labels"),
    [
        (1, ["a", "d", "e"]),  # the outermost are always there
        (4, ["a", "d", "e"]),
        (5, ["a", "d", "  x", "  y", "e"]),  # the heaviest first
        (7, ["a", "  b", "  c", "d", "  x", "  y", "e"]),
        (9, ["a", "  b", "    x", "    y", "  c", "d", "  x", "  y", "e"]),
    ],
)
def test_as_deep_as_there_is_room(most: int, labels: list[str]) -> None:
    assert drawn(NESTED, most=most) == labels
    assert drawn(NESTED, depth=1) == ["a", "d", "e"]
    assert drawn(NESTED, depth=2) == ["a", "  b", "  c", "d", "  x", "  y", "e"]


# For any names

PARTS = st.sampled_from(["a", "b", "a_2", "0", "1", "2"])
LAYERS = st.lists(st.tuples(st.lists(PARTS, min_size=1, max_size=5), st.integers(0, 2)), max_size=30)
ROOM = st.one_of(st.integers(1, 40), st.just(float("inf")))


@pytest.mark.slow
@given(layers=LAYERS, most=ROOM, depth=ROOM, folded=st.booleans())
def test_every_part_adds_up(layers: list[tuple[list[str], int]], most: float, depth: float, folded: bool) -> None:
    nodes = tree_of(layers, folded)
    found = branches(nodes, lambda branch: len(branch.runs), most, depth)
    assert len(found) <= max(most, len(nodes))
    assert all(branch.level < depth for branch in found)
    everything = [range(len(layers))] if layers else []
    stack = [(-1, everything, [])]  # level, its places, those of the rows inside it so far
    for branch in [*found, None]:
        while stack and (branch is None or stack[-1][0] >= branch.level):
            _, runs, inner = stack.pop()
            assert inner == [] or sorted(inner) == places(runs)
        if branch is not None:
            assert branch.level == stack[-1][0] + 1
            stack[-1][2].extend(places(branch.runs))
            stack.append((branch.level, branch.runs, []))
            if not branch.node.inside:
                assert len({layers[place][1] for place in places(branch.runs)}) == 1  # only equal ones are one row


@given(layers=LAYERS)
def test_all_of_it_is_the_layers_in_order(layers: list[tuple[list[str], int]]) -> None:
    found = [b for b in branches(tree_of(layers, folded=False), lambda _: 0) if not b.node.inside]
    assert [places(branch.runs) for branch in found] == [[n] for n in range(len(layers))]
    names = [branch.node.name.split(".") for branch in found]
    assert all(name[-1] in parts for name, (parts, _) in zip(names, layers, strict=True))


def places(runs: list[range] | tuple[range, ...]) -> list[int]:
    return [place for run in runs for place in run]


# Of networks

SUMS = ("params", "macs", "useful_macs", "training_macs", "elements", "bytes_moved", "layers", "kept_for_backward")
NETWORKS = ["resnet50", "mobilenet_v2", "googlenet", "unet", "xception", "shufflenet_v1", "efficientnet_b0", "lenet5"]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_rows_of_a_level_add_up(name: str) -> None:
    analysis = analyze(load(name))
    outermost = tree_rows(analysis, most=1)
    for rows in (outermost, tree_rows(analysis, 30), tree_rows(analysis), tree_rows(analysis, folded=False)):
        closed = [
            one for one, after in zip(rows, [*rows[1:], None], strict=True) if not after or after.level <= one.level
        ]
        for figure in SUMS:
            assert sum(row.of(figure) for row in closed) == analysis.of(figure)
            assert sum(row.of(figure) for row in rows if not row.level) == analysis.of(figure)
    every = [row for row in tree_rows(analysis, folded=False) if row.is_layer]
    assert [row.layer for row in every] == list(analysis.network.layers)


def test_a_row_is_of_its_last_layer() -> None:
    rows = {row.name: row for row in tree_rows(analyze(load("resnet50")), depth=1)}
    assert rows["layer4"].layer.output_shapes == (Shape(2048, (7, 7)),)
    assert (rows["layer4"].receptive_field, rows["layer4"].kind) == ((427, 427), "32 layers")


@pytest.mark.parametrize("most", [1, 25, 1000])
@pytest.mark.parametrize(
    ("left", "right"), [("resnet50", "resnext50_32x4d"), ("mobilenet_v1", "mobilenet_v2"), ("resnet18", "resnet34")]
)
def test_the_lines_of_a_comparison_add_up(left: str, right: str, most: int) -> None:
    sides = analyze(load(left)), analyze(load(right))
    pairs = align(*sides)
    for every in (False, True):
        outermost = [line for line in tree_lines(pairs, every, most) if not line.level]
        for n, side in enumerate(sides):
            assert sum(line.macs[n] for line in outermost) == side.macs
            assert sum(line.params[n] for line in outermost) == side.params
    every_pair = [line.pairs for line in tree_lines(pairs, True) if not line.folded]
    assert every_pair == [(pair,) for pair in pairs]


# Deep and long


def network(names: list[str]) -> Network:
    small = load("lenet5")
    return small._replace(layers=tuple(small.layers[0]._replace(name=name) for name in names), outputs=(names[-1],))


BLOCKS = [f"b{n}" for n in range(1000)]
LARGE = {
    "nested": [f"{'.'.join(BLOCKS[:depth])}.{name}" for depth in range(1, 1001) for name in ("u", "v")],
    "flat": [f"{'uv'[n % 2]}_{n}" for n in range(10_000)],
    "equal": [f"a.{n // 100}.b.{n % 100}" for n in range(10_000)],
}


@pytest.mark.parametrize("names", LARGE.values(), ids=LARGE)
def test_networks_may_be_deep_and_long(names: list[str]) -> None:
    analysis: Analysis = analyze(network(names))
    for rows in (tree_rows(analysis, 40), tree_rows(analysis, folded=False)):
        assert sum(row.macs for row in rows if not row.level) == analysis.macs
        assert max(map(len, map(label, rows[:2000]))) < 40


@pytest.mark.parametrize("columns", [20, 25, 40, 60, 80])
@pytest.mark.parametrize("name", ["mobilenet_v2", "googlenet"])
def test_the_tree_fits_narrow_terminals(run: Run, name: str, columns: int) -> None:
    table = run("analyze", name, columns=columns, lines=60).out.split("Folded")[0]
    assert max(map(len, table.splitlines())) <= columns


@pytest.mark.parametrize("lines", [50, 70])
@pytest.mark.parametrize("name", NETWORKS)
def test_all_of_it_fits_the_screen(run: Run, name: str, lines: int) -> None:
    assert len(run("analyze", name, columns=120, lines=lines).out.splitlines()) < lines


def test_a_pipe_is_flat(run: Run) -> None:
    whole = run("analyze", "resnet50", columns=100).out
    assert "layer1.rest.1.body.conv_bn_relu.conv" in whole
    assert run("analyze", "resnet50", "--all", columns=100).out == whole
    assert (
        run("analyze", "resnet50", "--format", "csv", lines=24).out == run("analyze", "resnet50", "--format", "csv").out
    )
