"""Figures of a network in symbols that are no sums over layers: those that a walk gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from convcost.algebra.anatomy import symbols_of
from convcost.algebra.bounds import highest, lowest
from convcost.algebra.conditions import Condition
from convcost.algebra.domain import assumptions
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.fields import SymbolicField
from convcost.algebra.judges import judged_by
from convcost.algebra.law import Law
from convcost.algebra.layer_texts import LayerTexts
from convcost.algebra.polynomial import Polynomial
from convcost.algebra.texts import number_as_text
from convcost.algebra.variables import Variable
from convcost.analysis.whole import Group, NoFigure, Walks, measure
from convcost.errors import UsageError
from convcost.figures import FIGURES, Setting
from convcost.network import Layer, Network
from convcost.ops.numbers import Number, product
from convcost.ops.resampling import AdaptiveWindow
from convcost.ops.windows import NotFollowed


def walked_figures() -> list[str]:
    """Return the names of the figures of which there is a law along every axis, or of every number of a shape."""
    return [name for name, figure in FIGURES.items() if figure.is_per_axis or figure.is_shape]


class Walked:
    """A network in symbols, and the walks over it; with a law, what comes out is in the symbols of its spec.

    A comparison that depends on the symbols' values holds if it does at the defaults, and is noted then.
    """

    def __init__(self, network: Network, law: Law | None = None) -> None:
        self.network, self.law = network, law
        self.walks = Walks(network, SymbolicField())
        self.conditions: dict[Condition, None] = {}
        """What was noted."""

    @cached_property
    def layers(self) -> LayerTexts:
        """The formulas of its layers as text."""
        return LayerTexts(self.network, self.law)

    @cached_property
    def at_defaults(self) -> Evaluation | None:
        """The evaluation of its numbers at the defaults; None if some variables have none."""
        return self.law.at_defaults if self.law else None

    def at_least_zero(self, number: Polynomial) -> bool:
        """Return whether a number is seen to be 0 or more, or is at the defaults, which is noted."""
        if lowest(number) >= 0:
            return True
        written = self.law.written([number])[0] if self.law else number
        if highest(number) < 0 or self.at_defaults is None or self.at_defaults(written) < 0:
            return False
        if isinstance(written, Polynomial):
            self.conditions[Condition(">=", written)] = None
        return True

    def is_zero(self, number: Polynomial) -> bool:
        """Return that no number is 0 that is not in form."""
        return False

    def divides(self, number: Number) -> None:
        """Windows divide by counts alone."""

    def numbers(self, of: str, layer: Layer | None = None) -> tuple[Number, ...]:
        """Return a figure of the network, or of a layer, in the symbols of the spec; NoFigure if there is none."""
        group = layer and Group((range(n := self.place(layer), n + 1),), layer.outputs[:1])
        with judged_by(self):
            if FIGURES[of].is_per_axis:
                self._require_windows(self.network.layers[: n + 1] if layer else self.network.layers)
            found = measure(self.walks, of, Setting(), group)
        return tuple(self.law.written(found) if self.law else found)

    def _require_windows(self, layers: Sequence[Layer]) -> None:
        """Note that pools fitted to their input have several windows; NoFigure where one reads it all."""
        for layer in layers:
            for windows in layer.reads:
                outputs = [window.output for window in windows or () if isinstance(window, AdaptiveWindow)]
                if any(isinstance(n, Polynomial) for n in outputs) and not product(outputs) >= 2:
                    raise NoFigure(f"`{layer.name}` has one window, which reads the whole input")

    def place(self, layer: Layer) -> int:
        """Return the place of a layer in the network."""
        return self.walks.writers[layer.outputs[0]]

    def has_no_formula(self, layer: Layer) -> bool:
        """Return whether the receptive field of a layer has no formula, though numbers may give it a size."""
        with judged_by(self):
            return self.walks.fields[self.place(layer)].has_no_formula

    @property
    def reason(self) -> str | None:
        """Why the last layer has no single window."""
        with judged_by(self):
            return self.walks.fields[-1].reason if self.network.layers else None

    def texts(self, of: str, layer: Layer | None = None) -> list[str] | None:
        """Return the formulas of a figure as text; None if it has none."""
        try:
            return [number_as_text(n, in_place=True) for n in self.numbers(of, layer)]
        except NoFigure:
            return None

    def layer_of(self, of: str) -> str | None:
        """Return the layer whose receptive field stands for the network's; None if none has a window.

        NoFigure if it depends on the symbols, however they are.
        """
        try:
            with judged_by(self):
                at = self.walks.widest_ungated if of == "ungated_receptive_field" else self.walks.widest
        except NotFollowed as reason:
            raise NoFigure(str(reason)) from None
        return None if at is None else self.network.layers[at].name

    @property
    def with_conditions(self) -> Law:
        """The law, with what was noted."""
        assert self.law
        return replace(self.law, conditions=tuple(dict.fromkeys((*self.law.conditions, *self.conditions))))

    @property
    def where(self) -> list[str]:
        """What was noted and does not follow from where the law holds."""
        if self.law is None or not self.conditions:
            return []
        known = assumptions(self.law.conditions)
        return [text for text in assumptions((*self.law.conditions, *self.conditions)) if text not in known]


class AxisFormula(NamedTuple):
    """A figure with a number for each spatial axis, or a shape, as closed forms."""

    law: Law
    """The law, with all that the closed forms rest on."""
    of: str
    numbers: tuple[Number, ...]
    variables: tuple[Variable, ...]
    """The variables that it depends on."""
    value: tuple[Number, ...] | None
    """What it is at the defaults."""
    layer: str | None
    """Of a figure per axis, the layer that stands for the network."""


def axis_formula(law: Law, of: str) -> AxisFormula:
    """Return the closed forms of a figure of a law's network; UsageError, with the reason, if it has none."""
    walked = Walked(law.network, law)
    try:
        numbers, layer = walked.numbers(of), walked.layer_of(of) if FIGURES[of].is_per_axis else None
    except NoFigure as reason:
        raise UsageError(f"`{law.network.name}` has no {FIGURES[of].label} with a formula: {reason}") from None
    names, at = frozenset[str]().union(*map(symbols_of, numbers)), law.at_defaults
    variables = tuple(variable for variable in law.variables if variable.name in names)
    return AxisFormula(walked.with_conditions, of, numbers, variables, tuple(map(at, numbers)) if at else None, layer)
