"""sympy's numbers made to work in the formulas: an algebra that shares nothing with convcost's own, to hold it against.

Importing this registers them with the helpers of `ops`.
"""

from __future__ import annotations

from fractions import Fraction

import sympy
from sympy import Expr

from convcost.ops import numbers, rounding


class make_divisible(sympy.Function):  # type: ignore[misc]
    """The rounding of widths, left standing while its argument is not a number."""

    is_integer = True
    is_positive = True

    @classmethod
    def eval(cls, x: Expr, divisor: Expr) -> Expr | None:
        if x.is_Rational and divisor.is_Integer:
            return sympy.Integer(rounding.make_divisible(Fraction(int(x.p), int(x.q)), int(divisor)))
        return None


class common_divisor(sympy.Function):  # type: ignore[misc]
    """The greatest common divisor of two sizes, left standing while they are not numbers."""

    is_integer = True
    is_positive = True

    @classmethod
    def eval(cls, a: Expr, b: Expr) -> Expr | None:
        return sympy.gcd(a, b) if a.is_Integer and b.is_Integer else None


numbers.minimum.register(Expr, lambda a, b: sympy.Min(a, b))
numbers.exact.register(Expr, lambda a, b: a / b)
numbers.common_divisor.register(Expr, lambda a, b: common_divisor(a, b))
rounding.floor.register(Expr, lambda x: sympy.floor(x))
rounding.make_divisible.register(Expr, lambda x, divisor: make_divisible(x, divisor))
