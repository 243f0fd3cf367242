"""Polynomials as sympy's expressions: for limits and ratios. Formulas are worked out without sympy."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy
from sympy import Expr
from sympy.core.symbol import Str

from convcost.algebra.anatomy import rounding
from convcost.algebra.atoms import Atom
from convcost.algebra.evaluation import OPERATIONS, Evaluation
from convcost.algebra.polynomial import Polynomial
from convcost.ops.numbers import Number, plain


class Rounding(sympy.Function):  # type: ignore[misc]
    """A rounding that sympy does not know: its name, which LaTeX shows as it is, and its parts.

    Of numbers it is a number, as it is for us.
    """

    is_integer = True
    is_real = True

    @classmethod
    def eval(cls, name: Str, *parts: Expr) -> Expr | None:
        """Return its value where all parts are numbers; None, so that it stays, where one is not."""
        if not all(part.is_Rational for part in parts):
            return None
        return sympy.sympify(OPERATIONS[name.name](*(plain(Fraction(part.p, part.q)) for part in parts)))

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        name, *parts = self.args
        upright = rf"\operatorname{{{name.name.replace('_', chr(92) + '_')}}}"
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"{upright}{power}\left({', '.join(map(printer.doprint, parts))}\right)"


class SympyForm(Evaluation):
    """Numbers in sympy's symbols.

    >>> from convcost.algebra.polynomial import size_symbol
    >>> SympyForm()((size_symbol("H") + 1) // 2)
    ceiling(H/2)
    """

    def __init__(self) -> None:
        super().__init__({})

    def __call__(self, number: Number) -> Expr:
        return sympy.sympify(super().__call__(number))

    def _atom(self, atom: Atom) -> Number:
        if atom.kind == "symbol":
            return symbol_of(atom.parts[0], atom.whole, atom.interval[0] >= 0)
        if atom.kind == "floor":
            sign, name, inner = rounding(atom.parts[0])
            return sign * {"floor": sympy.floor, "ceil": sympy.ceiling}[name](self._quotient(inner))
        parts = [sympy.sympify(self._quotient(p) if isinstance(p, Polynomial) else p) for p in atom.parts]
        match atom.kind:
            case "positive":
                return sympy.Max(0, parts[0])
            case "max":
                return sympy.Max(*parts)
            case "inverse":
                return 1 / parts[0]
            case "sum":
                return parts[0]
        return Rounding(Str(atom.kind), *parts)

    def _sum(self, number: Number) -> Number:
        if not isinstance(number, Polynomial):
            return number
        # Powers first: sympy multiplies a number into a sum, but not into its square.
        terms = number.terms.items()
        return sympy.Add(*(sympy.Mul(c, *(self._atoms[atom] ** n for atom, n in monomial)) for monomial, c in terms))


def symbol_of(name: str, whole: bool = True, positive: bool = True) -> Expr:
    """sympy's symbol for a size or a count, which is whole, or for a multiplier."""
    sign = {"positive": True} if positive else {"real": True}
    return sympy.Symbol(name, **sign, **({"integer": True} if whole else {}))
