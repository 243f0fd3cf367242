"""An architecture figure: boxes with what stands in them, frames with their names, lines, and a legend, all in points.

What is applied to a layer alone shares its box (`units.py`). A frame is drawn around an outermost block, and around
one that stands for several. Blocks are closed until the figure fits on a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from convcost.analysis.costs import Analysis
from convcost.errors import printable
from convcost.layout import Edge, Frame, Layout, Node, Point, Rectangle, layout
from convcost.network import Network
from convcost.numerals import human
from convcost.writing.diagram import Box, Diagram, diagram
from convcost.writing.figure.contents import LEADING, MARGIN, SMALL, Contents, Line, contents, short, title
from convcost.writing.figure.kinds import Kinds
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


def drawing(network: Network) -> Drawing:
    """Return a network's figure, which a page has room for at its `scale`."""
    parts, tried = units(network), set[int]()
    kinds = Kinds(network, parts)
    found: list[Drawing] = []
    for most in _MOST:
        shown = diagram(network, most, parts, kinds.weight, kinds.grouped)
        if len(shown.boxes) not in tried:
            tried.add(len(shown.boxes))
            found.append(_Figure(network, shown).drawing())
            if found[-1].scale >= _SMALLEST:
                break
    return max(found, key=lambda one: one.scale)


class _Figure:
    """A diagram, and what stands in its boxes."""

    def __init__(self, network: Network, shown: Diagram) -> None:
        self._network = network
        self._shown = _joined(Diagram([*_named(shown.boxes)], shown.arrows))
        self._analysis = Analysis(network)
        self._contents = {box.id: self._box(box) for box in self._shown.boxes if not box.frame}
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
            printable(self._network.name),
            tuple(self._framed(box, placed, shift) for box in self._shown.boxes if box.id in placed.frames),
            {edge: tuple((x + shift, y) for x, y in line) for edge, line in placed.lines.items()},
            tuple(_filled(name, placed.nodes[name].moved(shift, 0), one) for name, one in self._contents.items()),
            legend,
        )

    def _box(self, box: Box) -> Contents:
        colour, lines = contents(box, self._analysis)
        return Contents(colour, tuple(line._replace(text=printable(line.text)) for line in lines))

    def _title(self, box: Box) -> Line:
        line = title(box)
        return line._replace(text=printable(line.text))

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
            if _is_framed(box):
                inside = [Frame(box.id, self._title(box).width, SMALL * LEADING + 1, tuple(inside))]
            found += inside
        return found, place

    def _framed(self, box: Box, placed: Layout, shift: float) -> Shown:
        at = placed.frames[box.id].moved(shift, 0)
        return Shown(box.id, at, "frame", (Text(self._title(box), at.x + MARGIN, at.y + SMALL * LEADING),))

    def _legend(self) -> Iterator[str]:
        inputs = " and ".join(map(shape_text, self._network.inputs.values()))
        costs = f"{human(self._analysis.macs)} multiply-accumulates, {human(self._analysis.params)} parameters"
        yield f"{short(printable(self._network.name))}: {costs}, for an input of {inputs}."
        yield "In a box: the shape of its output\u00a0· multiply-accumulates\u00a0· parameters."
        if any(box.copies > 1 for box in self._shown.boxes):
            yield "×N stands for N equal neighbours, of which one is shown, with its figures."


def _joined(shown: Diagram) -> Diagram:
    """Return a diagram in which outputs that come from one box are one."""
    outputs = {box.id: box for box in shown.boxes if box.end and box.what}
    first: dict[str, Box] = {}
    for arrow in shown.arrows:
        if box := outputs.pop(arrow.target, None):
            one = first.setdefault(arrow.source, box._replace(tensors=()))
            first[arrow.source] = one._replace(tensors=(*one.tensors, *box.tensors))
    left = {box.id: box for box in first.values()}
    boxes = {box.id: left.get(box.id, box) for box in shown.boxes if not (box.end and box.what) or box.id in left}
    return Diagram([*boxes.values()], [arrow for arrow in shown.arrows if arrow.target in boxes])


def _named(boxes: Sequence[Box]) -> Iterator[Box]:
    """Yield boxes, with the name of its block before a number, and before what stands in a block without a frame."""
    around = list[Box]()
    for box in boxes:
        around = around[: box.level]
        if around and (not _is_framed(around[-1]) or _NUMBER.fullmatch(box.name)):
            box = box._replace(name=f"{around[-1].name}.{box.name}")
        around += [box] if box.frame else []
        yield box


def _is_framed(box: Box) -> bool:
    """Whether a frame is drawn around what is in a block."""
    return box.level == 0 or box.copies > 1


_NUMBER = re.compile(r"\d+(-\d+)?")


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
