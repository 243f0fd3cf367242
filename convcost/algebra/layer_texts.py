"""Formulas of layers as text: in all of them a size has one name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from convcost.algebra.anatomy import inside
from convcost.algebra.atoms import Atom
from convcost.algebra.formula import layer_formula
from convcost.algebra.law import Law
from convcost.algebra.notation import Notation
from convcost.algebra.polynomial import number_of
from convcost.algebra.sums import joined
from convcost.algebra.terms import forms_in, forms_of, shortest
from convcost.algebra.texts import number_as_text
from convcost.figures import FIGURES, Setting
from convcost.network import Layer, Network
from convcost.ops.base import Shape
from convcost.ops.numbers import Number

LONGEST_IN_PLACE = 16
"""Characters of a size that needs no name."""


class LayerTexts:
    """The texts of one network's layers; `definitions` has what the names stand for that they used so far."""

    def __init__(self, network: Network, law: Law | None = None) -> None:
        self.law = law
        self.layers: Sequence[Layer] = law.layers if law else network.layers
        self._totals: dict[str, tuple[list[Number], list[Number] | None]] = {}
        self._texts: dict[tuple[str, int], str] = {}

    @cached_property
    def notation(self) -> Notation:
        """How totals are written: sizes that are long by their names."""
        names = self.law.size_names if self.law else {}
        short = {atom for atom in names if len(number_as_text(atom.parts[0], in_place=True)) <= LONGEST_IN_PLACE}
        return Notation(self.law.network.symbols if self.law else (), in_place=True, names=names, inlined=short)

    @property
    def definitions(self) -> Mapping[str, str]:
        """What the names stand for that were used."""
        return self.notation.definitions

    def total(self, of: str, n: int) -> str:
        """Return what the n-th layer adds to a total."""
        if (of, n) not in self._texts:
            self._texts[of, n] = self._text(self.number(of, n))
        return self._texts[of, n]

    def defined(self, layers: Sequence[Layer], of: Sequence[str] = ("params", "macs")) -> Mapping[str, str]:
        """Return what the names stand for that the shapes and totals of the first layers use."""
        for n, layer in enumerate(layers):
            self.shape(layer.output_shapes[0])
            for total in of:
                self.total(total, n)
        return self.definitions

    def number(self, of: str, n: int) -> Number:
        """Return what the n-th layer adds to a total in its shortest form."""
        if self.law is None:
            return layer_formula(self.layers[n], FIGURES[of].total((self.layers[n],), Setting()), None)
        plain, named = self._both(of)
        return self._shorter(layer_formula(self.layers[n], plain[n], self.law.at_defaults), named and named[n])

    def in_block(self, of: str, block: str) -> str:
        """Return what the layers of a block add to a total."""
        assert self.law
        plain, named = (self.law.by_block(of, in_sizes) for in_sizes in (False, True))
        number = shortest(plain[block], forms_of(self.layers), self.law.at_defaults)
        return self._text(self._shorter(number, named[block] if named else None))

    def shape(self, y: Shape) -> str:
        """Return a shape as factors: `2048 x ceil(H/32) x W1`."""
        return " x ".join(map(self.notation.factor, self.sizes(y)))

    def sizes(self, y: Shape) -> tuple[Number, ...]:
        """Return the numbers of a shape, sizes that have names as one factor."""
        named = {atom.parts[0]: atom for atom in self.named}
        return (y.channels, *(number_of(named[n]) if n in named else shortest(n, forms_in([n]), None) for n in y.size))

    @cached_property
    def named(self) -> Mapping[Atom, str]:
        """The sizes that stand by their names."""
        names = self.notation.names
        return {atom: name for atom, name in names.items() if not self.notation.is_in_place(atom, name)}

    def _both(self, of: str) -> tuple[list[Number], list[Number] | None]:
        assert self.law
        if of not in self._totals:
            self._totals[of] = self.law.layer_totals(of), self.law.layer_totals_in_sizes(of)
        return self._totals[of]

    def _shorter(self, plain: Number, named: Number | None) -> Number:
        return plain if named is None or len(self._text(named)) > len(number_as_text(plain)) else named

    def _text(self, number: Number) -> str:
        in_names = any(atom in self.notation.names for atom in inside([number]))
        return joined(self.notation.short_parts(number)) if in_names else number_as_text(number)
