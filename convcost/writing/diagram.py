"""A network as boxes and arrows: a box for each layer, around them a frame for each block, arrows with their shapes.

Equal neighbours are drawn once (`analysis/tree.py`), without what one copy hands to the next. Blocks are closed from
the inside, each to a single box, until there are no more than `MOST` boxes and frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import NamedTuple, TypeAlias

from convcost.analysis.arguments import written
from convcost.analysis.tree import Branch, Node, branches, tree_of
from convcost.errors import printable, shorten
from convcost.network import Layer, Network

MOST = 200
_LONGEST = 20
"""Letters of an argument; tables of connections have no room in a box."""


class Box(NamedTuple):
    """A layer, a block, an input or an output."""

    id: str
    name: str
    what: str = ""
    """What a layer is, or how many layers a closed block has."""
    copies: int = 1
    """How many equal neighbours it stands for."""
    layers: range = range(0)
    """The places of its layers in the network, those of the first copy."""
    level: int = 0
    """How many frames it is in."""
    frame: bool = False
    """Whether it is drawn around the boxes behind it that are further inside."""
    closed: bool = False
    """Whether it is a block of which nothing inside is drawn."""
    tensors: tuple[str, ...] = ()
    """Of an input or an output of the network, what it stands for."""

    @property
    def end(self) -> bool:
        """Whether it is an input or an output of the network."""
        return bool(self.tensors)

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands in it; of a frame, above it."""
        times = f" x {self.copies}" if self.copies > 1 else ""
        return tuple(shorten(printable(text)) for text in (self.name + times, self.what) if text)


class Arrow(NamedTuple):
    """From a box to one that reads it."""

    source: str
    target: str
    shape: str


class Diagram(NamedTuple):
    """Boxes, each frame before what is inside; arrows, each once."""

    boxes: list[Box]
    arrows: list[Arrow]


_Way: TypeAlias = tuple[tuple[str, int], ...]
"""The boxes that a layer stands in, from the outermost, each with which of its copies that is."""


def diagram(
    network: Network,
    most: int = MOST,
    units: Sequence[range] | None = None,
    weight: Callable[[range], float] = len,
    grouped: Callable[[tuple[Node, ...]], tuple[Node, ...]] = tuple,
) -> Diagram:
    """Return a network's boxes and arrows, of `most` boxes and frames unless more are outside of all blocks.

    `units` are neighbouring layers of one block that share a box, each by their places; by default each has its own.
    Of blocks that are as far inside, those of the greatest `weight` are opened first, by the places of their layers;
    those of a weight below 0 stay closed. `grouped` is given the blocks of units, and returns those that are drawn.

    >>> from convcost.reading.load import load
    >>> boxes, arrows = diagram(load("resnet50"))
    >>> len(boxes), arrows[0]
    (137, Arrow(source='in1', target='n2', shape='3x224x224'))
    """
    units = [range(n, n + 1) for n in range(len(network.layers))] if units is None else units
    kinds = network.alike.places
    leaves = [(network.layers[unit[0]].name.split("."), (*kinds[unit.start : unit.stop],)) for unit in units]
    drawn = branches(grouped(tree_of(leaves)), lambda branch: weight(layers_of(branch.node.places, units)), most)
    blocks = [*_boxes(network, drawn, units)]
    shapes = dict(network.tensors())
    ways: dict[str, _Way] = {name: ((f"in{n}", 0),) for n, name in enumerate(network.inputs, 1)}
    inputs = [Box(way[0][0], name, tensors=(name,)) for name, way in ways.items()]
    outputs = {name: Box(f"out{n}", "output", name, tensors=(name,)) for n, name in enumerate(network.outputs, 1)}
    unit_ways = zip(units, _ways(drawn, blocks), strict=True)
    layers = [(network.layers[place], way) for unit, way in unit_ways for place in unit]
    for layer, way in layers:
        ways |= dict.fromkeys(layer.outputs, way)
    read = [(name, way) for layer, way in layers for name in layer.inputs]
    read += [(name, ((box.id, 0),)) for name, box in outputs.items()]
    arrows = [Arrow(ways[name][-1][0], way[-1][0], str(shapes[name])) for name, way in read if _apart(ways[name], way)]
    return Diagram([*inputs, *blocks, *outputs.values()], [*dict.fromkeys(arrows)])


def text_of(shown: Diagram, box: Callable[[Box], str], closing: str, arrow: Callable[[Arrow], str]) -> Iterator[str]:
    """Yield the lines of a diagram, indented, given how a box, the end of a frame and an arrow are written."""
    level = 0
    for one in shown.boxes:
        yield from (f"{'  ' * n}{closing}" for n in range(level, one.level, -1))
        yield f"{'  ' * (one.level + 1)}{box(one)}"
        level = one.level + one.frame
    yield from (f"  {arrow(one)}" for one in shown.arrows)


def _boxes(network: Network, drawn: list[Branch], units: Sequence[range]) -> Iterator[Box]:
    for n, branch in enumerate(drawn, 1):
        node = branch.node
        frame = n < len(drawn) and drawn[n].level > branch.level
        layers = layers_of(node.places[: len(node.places) // node.copies], units)
        closed = bool(node.inside) and not frame
        what = "" if frame else f"{len(layers)} layers" if closed else _layer(network.layers[layers.start])
        yield Box(f"n{n}", node.name, what, node.copies, layers, branch.level, frame, closed)


def layers_of(places: range, units: Sequence[range]) -> range:
    """Return the places of the layers of neighbouring units."""
    return range(units[places[0]].start, units[places[-1]].stop)


def _layer(layer: Layer) -> str:
    arguments = (f"{name}={text if len(text) <= _LONGEST else '...'}" for name, text in written(layer).items())
    return " ".join([layer.kind, *arguments])


def _ways(drawn: list[Branch], boxes: list[Box]) -> list[_Way]:
    """For each leaf of the tree, the boxes that it stands in."""
    found: dict[int, _Way] = {}
    for branch, box in zip(drawn, boxes, strict=True):
        copy = count()
        for run in branch.runs:
            size = len(run) // branch.node.copies
            for start in run[::size]:
                here = (box.id, next(copy))
                found |= {place: (*found.get(place, ()), here) for place in range(start, start + size)}
    return [found[place] for place in range(len(found))]


def _apart(source: _Way, target: _Way) -> bool:
    """Whether an arrow is drawn: not inside one box, and not from one copy to another."""
    copies = dict(source)
    return source[-1][0] != target[-1][0] and all(copies.get(box, copy) == copy for box, copy in target)
