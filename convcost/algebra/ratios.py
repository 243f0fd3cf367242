"""What one formula is of another: the ratio simplified, what it tends to, and where it is below 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy
from sympy import Expr

from convcost.algebra.evaluation import Evaluation
from convcost.algebra.sympy_form import Rounding, SympyForm, symbol_of
from convcost.ops.numbers import Number

MOST = 256
"""As far as a condition that is no polynomial is searched."""


def ratio_of(a: Number, b: Number) -> Expr:
    """a / b in the shortest of the usual forms.

    >>> from convcost.algebra.polynomial import size_symbol
    >>> k, C, C_out = map(size_symbol, ["k", "C", "C_out"])
    >>> ratio_of(C*k**2 + C*C_out, C*C_out*k**2)
    k**(-2) + 1/C_out
    """
    form = SympyForm()
    return _shortest(form(a) / form(b))


def _shortest(ratio: Expr) -> Expr:
    whole = sympy.cancel(ratio)
    parts = sympy.Add(*(sympy.cancel(term / whole.as_numer_denom()[1]) for term in _terms(whole)))
    return min((parts, whole, sympy.factor(whole)), key=lambda form: form.count_ops(visual=False))


def _terms(ratio: Expr) -> tuple[Expr, ...]:
    terms: tuple[Expr, ...] = sympy.expand(ratio.as_numer_denom()[0]).as_ordered_terms()
    return terms


def limits_of(ratio: Expr, letters: Sequence[Sequence[str]]) -> list[tuple[str, Expr]]:
    """Return what a ratio tends to as each of the letters (or several together) grows, where that says anything.

    >>> k, C_out = map(symbol_of, ["k", "C_out"])
    >>> limits_of(1/C_out + 1/k**2, [["C_out"], ["H", "W"]])
    [('C_out', k**(-2))]
    """
    found = []
    for together in letters:
        symbols = [symbol_of(letter) for letter in together]
        used = [symbol for symbol in symbols if symbol in ratio.free_symbols]
        if not used or any(floor.has(*used) for floor in ratio.atoms(sympy.floor, sympy.ceiling, sympy.Max, Rounding)):
            continue
        value = ratio
        for symbol in used:
            value = sympy.limit(value, symbol, sympy.oo)
        if value.is_finite is not False and value != 0:
            found.append((", ".join(map(str, used)), _shortest(value)))
    return found


def condition_of(ratio: Expr, at: Mapping[str, int]) -> tuple[Expr, Expr]:
    """(left, right) with ratio < 1 exactly where left < right; `at` is a point where both sides make sense."""
    left, right = map(sympy.expand, sympy.cancel(ratio).as_numer_denom())
    if right.subs({symbol_of(letter): n for letter, n in at.items()}) < 0:
        left, right = -left, -right
    common = sympy.gcd(left, right) if left.is_polynomial() and right.is_polynomial() else sympy.S.One
    return sympy.cancel(left / common), sympy.cancel(right / common)


@dataclass(frozen=True, slots=True)
class Range:
    """Whole numbers from `first` to `last`; None: without end."""

    first: int
    last: int | None


@dataclass(frozen=True, slots=True)
class Pays:
    """For which values of a letter, all others as given, a difference is negative, and for which it is 0."""

    letter: str
    below: tuple[Range, ...]
    even: tuple[int, ...]
    domain: Range
    """The values that were asked about."""
    searched: bool = False
    """Whether every value up to the domain's end was tried, for want of a polynomial."""


def pays(difference: Number, letter: str, domain: Range) -> Pays:
    """Return where a difference that depends on one letter alone is negative: exactly, by its real roots.

    >>> from convcost.algebra.polynomial import size_symbol
    >>> N = size_symbol("N")
    >>> pays((N - 2) * (12 - 3*N), "N", Range(3, None))
    Pays(letter='N', below=(Range(first=5, last=None),), even=(4,), domain=Range(first=3, last=None), searched=False)
    """
    symbol = symbol_of(letter)
    numerator = sympy.together(SympyForm()(difference)).as_numer_denom()[0]
    searched = not sympy.sympify(numerator).is_polynomial(symbol)
    if searched:
        domain = Range(domain.first, min(domain.last or MOST, MOST))
        points = list(range(domain.first, (domain.last or MOST) + 1))
    else:
        # Between two neighbouring roots the sign does not change: one whole number there speaks for all.
        roots = list(sympy.Poly(numerator, symbol).real_roots()) if numerator.has(symbol) else []
        near = {int(sympy.floor(root)) + step for root in roots for step in (0, 1)} | {domain.first}
        points = sorted(n for n in near if n >= domain.first and (domain.last is None or n <= domain.last))
    values = {n: Evaluation({letter: n})(difference) for n in points}
    below: list[Range] = []
    for n, following in zip(points, [*points[1:], None], strict=True):
        last = domain.last if following is None else following - 1
        if values[n] < 0:
            if below and below[-1].last == n - 1:
                below[-1] = Range(below[-1].first, last)
            else:
                below.append(Range(n, last))
    even = tuple(n for n in points if values[n] == 0)
    return Pays(letter, tuple(below), even, domain, searched)
