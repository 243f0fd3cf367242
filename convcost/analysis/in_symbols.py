"""Figures of a law that are no sums over layers: those that a walk over its network gives, in its symbols."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from convcost.algebra.anatomy import symbols_of
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.fields import SymbolicField
from convcost.algebra.law import Law, Variable
from convcost.algebra.layer_texts import LayerTexts
from convcost.algebra.notation import number_as_text
from convcost.analysis.whole import Group, NoFigure, Walks, measure
from convcost.errors import UsageError
from convcost.figures import FIGURES, Setting
from convcost.network import Layer, Network
from convcost.ops.numbers import Number
from convcost.ops.windows import NotFollowed


def walked_figures() -> list[str]:
    """Return the names of the figures of which there is a law along every axis, or of every number of a shape."""
    return [name for name, figure in FIGURES.items() if figure.is_per_axis or figure.is_shape]


@dataclass(frozen=True, slots=True)
class AxisFormula:
    """A figure with a number for each spatial axis, or a shape, as closed forms."""

    of: str
    numbers: tuple[Number, ...]
    variables: tuple[Variable, ...]
    """The variables that it depends on."""
    value: tuple[Number, ...] | None
    """What it is at the defaults."""
    layer: str | None
    """Of a figure per axis, the layer that stands for the network."""


@dataclass(frozen=True)
class Walked:
    """A network in symbols, and the walks over it; with a law, what comes out is in the symbols of its spec."""

    network: Network
    law: Law | None = None

    @cached_property
    def walks(self) -> Walks:
        """The walks over the network, receptive fields in symbols."""
        return Walks(self.network, SymbolicField())

    @cached_property
    def layers(self) -> LayerTexts:
        """The formulas of its layers as text."""
        return LayerTexts(self.network, self.law)

    @cached_property
    def at_defaults(self) -> Evaluation | None:
        """The evaluation of its numbers at the defaults; None if some variables have none."""
        return self.law.at_defaults if self.law else None

    def numbers(self, of: str, layer: Layer | None = None) -> tuple[Number, ...]:
        """Return a figure of the network, or of a layer, in the symbols of the spec; NoFigure if there is none."""
        group = layer and Group((range(n := self.place(layer), n + 1),), layer.outputs[:1])
        found = measure(self.walks, of, Setting(), group)
        return tuple(self.law.written(found) if self.law else found)

    def place(self, layer: Layer) -> int:
        """Return the place of a layer in the network."""
        return self.walks.writers[layer.outputs[0]]

    def texts(self, of: str, layer: Layer | None = None) -> list[str] | None:
        """Return the formulas of a figure as text; None if it has none."""
        try:
            return [number_as_text(n, in_place=True) for n in self.numbers(of, layer)]
        except NoFigure:
            return None

    def layer_of(self, of: str) -> str | None:
        """Return the layer whose receptive field stands for the network's; None if none has a window, NoFigure if it
        depends on the symbols.
        """
        try:
            at = self.walks.widest_ungated if of == "ungated_receptive_field" else self.walks.widest
        except NotFollowed as reason:
            raise NoFigure(str(reason)) from None
        return None if at is None else self.network.layers[at].name


def axis_formula(law: Law, of: str) -> AxisFormula:
    """Return the closed forms of a figure of a law's network; UsageError, with the reason, if it has none."""
    walked = Walked(law.network, law)
    try:
        numbers, layer = walked.numbers(of), walked.layer_of(of) if FIGURES[of].is_per_axis else None
    except NoFigure as reason:
        raise UsageError(f"`{law.network.name}` has no {FIGURES[of].label} with a formula: {reason}") from None
    names, at = frozenset[str]().union(*map(symbols_of, numbers)), law.at_defaults
    variables = tuple(variable for variable in law.variables if variable.name in names)
    return AxisFormula(of, numbers, variables, tuple(map(at, numbers)) if at else None, layer)
