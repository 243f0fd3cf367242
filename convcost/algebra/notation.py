"""Polynomials as text that one could type; roundings that are long or inside others get a name.

Importing this is what gives them a text, in messages too.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from itertools import count

from convcost.algebra.anatomy import common_factor, inside, symbols_of
from convcost.algebra.atoms import Atom, Monomial, factors_of, is_whole
from convcost.algebra.polynomial import Coefficient, Polynomial, sum_of
from convcost.ops.numbers import Number

_IN_PLACE = ("floor", "positive", "sum")
_LONGEST = 40
"""Characters of a rounding that has no name; twice as many where only what is long gets one."""


class Notation:
    """How the numbers of one formula are written.

    `definitions` holds the names that it uses for roundings, with their texts: each may use those before it. Names that
    are `taken` are not used. With `in_place`, only what is long gets a name.
    """

    def __init__(self, taken: Collection[str] = (), in_place: bool = False) -> None:
        self.definitions: dict[str, str] = {}
        self._in_place = in_place
        self.taken = set(taken)
        self._atoms: dict[Atom, tuple[int, str]] = {}

    def text(self, number: Number) -> str:
        """Return the number as a sum, the highest degree first."""
        return joined(self.parts(number))

    def parts(self, number: Number) -> list[str]:
        """Return the terms of that sum with their signs: ["+ a**2", "- 2*a"]."""
        if not isinstance(number, Polynomial):
            return [f"- {-number}" if number < 0 else f"+ {number}"]
        for atom in inside([number], self._atoms):
            sign, text = self.write(atom)
            self._atoms[atom] = sign, text if self.is_in_place(atom, text) else self._named(atom, text)
        return self._parts(number)

    def product(self, number: Number) -> str:
        """Return the number as what its terms have in common, times a sum."""
        text = self.text(number)
        if not isinstance(number, Polynomial) or len(number.terms) == 1:
            return text
        c, monomial, rest = common_factor(number)
        if not monomial:
            return text
        sign, above, below = self._factors(monomial)
        product = _fraction(c, [*above, f"({self._sum(rest)})"], below)
        return product if sign > 0 else f"-{product}"

    def factor(self, number: Number) -> str:
        """Return the number as it stands in a product."""
        text = self.text(number)
        return f"({text})" if isinstance(number, Polynomial) and len(number.terms) > 1 else text

    def is_in_place(self, atom: Atom, text: str) -> bool:
        """Return whether an atom is written where it stands."""
        if atom.kind in ("symbol", "inverse"):
            return True
        return len(text) <= (2 * _LONGEST if self._in_place else _LONGEST if atom.kind in _IN_PLACE else 0)

    def is_below(self, atom: Atom, exponent: int) -> bool:
        """Return whether a factor is written below a fraction's line: an inverse, as what it is the inverse of."""
        return (exponent < 0) != (atom.kind == "inverse")

    def _named(self, atom: Atom, text: str) -> str:
        letter = "c" if atom.kind in ("make_divisible", "round") else "s"  # as in channels and in size
        name = next(name for n in count(1) if (name := f"{letter}{n}") not in self.taken)
        self.taken.add(name)
        self.definitions[name] = text
        return name

    def _sum(self, number: Polynomial) -> str:
        return joined(self._parts(number))

    def _parts(self, number: Polynomial) -> list[str]:
        parts = []
        for monomial, c in number.terms.items():
            sign, above, below = self._factors(monomial)
            degree = sum(exponent for _, exponent in monomial)
            text = ("+ " if sign * c > 0 else "- ") + _fraction(max(c, -c), above, below)
            parts.append((-degree, text[0], [(len(factor), factor) for factor in above], text))
        texts = [part[-1] for part in sorted(parts)]
        first = next((n for n, text in enumerate(texts) if text[0] == "+"), 0)
        return [texts[first], *texts[:first], *texts[first + 1 :]]  # b - a, not -a + b

    def _factors(self, monomial: Monomial) -> tuple[int, list[str], list[str]]:
        """A monomial's sign, and its factors above and below a fraction's line."""
        sign, above, below = 1, list[str](), list[str]()
        factors = [(atom.rank[:2], *self._atoms[atom], atom, exponent) for atom, exponent in factors_of(monomial)]
        for _, own_sign, text, atom, exponent in sorted(factors, key=lambda f: (f[0], len(f[2]), f[2])):
            sign *= own_sign ** abs(exponent)
            side = below if self.is_below(atom, exponent) else above
            side.append(text if abs(exponent) == 1 else f"{text}**{abs(exponent)}")
        return sign, above, below

    def write(self, atom: Atom) -> tuple[int, str]:
        """Return an atom's sign and text."""
        if atom.kind == "symbol":
            return 1, atom.parts[0]
        if atom.kind == "floor":
            return self._floor(atom.parts[0])
        parts = [self._sum(part) if isinstance(part, Polynomial) else str(part) for part in atom.parts]
        if atom.kind in ("inverse", "sum"):
            return 1, f"({parts[0]})"
        return 1, f"max({parts[0]}, 0)" if atom.kind == "positive" else f"{atom.kind}({', '.join(parts)})"

    def _floor(self, number: Polynomial) -> tuple[int, str]:
        """A floor, or the ceiling that people would write: (H + 1)/2 rounded down is H/2 rounded up."""
        sign, inner = rounded_up(number)
        return (sign, f"ceil({self._over(inner)})") if sign else (1, f"floor({self._over(inner)})")

    def _over(self, number: Polynomial) -> str:
        """A sum over its denominator."""
        above, below = number.fraction
        if below == 1 or len(number.terms) == 1:
            return self._sum(number)
        divisor = self._sum(below) if isinstance(below, Polynomial) else str(below)
        return f"({self._sum(above)})/{divisor if divisor.isalnum() else f'({divisor})'}"


