"""A network's figures, of the whole and layer by layer; and layers as rows, by blocks, sorted, the costliest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from convcost.analysis.memory import Peak
from convcost.analysis.receptive_field import ReceptiveField
from convcost.analysis.whole import Group, Measure, NoFigure, Walks, measure
from convcost.errors import did_you_mean
from convcost.figures import FIGURES, Setting
from convcost.network import Layer, Network
from convcost.ops.arguments import many


class Costs(NamedTuple):
    """The figures of a layer, or of some layers together: a block, equal blocks.

    Every name in `FIGURES` is an attribute, None where there is no such figure. Shape, receptive field and stride are
    those of the last layer.
    """

    walks: Walks
    at: Setting
    group: Group
    """The layers: one run of neighbours, or several, of equal blocks."""
    name: str
    is_layer: bool = True
    """Whether it is one layer under its own name, or equal layers."""
    level: int = 0
    """How many blocks it is drawn in."""
    copies: int = 1
    """How many equal neighbours it stands for."""

    @property
    def first(self) -> Layer:
        """The first of the layers, whose inputs it reads."""
        return self.walks.network.layers[self.group.runs[0][0]]

    @property
    def layer(self) -> Layer:
        """The layer, or the last of them, whose outputs it hands on."""
        return self.walks.network.layers[self.group.runs[-1][-1]]

    @property
    def kind(self) -> str:
        """The layer's operator, or how many layers there are."""
        if self.is_layer:
            return self.layer.kind
        count = sum(map(len, self.group.runs))
        return many(count, "layer")

    @property
    def alike(self) -> Hashable:
        """What is equal for layers of the network that are alike; of several layers together it is their places."""
        runs = self.group.runs
        one = self.is_layer and len(runs) == 1 == len(runs[0])
        return self.walks.network.alike.places[runs[0].start] if one else runs

    @property
    def not_counted(self) -> int:
        """How many of its layers are not counted."""
        return sum(not self.walks.network.layers[n].operator.is_counted for run in self.group.runs for n in run)

    @property
    def field(self) -> ReceptiveField:
        """The receptive field, stride and start of what it hands on, or why there is no single one."""
        return self.walks.fields[self.group.runs[-1][-1]]

    @property
    def ungated_field(self) -> ReceptiveField:
        """The receptive field of what it hands on, gates left out."""
        return self.walks.ungated_fields[self.group.runs[-1][-1]]

    @property
    def shares(self) -> str | None:
        """The layer whose weights it uses."""
        return self.layer.shares if self.is_layer else None

    def of(self, figure: str) -> Measure:
        """Return a figure; NoFigure if there is none."""
        return measure(self.walks, figure, self.at, self.group)

    def __getattr__(self, name: str) -> Any:
        return figure_or_none(self, name)

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *FIGURES]

    def __repr__(self) -> str:
        return f"<{self.name}: {self.params} params, {self.macs} MACs>"


class _Asked(NamedTuple):
    """What an analysis is of. A class of its own, as a named tuple has no room to keep what is worked out once."""

    network: Network
    at: Setting = Setting()


class Analysis(_Asked):
    """A network's figures at a setting; every name in `FIGURES` is an attribute, None where it has no such figure.

    `layers` are its layers, each with its own figures; how many there are is `of("layers")`.
    """

    @cached_property
    def walks(self) -> Walks:
        """The walks over its layers, each made when a figure first needs it."""
        return Walks(self.network)

    @cached_property
    def layers(self) -> tuple[Costs, ...]:
        """Every layer's figures, in order."""
        walks, at, layers = self.walks, self.at, enumerate(self.network.layers)
        return tuple([Costs(walks, at, Group((range(n, n + 1),), one.outputs[:1]), one.name) for n, one in layers])

    def costs_of(
        self, runs: tuple[range, ...], name: str, is_layer: bool = True, level: int = 0, copies: int = 1
    ) -> Costs:
        """Return the figures of some layers together."""
        last = self.network.layers[runs[-1][-1]]
        return Costs(self.walks, self.at, Group(runs, last.outputs[:1]), name, is_layer, level, copies)

    def of(self, figure: str) -> Measure:
        """Return a figure of the network; NoFigure if there is none."""
        return measure(self.walks, figure, self.at)

    @property
    def peak(self) -> Peak:
        """Where the most elements of one sample are held at once, and of which tensors."""
        return self.walks.peak

    @property
    def macs_by_operator(self) -> Mapping[str, int]:
        """Multiply-accumulates per operator, the largest first; operators without any are left out."""
        distinct, places = self.network.alike
        each, copies = FIGURES["macs"].each(distinct, self.at), Counter(places)
        totals = Counter[str]()
        for n, layer in enumerate(distinct):
            totals[layer.kind] += each[n] * copies[n]
        return {kind: macs for kind, macs in sorted(totals.items(), key=lambda item: -item[1]) if macs}

    @property
    def windowed(self) -> Costs | None:
        """The layer whose receptive field stands for the network's."""
        at = self.walks.widest
        return None if at is None else self.layers[at]

    @property
    def ungated(self) -> Costs | None:
        """The layer whose receptive field stands for the network's, gates left out; None if there are no gates."""
        at = self.walks.widest_ungated
        return None if at is None or self.walks.ungated_fields is self.walks.fields else self.layers[at]

    def __getattr__(self, name: str) -> Any:
        return figure_or_none(self, name)

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *FIGURES]

    def __repr__(self) -> str:
        return f"<Analysis of {self.network.name}: {len(self.layers)} layers, {self.params} params, {self.macs} MACs>"


def figure_or_none(costs: Analysis | Costs, name: str) -> Measure | None:
    """Return the figure of a name, None if there is none of these; AttributeError if nothing has the name."""
    if name not in FIGURES:
        help = did_you_mean(name, FIGURES)
        raise AttributeError(f"{type(costs).__name__} has no attribute or figure {name!r}{f': {help}' if help else ''}")
    try:
        return costs.of(name)
    except NoFigure:
        return None


def analyze(network: Network, at: Setting | None = None) -> Analysis:
    """Return all figures of a network whose sizes are ints, at a setting: float32 and one sample if none is given."""
    return Analysis(network, at or Setting())


def sort_keys() -> tuple[str, ...]:
    """Return what rows can be sorted by; `order` is the network's."""
    numbers = (name for name, figure in FIGURES.items() if figure.unit in ("", "bytes") and figure.of_parts)
    return ("order", *numbers)


def rows_of(analysis: Analysis, depth: int | None = None) -> list[Costs]:
    """Return one row per layer, or, with `depth`, per block: names are cut after that many parts.

    Only neighbours are put together, so a row never hides what ran between its layers.
    """
    if depth is None:
        return list(analysis.layers)
    rows: list[Costs] = []
    for n, layer in enumerate(analysis.network.layers):
        name = ".".join(layer.name.split(".")[:depth])
        if rows and rows[-1].name == name:
            rows[-1] = analysis.costs_of((range(rows[-1].group.runs[0].start, n + 1),), name, is_layer=False)
        else:
            rows.append(analysis.layers[n]._replace(name=name, is_layer=name == layer.name))
    return rows


def select(rows: list[Costs], sort: str = "order", top: int | None = None) -> list[Costs]:
    """Return the rows sorted, the largest first, and no more than `top` of them."""
    if sort != "order":
        rows = sorted(rows, key=lambda row: row.of(sort), reverse=True)
    return rows[:top]
