"""Polynomials at values of their symbols: ints, fractions, arrays, other polynomials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

from convcost.algebra import extents  # noqa: F401 - makes the formulas run on polynomials
from convcost.algebra.anatomy import inside
from convcost.algebra.atoms import Atom
from convcost.algebra.maxima import largest_of
from convcost.algebra.polynomial import Polynomial, make, number_of
from convcost.ops.numbers import Number, common_divisor, divide, maximum
from convcost.ops.rounding import make_divisible, nearest
from convcost.ops.windows import Window


class Evaluation:
    """Numbers of one set of values; what several of them share is worked out once.

    >>> from convcost.algebra.polynomial import symbol
    >>> from fractions import Fraction
    >>> at = Evaluation({"H": 225, "alpha": Fraction(3, 4)})
    >>> at(9408 * ((symbol("H", whole=True, least=1) + 1) // 2)), at(32 * symbol("alpha") - 1)
    (1063104, 23)
    """

    def __init__(self, values: Mapping[str, Number]) -> None:
        self.values = values
        self._atoms: dict[Atom, Number] = {}

    def __call__(self, number: Number) -> Number:
        """The number's value; KeyError if it has a symbol without one."""
        if not isinstance(number, Polynomial):
            return number
        for atom in inside([number], self._atoms):
            self._atoms[atom] = self._atom(atom)
        return self._quotient(number)

    def _atom(self, atom: Atom) -> Number:
        if atom.kind == "symbol":
            return self.values[atom.parts[0]]
        if atom.kind == "floor":
            above, below = atom.parts[0].fraction
            return self._sum(above) // self._sum(below)
        parts = (self._quotient(part) if isinstance(part, Polynomial) else part for part in atom.parts)
        return OPERATIONS[atom.kind](*parts)

    def _quotient(self, number: Polynomial) -> Number:
        above, below = number.fraction
        return divide(self._sum(above), self._sum(below))

    def _sum(self, number: Number) -> Number:
        """A number without fractions: so ints and arrays of them stay such."""
        if not isinstance(number, Polynomial):
            return number
        total: Number = 0
        for monomial, c in number.terms.items():
            term: Number = c
            for atom, exponent in monomial:
                for _ in range(exponent):
                    term = term * self._atoms[atom]
            total = total + term
        return total


class Substitution(Evaluation):
    """Numbers with others in place of some of their atoms, wherever these stand."""

    def __init__(self, values: Mapping[Atom, Number]) -> None:
        super().__init__({})
        self._atoms.update(values)

    def _atom(self, atom: Atom) -> Number:
        if atom.kind == "symbol":
            return number_of(atom)
        if atom.kind == "max":
            return largest_of([self._quotient(part) if isinstance(part, Polynomial) else part for part in atom.parts])
        number = super()._atom(atom)
        if atom.kind == "sum" and isinstance(number, Polynomial) and len(number.terms) > 1:
            # What is one factor stays one.
            return make("sum", number, whole=atom.whole, interval=atom.interval)
        return number


OPERATIONS: Mapping[str, Callable[..., Number]] = {
    "gcd": common_divisor,
    "inverse": lambda x: divide(1, x),
    "make_divisible": make_divisible,
    "max": lambda *parts: reduce(maximum, parts),
    "positive": lambda x: maximum(x, 0),
    "reads": lambda k, stride, before, d, size, output: Window(k, stride, before, 0, d).real_reads(size, output),
    "round": nearest,
    "sum": lambda x: x,
}
"""What atoms other than symbols and floors make of their parts, by kind."""
