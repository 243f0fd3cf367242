"""Polynomials as sympy's expressions."""

from __future__ import annotations

import sympy
from sympy import Expr

from convcost.algebra.atoms import Atom
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.polynomial import Polynomial, inside
from convcost.algebra.symbols import as_ceilings, factor_symbol, size_symbol
from convcost.ops.numbers import Number


class SympyForm(Evaluation):
    """Numbers in sympy's symbols. `definitions` holds those that stand for roundings of widths, with what they are.

    >>> from convcost.algebra.polynomial import symbol
    >>> SympyForm()((symbol("H", whole=True, least=1) + 1) // 2)
    ceiling(H/2)
    """

    def __init__(self) -> None:
        super().__init__({})
        self.definitions: dict[Expr, Expr] = {}

    def __call__(self, number: Number) -> Expr:
        return as_ceilings(sympy.sympify(super().__call__(number)))

    def _atom(self, atom: Atom) -> Number:
        if atom.kind == "symbol":
            return (size_symbol if atom.whole else factor_symbol)(atom.parts[0])
        value = sympy.Max(0, self._quotient(atom.parts[0])) if atom.kind == "positive" else super()._atom(atom)
        if atom.kind in ("floor", "positive", "inverse", "sum") and not _is_nested(atom):
            return value
        symbol = sympy.Symbol(f"c_{len(self.definitions) + 1}", positive=True, integer=atom.whole or None)
        self.definitions[symbol] = as_ceilings(value)
        return symbol


def _is_nested(atom: Atom) -> bool:
    parts = (part for part in atom.parts if isinstance(part, Polynomial))
    return any(inner.kind == "floor" for inner in inside(parts))
