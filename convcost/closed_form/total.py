"""A figure of a network as one closed form: what `convcost.formula` returns."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from convcost.algebra.formula import Formula, formula_of
from convcost.algebra.law import Law
from convcost.analysis.in_symbols import Walked
from convcost.closed_form.layers import LayerFormulas
from convcost.closed_form.values import values_at
from convcost.ops.numbers import Number
from convcost.render.law.domain import conditions_of
from convcost.render.law.export import as_latex, as_python
from convcost.render.law.text import Written, formula_text, total_text

if TYPE_CHECKING:
    import sympy


class ClosedForm:
    """A total of a network as a closed form in its symbols, exact wherever `holds` says.

    `str()` is its text.
    """

    def __init__(self, law: Law, of: str) -> None:
        self._law, self.of = law, of

    @cached_property
    def _formula(self) -> Formula:
        return formula_of(self._law, self.of)

    @cached_property
    def _written(self) -> Written:
        return formula_text(self._law, self._formula)

    @property
    def text(self) -> str:
        """The formula on one line: `macs(N, H, W) = N*(...)`."""
        return self._written.text

    @property
    def definitions(self) -> Mapping[str, str]:
        """What the names of sizes and roundings in `text` stand for; each may use those before it."""
        return self._written.definitions

    @property
    def latex(self) -> str:
        """The formula as an equation in LaTeX; it needs the package amsmath."""
        return as_latex(self._law, self._formula)

    @property
    def python(self) -> str:
        """The source of a function that returns the total, for ints and Fractions, and for numpy arrays of ints."""
        return as_python(self._law, self._formula)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the symbols that it depends on."""
        return tuple(variable.name for variable in self._formula.variables)

    @property
    def holds(self) -> list[str]:
        """The conditions under which it holds, what is assumed first; none: for all positive values."""
        return conditions_of(self._law)

    @property
    def short(self) -> tuple[tuple[str, ...], str] | None:
        """The usual assumptions and the total under them, without roundings; None where these would not do."""
        short = self._formula.short
        return (short.assume, total_text(self._law, self._formula, short.number)) if short else None

    @property
    def growth(self) -> Mapping[str, Mapping[int, Number]]:
        """For each variable: degree -> what the terms of that degree come to at the defaults."""
        return {growth.variable.name: growth.values for growth in self._formula.growth}

    @cached_property
    def layers(self) -> Mapping[str, LayerFormulas]:
        """The formulas of every layer, by its name; in all of them a size has one name."""
        walked = Walked(self._law.network, self._law)
        return {layer.name: LayerFormulas(walked, self._law, n) for n, layer in enumerate(self._law.layers)}

    def sympy(self) -> sympy.Expr:
        """Return the total as sympy's expression; its symbols are positive, and integers where they count."""
        from convcost.algebra.sympy_form import SympyForm

        return SympyForm()(self._law.total(self.of))

    def at(self, values: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """Return the total at values of its variables, those not given at their defaults: exact.

        Values are ints, Fractions, Decimals, text in the spec language, or floats, which stand for the decimals that
        they print as; or arrays of them, which broadcast, for an array of totals.

        Raises UsageError for a name that is not a variable, for what is not a number, and where the form does not hold.
        """
        (total,) = values_at(
            self._law, self._law.variables_of(self.of), [self._law.total(self.of)], {**(values or {}), **more}
        )
        return total

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{self.of} of {self._law.network.name} in {', '.join(self.variables) or 'no symbol'}>"
