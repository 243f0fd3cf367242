"""An architecture figure: boxes with what stands in them, frames with their names, lines, and a legend, all in points.

What is applied to a layer alone shares its box (`units.py`). A frame is drawn around an outermost block, and around
one that stands for several. Blocks are closed until the figure fits on a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from convcost.analysis.costs import Analysis
from convcost.errors import printable
from convcost.layout import Edge, Frame, Layout, Node, Point, Rectangle, layout
from convcost.network import Network
from convcost.numerals import human
from convcost.writing.diagram import Box, Diagram, diagram
from convcost.writing.figure.contents import LEADING, MARGIN, SMALL, Contents, Line, contents, short, title
from convcost.writing.figure.labels import shape_text
from convcost.writing.figure.units import units

PAGE = (500.0, 640.0)
"""The width and the height of what is on a page, in points."""
_SMALLEST = 0.87
"""How much smaller than it should be a figure may be."""
_MOST = (100, 88, 77, 68, 60, 53, 47, 42, 38, 34, 30, 27, 24, 21, 18, 15, 1)
"""How many boxes and frames there may be, until they fit."""
_ROOM = (PAGE[0] / _SMALLEST, PAGE[1] / _SMALLEST)
_NARROWEST = 200.0


class Text(NamedTuple):
    """A line of text on the page: its middle, or its beginning if it stands outside of boxes, and its base line."""

    line: Line
    x: float
    y: float


class Shown(NamedTuple):
    """A box or a frame, with its text."""

    id: str
    """That of the diagram's box."""
    at: Rectangle
    colour: str
    texts: tuple[Text, ...]


class Drawing(NamedTuple):
    """All that is drawn, between 0, 0 and its width and height; what is behind comes before."""

    width: float
    height: float
    title: str
    frames: tuple[Shown, ...]
    lines: Mapping[Edge, tuple[Point, ...]]
    boxes: tuple[Shown, ...]
    legend: tuple[Text, ...]

    @property
    def scale(self) -> float:
        """How large it is on a page: 1, or less where it has no room."""
        return min(PAGE[0] / self.width, PAGE[1] / self.height, 1.0)


def drawing(network: Network, spelled: Callable[[str], str] = printable) -> Drawing:
    """Return a network's figure, which a page has room for at its `scale`; texts as they are `spelled`."""
    parts, kinds, tried = units(network), _Kinds(network), set[int]()
    found: list[Drawing] = []
    for most in _MOST:
        shown = diagram(network, most, parts, kinds.weight)
        if len(shown.boxes) not in tried:
            tried.add(len(shown.boxes))
            found.append(_Figure(network, shown, spelled).drawing())
            if found[-1].scale >= _SMALLEST:
                break
    return max(found, key=lambda one: one.scale)


class _Kinds:
    """Blocks by the operators in them: the first of a kind weighs more, and is opened first."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._first: dict[frozenset[str], range] = {}

    def weight(self, places: range) -> float:
        layers = self._network.layers[places.start : places.stop]
        first = self._first.setdefault(frozenset(layer.kind for layer in layers), places) == places
        return len(places) + first * len(self._network.layers)


class _Figure:
    """A diagram, and what stands in its boxes."""

    def __init__(self, network: Network, shown: Diagram, spelled: Callable[[str], str]) -> None:
        self._network, self._shown, self._spelled = network, shown, spelled
        self._analysis = Analysis(network)
        self._contents = {box.id: self._box(box) for box in shown.boxes if not box.frame}
        self._width = max(one.width for one in self._contents.values())

    def drawing(self) -> Drawing:
        items, _ = self._items(0, 0)
        placed = layout(items, [(one.source, one.target) for one in self._shown.arrows], _ROOM)
        width = max(placed.width, _NARROWEST)
        shift = (width - placed.width) / 2
        legend = (*_wrapped([*self._legend()], width, placed.height + 2 * MARGIN),)
        return Drawing(
            width,
            legend[-1].y + MARGIN,
            self._spelled(self._network.name),
            tuple(self._framed(box, placed, shift) for box in self._shown.boxes if box.id in placed.frames),
            {edge: tuple((x + shift, y) for x, y in line) for edge, line in placed.lines.items()},
            tuple(_filled(name, placed.nodes[name].moved(shift, 0), one) for name, one in self._contents.items()),
            legend,
        )

    def _box(self, box: Box) -> Contents:
        colour, lines = contents(box, self._analysis)
        return Contents(colour, tuple(line._replace(text=self._spelled(line.text)) for line in lines))

    def _title(self, box: Box) -> Line:
        line = title(box)
        return line._replace(text=self._spelled(line.text))

    def _items(self, place: int, level: int) -> tuple[list[Node | Frame], int]:
        """The boxes and frames from a place on that are so far inside, and where the next one is."""
        found: list[Node | Frame] = []
        boxes = self._shown.boxes
        while place < len(boxes) and boxes[place].level >= level:
            box = boxes[place]
            place += 1
            if not box.frame:
                found.append(Node(box.id, self._width, self._contents[box.id].height))
                continue
            inside, place = self._items(place, level + 1)
            if level == 0 or box.copies > 1:
                inside = [Frame(box.id, self._title(box).width, SMALL * LEADING + 1, tuple(inside))]
            found += inside
        return found, place

    def _framed(self, box: Box, placed: Layout, shift: float) -> Shown:
        at = placed.frames[box.id].moved(shift, 0)
        return Shown(box.id, at, "frame", (Text(self._title(box), at.x + MARGIN, at.y + SMALL * LEADING),))

    def _legend(self) -> Iterator[str]:
        inputs = " and ".join(map(shape_text, self._network.inputs.values()))
        costs = f"{human(self._analysis.macs)} multiply-accumulates, {human(self._analysis.params)} parameters"
        yield f"{short(self._spelled(self._network.name))}: {costs}, for an input of {inputs}."
        yield "In a box: the shape of its output\u00a0· multiply-accumulates\u00a0· parameters."
        if any(box.copies > 1 for box in self._shown.boxes):
            yield "×N stands for N equal neighbours, of which one is shown, with its figures."


def _filled(name: str, at: Rectangle, inside: Contents) -> Shown:
    texts = []
    y = at.y + MARGIN / 2
    for line in inside.lines:
        y += line.size * LEADING
        texts.append(Text(line, at.x + at.width / 2, y - line.size * (LEADING - 1)))
    return Shown(name, at, inside.colour, tuple(texts))


def _wrapped(sentences: list[str], width: float, y: float) -> Iterator[Text]:
    line = ""
    for word in " ".join(sentences).split(" "):
        longer = f"{line} {word}".lstrip()
        if line and Line(longer).width > width:
            y += SMALL * LEADING
            yield Text(Line(line), 0, y)
            longer = word
        line = longer
    yield Text(Line(line), 0, y + SMALL * LEADING)
