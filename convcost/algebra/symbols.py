"""sympy's numbers made to work in the formulas: importing this module registers them with the helpers of `ops`.

Sizes are kept canonical on the way. Formulas nest floors, and nested floors of positive integer divisors collapse:
floor((floor(x) + c)/s) = floor((x + c)/s) for whole c and s. So along convolutions and poolings a size stays one floor
of the input's size, and two sizes that are equal look equal.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy
from sympy import Expr, Rational, ceiling, floor

from convcost.ops import numbers, rounding, windows
from convcost.ops.numbers import Number


class _Named(sympy.Function):  # type: ignore[misc]
    """A function whose name LaTeX shows as it is."""

    is_integer = True

    def _latex(self, printer: Any) -> str:
        name = type(self).__name__.replace("_", r"\_")
        return rf"\operatorname{{{name}}}\left({', '.join(map(printer.doprint, self.args))}\right)"


class make_divisible(_Named):
    """The rounding of widths, left standing while its argument is not a number."""

    is_positive = True

    @classmethod
    def eval(cls, x: Expr, divisor: Expr) -> Expr | None:
        if x.is_Rational and divisor.is_Integer:
            return sympy.Integer(rounding.make_divisible(_fraction(x), int(divisor)))
        return None


class nearest(_Named):
    """Rounding to the nearest whole number, halves to even."""

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        return sympy.Integer(rounding.nearest(_fraction(x))) if x.is_Rational else None


class common_divisor(_Named):
    """The greatest common divisor of two sizes."""

    is_positive = True

    @classmethod
    def eval(cls, a: Expr, b: Expr) -> Expr | None:
        if a == b:
            return a
        if b == 1 or a == 1:
            return sympy.Integer(1)
        return sympy.gcd(a, b) if a.is_Integer and b.is_Integer else None


class T(_Named):
    """Pairs (window, tap) along an axis that read a real element, where the taps are not a number to count with."""

    is_positive = True


def _fraction(x: Expr) -> Fraction:
    return Fraction(int(x.p), int(x.q))


numbers.minimum.register(Expr, lambda a, b: sympy.Min(a, b))
windows.count_real_reads.register(Expr, lambda kernel, window, size, output: T(size))
numbers.exact.register(Expr, lambda a, b: a / b)
numbers.common_divisor.register(Expr, lambda a, b: common_divisor(a, b))
rounding.floor.register(Expr, lambda x: floor(x))
rounding.nearest.register(Expr, lambda x: nearest(x))
rounding.make_divisible.register(Expr, lambda x, divisor: make_divisible(x, divisor))


def size_symbol(name: str) -> Expr:
    """A symbol for a size or a count: a positive whole number."""
    return sympy.Symbol(name, integer=True, positive=True)


def factor_symbol(name: str) -> Expr:
    """A symbol for a multiplier: any positive number."""
    return sympy.Symbol(name, positive=True)


def collapse(number: Number) -> Number:
    """The canonical form of a size: no floor inside a floor, constants inside a floor from 0 up and below 1.

    >>> H = size_symbol("H")
    >>> collapse(((H - 1) // 2) // 2 + 1)
    floor(H/4 + 3/4)
    """
    if not isinstance(number, Expr) or not number.has(floor):
        return number
    return number.replace(lambda node: isinstance(node, floor), lambda node: _collapse_floor(node.args[0]))


def _collapse_floor(inside: Expr) -> Expr:
    terms = inside.as_coefficients_dict()
    divisor = sympy.ilcm(1, *(coefficient.q for coefficient in terms.values()))
    for term, coefficient in terms.items():
        # (floor(x) + c)/s: everything else in the numerator is whole because the divisor clears all denominators.
        if isinstance(term, floor) and coefficient * divisor == 1:
            rest = inside - coefficient * term
            return _collapse_floor(sympy.expand(rest + coefficient * term.args[0]))
    constant = terms.get(sympy.S.One, sympy.S.Zero)
    whole = floor(constant)
    return floor(inside - whole) + whole


def as_ceilings(number: Number) -> Number:
    """floor((x + b - 1)/b) written as ceil(x/b), as people do.

    >>> as_ceilings(floor(size_symbol("H") / 4 + Rational(3, 4)))
    ceiling(H/4)
    """
    if not isinstance(number, Expr):
        return number
    return number.replace(lambda node: isinstance(node, floor), _ceiling)


def _ceiling(node: Expr) -> Expr:
    constant, rest = node.args[0].as_coeff_Add()
    divisor = sympy.ilcm(1, *(coefficient.q for coefficient in rest.as_coefficients_dict().values()))
    return ceiling(rest) if constant == Rational(divisor - 1, divisor) and divisor > 1 else node
