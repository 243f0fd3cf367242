"""Layers as rows of a table: folded into blocks, sorted, cut to the costliest."""

from __future__ import annotations

from collections.abc import Hashable
from math import inf
from typing import Any, NamedTuple

from convcost.analysis.costs import Analysis, figure_or_none
from convcost.analysis.receptive_field import ReceptiveField
from convcost.analysis.tree import Branch, branches, tree_of
from convcost.analysis.walks import Walks
from convcost.analysis.whole import Group, Measure, measure
from convcost.figures import FIGURES, Setting
from convcost.network import Layer
from convcost.ops.base import Shape


class AnalysisRow(NamedTuple):
    """One layer, or some layers together; shape and receptive field are the last one's.

    Every name in `FIGURES` is an attribute, None where the row has no such figure.
    """

    walks: Walks
    at: Setting
    runs: tuple[range, ...]
    """The places of its layers in the network: one run of neighbours, or several where equal blocks are one row."""
    name: str
    is_layer: bool
    """Whether it is one layer under its own name, or equal layers."""
    level: int = 0
    """How many blocks it is drawn in."""
    copies: int = 1
    """How many equal neighbours it stands for."""

    @property
    def last(self) -> Layer:
        """The last of its layers."""
        return self.walks.network.layers[self.runs[-1][-1]]

    @property
    def kind(self) -> str:
        """The layer's operator, or how many layers there are."""
        count = sum(map(len, self.runs))
        return self.last.kind if self.is_layer else f"{count} layer{'s' * (count != 1)}"

    @property
    def inputs(self) -> tuple[str, ...]:
        """What its first layer reads."""
        return self.walks.network.layers[self.runs[0][0]].inputs

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        """The shapes that its first layer reads."""
        return self.walks.network.layers[self.runs[0][0]].input_shapes

    @property
    def output_shapes(self) -> tuple[Shape, ...]:
        """The shapes that it hands on."""
        return self.last.output_shapes

    @property
    def field(self) -> ReceptiveField:
        """The receptive field of what it hands on."""
        return self.walks.fields[self.runs[-1][-1]]

    @property
    def shares(self) -> str | None:
        """The layer whose weights it uses."""
        return self.last.shares if self.is_layer else None

    def of(self, figure: str) -> Measure:
        """Return a figure of its layers together; NoFigure if they have none."""
        if len(self.runs) == len(self.runs[0]) == 1 and FIGURES[figure].of is not None:
            return FIGURES[figure].of_layer(self.last, self.at)
        return measure(self.walks, figure, self.at, Group(self.runs, self.last.outputs[:1]))

    def __getattr__(self, name: str) -> Any:
        return figure_or_none(self, name)


def sort_keys() -> tuple[str, ...]:
    """Return what rows can be sorted by; `order` is the network's."""
    numbers = (name for name, figure in FIGURES.items() if figure.unit in ("", "bytes") and figure.of_parts)
    return ("order", *numbers)


def rows_of(analysis: Analysis, depth: int | None = None) -> list[AnalysisRow]:
    """Return one row per layer, or, with `depth`, per block: names are cut after that many parts.

    Only neighbours are put together, so a row never hides what ran between its layers.
    """
    rows: list[AnalysisRow] = []
    for n, layer in enumerate(analysis.network.layers):
        name = layer.name if depth is None else ".".join(layer.name.split(".")[:depth])
        if depth is not None and rows and rows[-1].name == name:
            rows[-1] = rows[-1]._replace(runs=(range(rows[-1].runs[0].start, n + 1),), is_layer=False)
        else:
            rows.append(AnalysisRow(analysis.walks, analysis.at, (range(n, n + 1),), name, name == layer.name))
    return rows


def tree_rows(analysis: Analysis, most: float = inf, depth: float = inf, folded: bool = True) -> list[AnalysisRow]:
    """Return the rows of blocks, each above what is inside: no more than `most`, and so many levels.

    The costliest blocks are opened first: see `tree.branches`. With `folded`, equal neighbours are one row, the sum of
    theirs. The rows of one level add up to the row that they are in, the outermost to the network.
    """
    layers = ((layer.name.split("."), _what(layer)) for layer in analysis.network.layers)

    def row(branch: Branch) -> AnalysisRow:
        node = branch.node
        is_layer = not node.inside
        return AnalysisRow(analysis.walks, analysis.at, branch.runs, node.name, is_layer, branch.level, node.copies)

    return list(map(row, branches(tree_of(layers, folded), lambda branch: row(branch).macs, most, depth)))


def _what(layer: Layer) -> Hashable:
    """What makes two layers equal to a reader of the table."""
    return layer.kind, layer.operator, layer.input_shapes, layer.output_shapes, bool(layer.shares), layer.times


def select(rows: list[AnalysisRow], sort: str = "order", top: int | None = None) -> list[AnalysisRow]:
    """Return the rows sorted, the largest first, and no more than `top` of them."""
    if sort != "order":
        rows = sorted(rows, key=lambda row: -(getattr(row, sort) or 0))
    return rows[:top]
