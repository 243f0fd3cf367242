"""Figures of a law that are no sums over layers: those that a walk over its network gives, in its symbols."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from convcost.algebra.anatomy import symbols_of
from convcost.algebra.fields import SymbolicField
from convcost.algebra.law import Law, Variable
from convcost.algebra.notation import number_as_text
from convcost.analysis.whole import Group, NoFigure, Walks, measure
from convcost.errors import UsageError
from convcost.figures import FIGURES, Setting
from convcost.ops.numbers import Number
from convcost.ops.windows import NotFollowed


def walked() -> list[str]:
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


@dataclass(frozen=True)
class WalkedLaw:
    """A law, and the walks over its network."""

    law: Law

    @cached_property
    def walks(self) -> Walks:
        """The walks over the network, receptive fields in symbols."""
        return Walks(self.law.network, SymbolicField())

    def numbers(self, of: str, layer: int | None = None) -> tuple[Number, ...]:
        """Return a figure of the network, or of a layer by its place, in the symbols of the spec; NoFigure without."""
        group = None if layer is None else Group((range(layer, layer + 1),), self.law.network.layers[layer].outputs[:1])
        return tuple(self.law.written(measure(self.walks, of, Setting(self.law.dtype), group)))

    def texts(self, of: str, layer: int | None = None) -> list[str] | None:
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
        return None if at is None else self.law.network.layers[at].name

    def formula(self, of: str) -> AxisFormula:
        """Return the closed forms of a figure of the network; UsageError, with the reason, if it has none."""
        try:
            numbers = self.numbers(of)
        except NoFigure as reason:
            raise UsageError(f"`{self.law.network.name}` has no {FIGURES[of].label} with a formula: {reason}") from None
        names, at = frozenset[str]().union(*map(symbols_of, numbers)), self.law.at_defaults
        variables = tuple(variable for variable in self.law.variables if variable.name in names)
        return AxisFormula(of, numbers, variables, tuple(map(at, numbers)) if at else None)
