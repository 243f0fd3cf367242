"""Layers as rows of a table: folded into blocks, sorted, cut to the costliest."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcost.analysis.costs import Analysis, figure_or_none
from convcost.analysis.receptive_field import ReceptiveField
from convcost.analysis.walks import Walks
from convcost.analysis.whole import Group, Measure, measure
from convcost.figures import FIGURES, Setting
from convcost.network import Layer
from convcost.ops.base import Shape


class Row(NamedTuple):
    """One layer, or the layers of one block together; shape and receptive field are the last one's.

    Every name in `FIGURES` is an attribute, None where the row has no such figure.
    """

    walks: Walks
    at: Setting
    first: int
    end: int
    """The layers it has, from the first to behind the last."""
    name: str

    @property
    def last(self) -> Layer:
        """The last of its layers."""
        return self.walks.network.layers[self.end - 1]

    @property
    def is_layer(self) -> bool:
        """Whether it is one layer under its own name."""
        return self.name == self.last.name

    @property
    def kind(self) -> str:
        """The layer's operator, or how many layers there are."""
        count = self.end - self.first
        return self.last.kind if self.is_layer else f"{count} layer{'s' * (count != 1)}"

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        """The shapes that its first layer reads."""
        return self.walks.network.layers[self.first].input_shapes

    @property
    def output_shapes(self) -> tuple[Shape, ...]:
        """The shapes that it hands on."""
        return self.last.output_shapes

    @property
    def field(self) -> ReceptiveField:
        """The receptive field of what it hands on."""
        return self.walks.fields[self.end - 1]

    @property
    def shares(self) -> str | None:
        """The layer whose weights it uses."""
        return self.last.shares if self.is_layer else None

    def of(self, figure: str) -> Measure:
        """Return a figure of its layers together; NoFigure if they have none."""
        if self.end == self.first + 1 and FIGURES[figure].of is not None:
            return FIGURES[figure].of_layer(self.last, self.at)
        return measure(self.walks, figure, self.at, Group(self.first, self.end, self.last.outputs[:1]))

    def __getattr__(self, name: str) -> Any:
        return figure_or_none(self, name)


def sort_keys() -> tuple[str, ...]:
    """Return what rows can be sorted by; `order` is the network's."""
    numbers = (name for name, figure in FIGURES.items() if figure.unit in ("", "bytes") and figure.of_parts)
    return ("order", *numbers)


def rows_of(analysis: Analysis, depth: int | None = None) -> list[Row]:
    """Return one row per layer, or, with `depth`, per block: names are cut after that many parts.

    Only neighbours are put together, so a row never hides what ran between its layers.
    """
    rows: list[Row] = []
    for n, layer in enumerate(analysis.network.layers):
        name = layer.name if depth is None else ".".join(layer.name.split(".")[:depth])
        if depth is not None and rows and rows[-1].name == name:
            rows[-1] = rows[-1]._replace(end=n + 1)
        else:
            rows.append(Row(analysis.walks, analysis.at, n, n + 1, name))
    return rows


def select(rows: list[Row], sort: str = "order", top: int | None = None) -> list[Row]:
    """Return the rows sorted, the largest first, and no more than `top` of them."""
    if sort != "order":
        rows = sorted(rows, key=lambda row: -(getattr(row, sort) or 0))
    return rows[:top]
