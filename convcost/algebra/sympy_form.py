"""Polynomials as sympy's expressions."""

from __future__ import annotations

from collections.abc import Collection
from itertools import count

import sympy
from sympy import Expr

from convcost.algebra.anatomy import inside
from convcost.algebra.atoms import Atom
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.polynomial import Polynomial
from convcost.algebra.symbols import as_ceilings, factor_symbol, size_symbol
from convcost.ops.numbers import Number


class SympyForm(Evaluation):
    """Numbers in sympy's symbols. `definitions` holds those that stand for roundings, with what they are.

    Their names are none that are `taken`.

    >>> from convcost.algebra.polynomial import symbol
    >>> SympyForm()((symbol("H", whole=True, least=1) + 1) // 2)
    ceiling(H/2)
    """

    def __init__(self, taken: Collection[str] = ()) -> None:
        super().__init__({})
        self.definitions: dict[Expr, Expr] = {}
        self._names = (n for n in count(1) if not {f"c{n}", f"c_{n}"} & set(taken))

    def __call__(self, number: Number) -> Expr:
        return as_ceilings(sympy.sympify(super().__call__(number)))

    def _atom(self, atom: Atom) -> Number:
        if atom.kind == "symbol":
            return (size_symbol if atom.whole else factor_symbol)(atom.parts[0])
        value = sympy.Max(0, self._quotient(atom.parts[0])) if atom.kind == "positive" else super()._atom(atom)
        if atom.kind in ("floor", "positive", "inverse", "sum") and not _is_nested(atom):
            return value
        symbol = sympy.Symbol(f"c_{next(self._names)}", **_assumed(atom))
        self.definitions[symbol] = as_ceilings(value)
        return symbol


def _assumed(atom: Atom) -> dict[str, bool]:
    """What sympy may know of the symbol that stands for an atom."""
    low = atom.interval[0]
    sign = {"positive": True} if low > 0 else {"nonnegative": True} if low == 0 else {"real": True}
    return sign | ({"integer": True} if atom.whole else {})


def _is_nested(atom: Atom) -> bool:
    parts = (part for part in atom.parts if isinstance(part, Polynomial))
    return any(inner.kind == "floor" for inner in inside(parts))
