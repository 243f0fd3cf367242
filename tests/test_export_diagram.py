"""`convcost export --to dot` and `--to mermaid`: what is drawn is what the network joins, as Graphviz reads it."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from math import prod
from typing import Any, NamedTuple

import pytest
from command_line import Run
from networks import each_network

from convcost.errors import Source, UsageError, printable
from convcost.network import Network
from convcost.reading.description import Description
from convcost.reading.load import load, open_description
from convcost.reading.sources import bundled
from convcost.writing import dot, mermaid

needs_graphviz = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


class Drawing(NamedTuple):
    """Boxes by their names, those of their frames before; arrows between names."""

    boxes: dict[str, str]
    """What stands below the name."""
    arrows: set[tuple[str, str, str]]


def by_graphviz(text: str) -> Drawing:
    """What Graphviz reads, without a layout: clusters, nodes, edges and labels as it shows them."""
    ran = subprocess.run(["dot", "-Tjson0"], input=text, capture_output=True, text=True, check=True, timeout=60)
    assert ran.stderr == ""
    read: dict[str, Any] = json.loads(ran.stdout)
    objects = read["objects"]
    frames: dict[int, list[str]] = {}
    # Clusters stand before those inside them: the path of a node grows from the outermost.
    for one in objects:
        for node in one.get("nodes", []) if one["name"].startswith("cluster_") else []:
            frames.setdefault(node, []).append(shown(one["label"]))
    names: dict[int, str] = {}
    boxes = {}
    for one in objects:
        if "nodes" not in one:
            name, *rest = shown(one["label"]).split("\n")
            names[one["_gvid"]] = ".".join([*frames.get(one["_gvid"], []), name])
            boxes[names[one["_gvid"]]] = "".join(rest)
    arrows = {(names[one["tail"]], names[one["head"]], one["label"]) for one in read.get("edges", [])}
    return Drawing(boxes, arrows)


def shown(label: str) -> str:
    return html.unescape(re.sub(r"\\(.)", lambda found: found[1].replace("n", "\n"), label))


def by_eye(text: str) -> Drawing:
    """What a Mermaid flowchart says."""
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0] == "flowchart TD"
    frames: list[str] = []
    names, boxes, arrows = {}, {}, set()
    for line in lines[1:]:
        if line == "end":
            frames.pop()
        elif found := re.fullmatch(r'subgraph n\d+\["([^"]*)"\]', line):
            frames.append(decoded(found[1]))
        elif found := re.fullmatch(r'(\w+) -->\|"([0-9x]+)"\| (\w+)', line):
            arrows.add((names[found[1]], names[found[3]], found[2]))
        else:
            found = re.fullmatch(r'(\w+)[\[(]"([^"]*)"[\])]', line)
            assert found, line
            name, *rest = found[2].split("<br>")
            names[found[1]] = ".".join([*frames, decoded(name)])
            boxes[names[found[1]]] = decoded("".join(rest))
    assert frames == []
    return Drawing(boxes, arrows)


def decoded(label: str) -> str:
    return html.unescape(re.sub(r"#(\d+);", r"&#\1;", label))


def described(text: str) -> Description:
    return Description(Source("mine.yaml", text), "mine")


SMALL = """\
network: small
input: {channels: 3, size: [8, 8]}
blocks:
  unit:
    layers:
      - {conv: {out: 4, kernel: 3, padding: 1}, name: a}
      - {conv: {out: 4, kernel: 3, padding: 1}, name: b}
      - {add: , from: [a, b], name: sum}
layers:
  - {conv: {out: 4, kernel: 1}, name: stem}
  - {unit: , repeat: 3, name: body}
  - {relu: , name: last}
outputs: [stem, last]
"""
# By hand: nothing from one copy of the block to the next.
SMALL_ARROWS = {
    ("input", "stem", "3x8x8"),
    ("stem", "output", "4x8x8"),
    ("stem", "body x 3.a", "4x8x8"),
    ("body x 3.a", "body x 3.b", "4x8x8"),
    ("body x 3.a", "body x 3.sum", "4x8x8"),
    ("body x 3.b", "body x 3.sum", "4x8x8"),
    ("body x 3.sum", "last", "4x8x8"),
    ("last", "output", "4x8x8"),
}


def test_a_small_network_by_hand() -> None:
    drawn = by_eye(mermaid.write(described(SMALL)))
    assert drawn.arrows == SMALL_ARROWS
    assert drawn.boxes["body x 3.b"] == "conv out=4 kernel=3 padding=1"


@needs_graphviz
def test_a_small_network_as_graphviz_reads_it() -> None:
    assert by_graphviz(dot.write(described(SMALL))).arrows == SMALL_ARROWS


GOLDEN = {
    "dot": """\
