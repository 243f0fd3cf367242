"""The formulas of a network's layers, for Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from convcost.algebra.anatomy import symbols_of
from convcost.algebra.law import Law
from convcost.algebra.variables import Variable
from convcost.analysis.in_symbols import Walked
from convcost.analysis.whole import NoFigure
from convcost.closed_form.values import values_at
from convcost.figures import FIGURES
from convcost.ops.numbers import Number
from convcost.render.law.axes import axes_text, numbers_as_latex, numbers_as_python
from convcost.render.law.domain import conditions_of

REPETITION = "which repetition it is, from 0"
"""What the counter of repetitions is that change the shape which they are given."""


class LayerFormula:
    """A figure of one layer for one sample in closed form: a number, or a tuple of those of a shape, or of all axes.

    `str()` is its text.
    """

    def __init__(self, law: Law, of: str, layer: str, numbers: tuple[Number, ...], text: str, names: Mapping[str, str]):
        self._law, self.of, self._layer, self._numbers, self._names = law, of, layer, numbers, names
        self.text = text
        """The formula on one line, `2*c*H1*W1`, or `c x H1 x W1` for a shape; of axes that are alike, one."""

    @property
    def definitions(self) -> Mapping[str, str]:
        """What the names of sizes in `text` stand for; each may use those before it."""
        used = dict[str, str]()
        for name, meant in reversed(list(self._names.items())):
            if any(name in re.findall(r"\w+", text) for text in (self.text, *used.values())):
                used[name] = meant
        return dict(reversed(list(used.items())))

    @property
    def latex(self) -> str:
        """The formula as an equation in LaTeX; it needs the package amsmath."""
        return numbers_as_latex(self._law, self.of, self._whose, self._numbers, self._variables)

    @property
    def python(self) -> str:
        """The source of a function that returns what `at` does, for ints and Fractions."""
        return numbers_as_python(self._law, self.of, self._whose, self._alone(self._numbers), self._variables)

    @property
    def holds(self) -> list[str]:
        """The conditions under which it holds, what is assumed first; none: for all positive values."""
        return conditions_of(self._law)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the symbols that it depends on."""
        return tuple(variable.name for variable in self._variables)

    def sympy(self) -> Any:
        """Return it as sympy's expression, or a tuple of them; symbols are positive, and integers where they count."""
        from convcost.algebra.sympy_form import SympyForm

        return self._alone(tuple(map(SympyForm(), self._numbers)))

    def at(self, values: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """Return it at values of the variables, or a tuple, as `ClosedForm.at` does."""
        return self._alone(tuple(values_at(self._law, self._variables, self._numbers, {**(values or {}), **more})))

    @property
    def _variables(self) -> tuple[Variable, ...]:
        names = frozenset[str]().union(*map(symbols_of, self._numbers))
        counters = (repeat.counter for repeat in self._law.network.repeats if repeat.counter is not None)
        repetitions = (Variable(str(counter), REPETITION, None, counter) for counter in counters)
        return tuple(one for one in (*self._law.all_variables.values(), *repetitions) if one.name in names)

    @property
    def _whose(self) -> str:
        return f"{self._layer} of {self._law.network.name}"

    def _alone(self, found: tuple[Any, ...]) -> Any:
        return found[0] if FIGURES[self.of].is_number else found

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{self.of} of {self._layer}: {self.text}>"


class LayerFormulas:
    """The formulas of one layer, for one sample."""

    def __init__(self, walked: Walked, law: Law, place: int) -> None:
        self._walked, self._law, self._place = walked, law, place
        self.name = law.layers[place].name

    @cached_property
    def output_shape(self) -> LayerFormula:
        """The shape of its first output: channels first, without the batch."""
        shape = self._law.layers[self._place].output_shapes[0]
        return self._formula("output_shape", shape.numbers, self._walked.layers.shape(shape))

    @cached_property
    def receptive_field(self) -> LayerFormula | None:
        """The size of its receptive field along every axis; None if it has no formula."""
        layer = self._law.network.layers[self._place]
        try:
            numbers = self._walked.numbers("receptive_field", layer)
        except NoFigure:
            return None
        law = self._walked.with_conditions
        return LayerFormula(law, "receptive_field", self.name, numbers, axes_text("receptive_field", numbers), {})

    @cached_property
    def params(self) -> LayerFormula:
        """Its parameters."""
        return self._total("params")

    @cached_property
    def macs(self) -> LayerFormula:
        """Its multiply-accumulates."""
        return self._total("macs")

    def _total(self, of: str) -> LayerFormula:
        texts = self._walked.layers
        return self._formula(of, (texts.number(of, self._place),), texts.total(of, self._place))

    def _formula(self, of: str, numbers: tuple[Number, ...], text: str) -> LayerFormula:
        return LayerFormula(self._law, of, self.name, numbers, text, self._walked.layers.definitions)

    def __repr__(self) -> str:
        return f"<formulas of {self.name}>"
