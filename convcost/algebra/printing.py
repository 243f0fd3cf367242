"""Sympy's ratios and limits as text that one could type."""

from __future__ import annotations

import re

from sympy import Expr
from sympy.printing.str import StrPrinter


def sympy_as_text(number: Expr, order: str = "grlex") -> str:
    """Return one of sympy's expressions as one would type it; `order` is sympy's name for an order of terms.

    >>> import sympy
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
