"""Formulas as text that one could type, and as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sympy

from convcost.ops.numbers import Number


def as_text(number: Number) -> str:
    """A formula as one would type it.

    >>> H = sympy.Symbol("H")
    >>> as_text(864 * sympy.ceiling(H / 2) ** 2)
    '864*ceil(H/2)**2'
    """
    return re.sub(r"\bceiling\b", "ceil", str(number))


def as_factors(numbers: Sequence[Number]) -> str:
    """Sizes as factors: a sum among them is put in parentheses."""
    return " x ".join(f"({as_text(n)})" if isinstance(n, sympy.Add) else as_text(n) for n in numbers)


def as_latex(number: Number) -> str:
    """A formula in LaTeX; names of more than one letter stand upright, Greek ones are Greek."""
    expression = sympy.sympify(number)
    names = {}
    for symbol in expression.free_symbols:
        if sympy.latex(symbol) == symbol.name and len(symbol.name) > 1:
            names[symbol] = rf"\mathrm{{{escaped(symbol.name)}}}"
    text: str = sympy.latex(expression, symbol_names=names, mul_symbol="dot")
    return text


def escaped(text: str) -> str:
    """Text with LaTeX's own characters made harmless."""
    return re.sub(r"([_&%$#{}])", r"\\\1", text)
