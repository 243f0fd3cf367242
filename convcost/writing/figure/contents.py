"""What stands in a box: lines of text, and the colour that says what kind of layer it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from convcost.analysis.costs import Analysis
from convcost.layout.widths import text_width
from convcost.network import Layer, Network
from convcost.numerals import human
from convcost.writing.diagram import Box
from convcost.writing.figure.labels import COLOURS, label, shape_text
from convcost.writing.figure.units import parts

LARGE, SMALL = 7.0, 6.0
"""Sizes of text, in points."""
LEADING = 1.25
"""The height of a line of text of size 1."""
MARGIN = 4.0


class Line(NamedTuple):
    """A line of text in a box."""

    text: str
    size: float = SMALL
    bold: bool = False

    @property
    def width(self) -> float:
        return text_width(self.text, self.size) * (1.1 if self.bold else 1)


class Contents(NamedTuple):
    """What stands in a box, from above."""

    colour: str
    lines: tuple[Line, ...]

    @property
    def width(self) -> float:
        return max(line.width for line in self.lines) + 2 * MARGIN

    @property
    def height(self) -> float:
        return sum(line.size for line in self.lines) * LEADING + MARGIN


def contents(box: Box, analysis: Analysis) -> Contents:
    """Return what stands in a box: the shape of its output and, of one copy, multiply-accumulates and parameters."""
    network = analysis.network
    if box.end:
        return Contents("end", (*_ends(box, network),))
    layers = network.layers[box.layers.start : box.layers.stop]
    costs = analysis.costs_of((box.layers,), box.name)
    shared = not costs.params and any(layer.shares for layer in layers)
    figures = (human(costs.macs), "shared" if shared else human(costs.params)) if costs.macs or costs.params else ()
    below = Line(" · ".join([shape_text(layers[-1].output_shapes[0]), *figures]))
    if box.closed:
        return Contents("block", (title(box, LARGE), below))
    return Contents(_colour(layers), (*_lines(layers, box, bool(figures)), below))


def _ends(box: Box, network: Network) -> Iterator[Line]:
    """The name of an input or an output, or of several as a list."""
    shapes = {name: shape_text(shape) for name, shape in network.tensors() if name in box.tensors}
    if len(box.tensors) > 1:
        yield Line(f"{len(box.tensors)} outputs", LARGE)
        yield from (Line(f"{short(name)}: {shapes[name]}") for name in box.tensors)
    else:
        alone = not box.what or len(network.outputs) == 1
        yield from (Line(box.name if alone else short(box.what), LARGE), *map(Line, shapes.values()))


def _lines(layers: Sequence[Layer], box: Box, costs: bool) -> Iterator[Line]:
    """What the layers of a box are: one with what is applied to it below, or several, each with that beside it."""
    (what, applied), *more = map(label, parts(layers))
    beside = ", ".join(filter(None, (what, applied)))
    if more:
        name = f"{layers[0].name.partition('.')[0]}" if not box.level else ""
        yield from [Line(short(name) + _times(box), LARGE, bold=True)] if name or box.copies > 1 else []
        yield from (Line(", ".join(filter(None, both)), LARGE) for both in ((what, applied), *more))
    elif costs:
        yield Line(what + _times(box), LARGE)
        yield from [Line(applied)] if applied else []
    else:
        yield Line(beside + _times(box), LARGE)


def _colour(layers: Sequence[Layer]) -> str:
    """The colour of the layer that computes most."""
    most = max(layers, key=lambda layer: int(layer.work.macs))
    return COLOURS.get(most.kind, "plain")


def title(box: Box, size: float = SMALL) -> Line:
    """Return the name of a block, with how many equal neighbours it stands for."""
    return Line(short(box.name) + _times(box), size, bold=True)


def short(name: str) -> str:
    """Return a name, cut if there is no room for it.

    >>> short("a_very_long_name_of_an_ordinary_block")
    'a_very_long_name_of_an_...'
    """
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."


_LONGEST = 26


def _times(box: Box) -> str:
    return f" ×{box.copies}" if box.copies > 1 else ""
