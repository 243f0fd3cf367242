"""Formulas as LaTeX, and sympy's ratios and limits as text that one could type."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import sympy
from sympy import Expr
from sympy.printing.str import StrPrinter

from convcost.algebra.atoms import Atom
from convcost.algebra.sympy_form import SympyForm
from convcost.ops.numbers import Number


def sympy_as_text(number: Expr, order: str = "grlex") -> str:
    """Return one of sympy's expressions as one would type it; `order` is sympy's name for an order of terms.

    >>> H = sympy.Symbol("H")
    >>> sympy_as_text(864 * sympy.ceiling(H / 2) ** 2)
    '864*ceil(H/2)**2'
    """
    return re.sub(r"\bceiling\b", "ceil", _Printer({"order": order}).doprint(number))


class _Printer(StrPrinter):  # type: ignore[misc]
    """1/k**2 where sympy prints k**(-2)."""

    def _print_Pow(self, expr: Expr, rational: bool = False) -> str:
        if expr.exp.is_Integer and expr.exp < -1:
            return f"1/{super()._print_Pow(expr.base**-expr.exp, rational)}"
        text: str = super()._print_Pow(expr, rational)
        return text


def as_latex(number: Number, names: Mapping[Atom, str] | None = None) -> str:
    """Return a formula in LaTeX; names of more than one letter stand upright, Greek ones are Greek.

    Sizes have the `names` that are given.
    """
    return latex_of(SympyForm(in_place=True, names=names)(number))


def latex_of(expression: Expr) -> str:
    """Return one of sympy's expressions in LaTeX."""
    names = {
        symbol: rf"\mathrm{{{escaped(symbol.name)}}}"
        for symbol in expression.free_symbols
        if not re.fullmatch(r"[A-Za-z](_?\d+)?", symbol.name) and not sympy.latex(symbol).startswith("\\")
    }
    text: str = sympy.latex(expression, symbol_names=names, mul_symbol="dot")
    return text


def as_latex_factors(numbers: Sequence[Number], names: Mapping[Atom, str] | None = None) -> str:
    """Sizes as factors in LaTeX."""
    expressions = map(SympyForm(in_place=True, names=names), numbers)
    texts = (rf"({latex_of(n)})" if isinstance(n, sympy.Add) else latex_of(n) for n in expressions)
    return r" \times ".join(texts)


def escaped(text: str) -> str:
    """Text with LaTeX's own characters made harmless."""
    return re.sub(r"([_&%$#{}])", r"\\\1", text)
