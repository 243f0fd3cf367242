"""A network's figures, of the whole and layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from convcost.analysis.memory import Peak
from convcost.analysis.receptive_field import ReceptiveField
from convcost.analysis.walks import Walks
from convcost.analysis.whole import Group, Measure, NoFigure, measure
from convcost.errors import did_you_mean
from convcost.figures import FIGURES, Setting
from convcost.network import Layer, Network


class HasFigures(Protocol):
    """What has figures: a network, a layer, a row of a table."""

    def of(self, figure: str) -> Measure:
        """Return a figure; NoFigure if there is none."""


class LayerCost(NamedTuple):
    """One layer's figures; every name in `FIGURES` is an attribute, None where the layer has no such figure."""

    walks: Walks
    at: Setting
    number: int
    """Its place in the network, from 0."""

    @property
    def layer(self) -> Layer:
        """The layer itself."""
        return self.walks.network.layers[self.number]

    @property
    def field(self) -> ReceptiveField:
        """Its receptive field, stride and start, or the reason why there is no single one."""
        return self.walks.fields[self.number]

    def of(self, figure: str) -> Measure:
        """Return a figure of this layer; NoFigure if there is none."""
        own = (range(self.number, self.number + 1),)
        return measure(self.walks, figure, self.at, Group(own, self.layer.outputs[:1]))

    def __getattr__(self, name: str) -> Any:
        return figure_or_none(self, name)

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *FIGURES]

    def __repr__(self) -> str:
        return f"<{self.layer.name}: {self.layer.kind}, {self.params} params, {self.macs} MACs>"


@dataclass(frozen=True, repr=False)
class Analysis:
    """A network's figures at a setting; every name in `FIGURES` is an attribute, None where it has no such figure.

    `layers` are its layers, each with its own figures; how many there are is `of("layers")`.
    """

    network: Network
    at: Setting = Setting()

    @cached_property
    def walks(self) -> Walks:
        """The walks over its layers, each made when a figure first needs it."""
        return Walks(self.network)

    @cached_property
    def layers(self) -> tuple[LayerCost, ...]:
        """Every layer's figures, in order."""
        return tuple(LayerCost(self.walks, self.at, n) for n in range(len(self.network.layers)))

    def of(self, figure: str) -> Measure:
        """Return a figure of the network; NoFigure if there is none."""
        if figure not in self._known:
            self._known[figure] = measure(self.walks, figure, self.at)
        return self._known[figure]

    @cached_property
    def _known(self) -> dict[str, Measure]:
        return {}

    @property
    def peak(self) -> Peak:
        """Where the most elements of one sample are held at once, and of which tensors."""
        return self.walks.peak

    @property
    def macs_by_operator(self) -> Mapping[str, int]:
        """Multiply-accumulates per operator, the largest first; operators without any are left out."""
        totals: dict[str, int] = {}
        for cost in self.layers:
            totals[cost.layer.kind] = totals.get(cost.layer.kind, 0) + cost.macs
        return {kind: macs for kind, macs in sorted(totals.items(), key=lambda item: -item[1]) if macs}

    @property
    def windowed(self) -> LayerCost | None:
        """The layer whose receptive field stands for the network's."""
        at = self.walks.widest
        return None if at is None else self.layers[at]

    @property
    def ungated(self) -> LayerCost | None:
        """The layer whose receptive field stands for the network's, gates left out; None if there are no gates."""
        at = self.walks.widest_ungated
        return None if at is None or self.walks.ungated_fields is self.walks.fields else self.layers[at]

    def __getattr__(self, name: str) -> Any:
        return figure_or_none(self, name)

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *FIGURES]

    def __repr__(self) -> str:
        return f"<Analysis of {self.network.name}: {len(self.layers)} layers, {self.params} params, {self.macs} MACs>"


def figure_or_none(costs: HasFigures, name: str) -> Measure | None:
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
