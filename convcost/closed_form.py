"""A network's law for Python: `convcost.formula` returns one figure of it as a closed form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from convcost.algebra.anatomy import symbols_of
from convcost.algebra.formula import Formula, formula_of
from convcost.algebra.law import Law
from convcost.analysis.in_symbols import Walked
from convcost.errors import UsageError, did_you_mean
from convcost.ops.numbers import Number
from convcost.render.law.export import as_latex, as_python
from convcost.render.law.text import Written, conditions_of, domain_of, formula_text, total_text

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True)
class LayerForms:
    """The formulas of one layer as text, for one sample; its sizes by the names in `definitions` of the whole."""

    output_shape: str
    receptive_field: tuple[str, ...] | None
    """Along every axis; None if it has no formula."""
    params: str
    macs: str


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
    def layers(self) -> Mapping[str, LayerForms]:
        """The formulas of every layer, by its name."""
        walked = Walked(self._law.network, self._law)
        texts = walked.layers
        fields = [walked.texts("receptive_field", layer) for layer in self._law.network.layers]
        return {
            layer.name: LayerForms(
                texts.shape(layer.output_shapes[0]),
                None if fields[n] is None else tuple(fields[n] or ()),
                texts.total("params", n),
                texts.total("macs", n),
            )
            for n, layer in enumerate(self._law.layers)
        }

    def sympy(self) -> sympy.Expr:
        """Return the total as sympy's expression; its symbols are positive, and integers where they count."""
        from convcost.algebra.sympy_form import SympyForm

        return SympyForm()(self._law.total(self.of))

    def at(self, values: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """Return the total at values of its variables, those not given at their defaults: exact.

        Values are ints, Fractions or text in the spec language; or arrays of ints, all of one length, for an array of
        totals.

        Raises UsageError for a name that is not a variable, for arrays of anything but ints, and where the form does
        not hold.
        """
        given = {**(values or {}), **more}
        known = self._law.all_variables
        for name in given:
            if name not in known:
                help = did_you_mean(name, list(known)) or f"it has {', '.join(known)}"
                raise UsageError(f"the formula has no `{name}`", help)
        if any(hasattr(value, "__len__") and not isinstance(value, str) for value in given.values()):
            return self._at_many(given)
        from convcost.language.scope import setting

        exact = {name: setting(name, value) if isinstance(value, str) else value for name, value in given.items()}
        return self._law.evaluate(self.of, exact)

    def _at_many(self, given: Mapping[str, Any]) -> Any:
        import numpy as np

        total = self._law.total(self.of)
        arrays = np.broadcast_arrays(*map(np.asarray, given.values()))
        for name, array in zip(given, arrays, strict=True):
            if array.dtype.kind not in "iu":
                raise UsageError(f"`{name}` is not an array of ints", "ask for other numbers one by one")
        if symbols_of(total).isdisjoint(given):
            return np.full(arrays[0].shape, self.at())
        every = dict(zip(given, arrays, strict=True))
        found, holds = self._law.evaluate_numbers({self.of: total}, every)
        if not np.all(holds):
            n = int(np.argmin(np.broadcast_to(holds, arrays[0].shape)))
            raise UsageError(
                f"the closed form does not hold at place {n}", f"it holds {domain_of(self._law, every=True)}"
            )
        return np.broadcast_to(found[self.of], arrays[0].shape)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{self.of} of {self._law.network.name} in {', '.join(self.variables) or 'no symbol'}>"
