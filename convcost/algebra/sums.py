"""Sums and fractions put together from texts: a term is `+ a*b` or `- a*b`, with its sign."""

from __future__ import annotations

import re
from fractions import Fraction

from convcost.algebra.polynomial import Coefficient

_PAYS = Fraction(6, 5)
"""So many times longer a plain sum is that is written with its common factors instead."""

_BRACKETS = re.compile(r"\([^()]*\)")


def is_sum(text: str) -> bool:
    """Return whether a text has terms outside of its brackets, or a sign before it."""
    outside = _outside(text)
    return " " in outside or text[0] == "-"


def bare(text: str) -> str:
    """Return a text without the brackets around all of it.

    >>> bare("(a + b)"), bare("(a + b)*(c + d)")
    ('a + b', '(a + b)*(c + d)')
    """
    return text if _outside(text) else text[1:-1]


def _outside(text: str) -> str:
    """What of a text is outside of its brackets."""
    while (outside := _BRACKETS.sub("", text)) != text:
        text = outside
    return text


def shorter(plain: list[str], short: list[str]) -> list[str]:
    """Return the parts with factors in common where that makes them much shorter."""
    return short if _PAYS * len(joined(short)) <= len(joined(plain)) else plain


def joined(parts: list[str]) -> str:
    """Return terms with their signs as one sum.

    >>> joined(["- a", "+ b"])
    '-a + b'
    """
    text = " ".join(parts)
    return text[2:] if text[0] == "+" else f"-{text[2:]}"


def fraction(c: Coefficient, above: list[str], below: list[str]) -> str:
    """Return c*above/below, a fraction of products."""
    if c.numerator != 1 or not above:
        above = [str(c.numerator), *above]
    if c.denominator != 1:
        below = [str(c.denominator), *below]
    over = f"/({'*'.join(below)})" if len(below) > 1 else f"/{below[0]}" if below else ""
    return "*".join(above) + over