digraph {
  node [shape=box]
  in1 [label="input", style=rounded]
  subgraph cluster_n1 { label="pair x 2"
    n2 [label="conv\\nconv out=3 kernel=1"]
    n3 [label="relu\\nrelu"]
  }
  out1 [label="output\\npair_2.relu", style=rounded]
  in1 -> n2 [label="3x8x8"]
  n2 -> n3 [label="3x8x8"]
  n3 -> out1 [label="3x8x8"]
}
""",
    "mermaid": """\
flowchart TD
  in1("input")
  subgraph n1["pair x 2"]
    n2["conv<br>conv out=3 kernel=1"]
    n3["relu<br>relu"]
  end
  out1("output<br>pair_2.relu")
  in1 -->|"3x8x8"| n2
  n2 -->|"3x8x8"| n3
  n3 -->|"3x8x8"| out1
""",
}
PAIRS = """\
input: {channels: 3, size: [8, 8]}
blocks: {pair: {layers: [{conv: {out: 3, kernel: 1}}, relu]}}
layers: [pair, pair]
"""


@pytest.mark.parametrize("to", GOLDEN)
def test_whole_diagrams(run: Run, tmp_path: Any, to: str) -> None:
    (tmp_path / "pairs.yaml").write_text(PAIRS)
    ran = run("export", str(tmp_path / "pairs.yaml"), "--to", to)
    assert (ran.code, ran.out) == (0, GOLDEN[to])


@pytest.mark.parametrize("name", each_network(bundled()))
def test_what_is_drawn_is_what_the_network_joins(name: str) -> None:
    network, drawn = load(name), by_eye(mermaid.write(open_description(name)))
    assert len(drawn.boxes) <= 200 + len(network.inputs) + len(network.outputs)
    # Every layer is in a box: a box stands for as many as it and its frames have copies.
    ends = {*network.inputs, "output"}
    counted = 0
    for box, inside in drawn.boxes.items():
        closed = re.fullmatch(r"(\d+) layers", inside)
        if box not in ends:
            counted += prod(map(int, re.findall(r" x (\d+)", box))) * (int(closed[1]) if closed else 1)
    assert counted == len(network.layers)
    # Of layers that are drawn by themselves, arrows are those of the network and no others.
    alone = {layer.name for layer in network.layers} & drawn.boxes.keys() | {*network.inputs}
    writers = {output: layer.name for layer in network.layers for output in layer.outputs}
    joined = {(writers.get(read, read), layer.name) for layer in network.layers for read in layer.inputs}
    arrows = {(source, target) for source, target, _ in drawn.arrows}
    assert {(a, b) for a, b in arrows if {a, b} <= alone} == {(a, b) for a, b in joined if {a, b} <= alone}


@needs_graphviz
@pytest.mark.parametrize("name", ["crnn", "fpn", "lenet5", "resnet50", "yolov8"])
def test_both_say_one_thing(name: str) -> None:
    description = open_description(name)
    assert by_graphviz(dot.write(description)) == by_eye(mermaid.write(description))


HOSTILE = [
    r'a "\N" \G\\',
    "&lt;b&gt; <b>x</b>",
    '"] }; x -> y [label="',
    "end",
    "1. one",
    "- x",
    "`**b**`",
    "%%{init}%%",
]


class Known:
    """In the place of a description: a network that no spec can say."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def network(self, *_: Any, **__: Any) -> Network:
        return self._network


@pytest.mark.parametrize("hostile", [*HOSTILE, "red \x1b[31m", "a\nclick n1 href", "#35;__init__"])
def test_names_are_only_shown(hostile: str) -> None:
    plain = described("input: {channels: 3, size: [8, 8]}\nlayers: [relu]\n").network()
    layers = (plain.layers[0]._replace(inputs=(hostile,)),)
    known: Any = Known(plain._replace(inputs={hostile: plain.inputs["input"]}, layers=layers))
    expected = {(printable(hostile), "relu", "3x8x8"), ("relu", "output", "3x8x8")}
    assert by_eye(mermaid.write(known)).arrows == expected
    if shutil.which("dot"):
        assert by_graphviz(dot.write(known)).arrows == expected


def test_what_is_too_large_for_mermaid_is_refused() -> None:
    rows = "".join(f"  - {kind}\n" for _ in range(251) for kind in ("relu", "tanh"))
    long = described(f"input: {{channels: 3, size: [8, 8]}}\nlayers:\n{rows}")
    assert dot.write(long).count("->") == 503
    with pytest.raises(UsageError, match="Mermaid shows 500 arrows at most, and the diagram has 503"):
        mermaid.write(long)