def rounded_up(number: Polynomial) -> tuple[int, Polynomial]:
    """(sign, y) where the number rounded down is better written as y rounded up, with a sign; (0, number) elsewhere."""
    d = number.denominator
    constant = number.terms.get((), 0)
    if d > 1 and constant == Fraction(d - 1, d) and all(map(is_whole, number.terms)):
        return 1, number - constant
    signs = [c > 0 for monomial, c in number.terms.items() if monomial]
    return (-1, -number) if 2 * sum(signs) < len(signs) else (0, number)


def joined(parts: list[str]) -> str:
    """Terms with their signs as one sum.

    >>> joined(["- a", "+ b"])
    '-a + b'
    """
    text = " ".join(parts)
    return text[2:] if text[0] == "+" else f"-{text[2:]}"


def number_as_text(number: Number, in_place: bool = False) -> str:
    """Return the shortest text of a number: a sum or a product, with names for roundings or (`in_place`) without.

    >>> from convcost.algebra.polynomial import symbol
    >>> C, G, k = map(symbol, "CGk")
    >>> number_as_text(4*C*k**2 + 4*G*k**2)
    '4*k**2*(C + G)'
    """
    texts = []
    for write in (Notation.text, Notation.product):
        for named in (False, True)[: 1 if in_place else 2]:
            notation = Notation(symbols_of(number), in_place=not named)
            texts.append(with_definitions(write(notation, number), notation))
    return min(texts, key=len)


def sides(number: Polynomial, relation: str) -> str:
    """`number relation 0` with the negative terms brought to the other side.

    >>> from convcost.algebra.polynomial import symbol
    >>> sides(symbol("H") - 7, ">=")
    'H >= 7'
    """
    left = sum_of({monomial: c for monomial, c in number.terms.items() if c > 0})
    return f"{number_as_text(left, in_place=True)} {relation} {number_as_text(left - number, in_place=True)}"


def with_definitions(text: str, notation: Notation) -> str:
    """Return a text with what the names in it stand for."""
    where = ", ".join(f"{name} = {definition}" for name, definition in notation.definitions.items())
    return f"{text} with {where}" if where else text


Polynomial.write = number_as_text


def _fraction(c: Coefficient, above: list[str], below: list[str]) -> str:
    """c*above/below."""
    if c.numerator != 1 or not above:
        above = [str(c.numerator), *above]
    if c.denominator != 1:
        below = [str(c.denominator), *below]
    over = f"/({'*'.join(below)})" if len(below) > 1 else f"/{below[0]}" if below else ""
    return "*".join(above) + over
