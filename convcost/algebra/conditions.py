"""What a closed form rests on: each condition says something about a number, and is kept in its shortest form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor, gcd

from convcost.algebra.anatomy import coefficient, is_symbol
from convcost.algebra.atoms import atom_of
from convcost.algebra.bounds import lowest
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.polynomial import Polynomial, is_count, number_of, sum_of
from convcost.algebra.series import in_all
from convcost.algebra.texts import number_as_text, sides
from convcost.ops.numbers import NeedsNumber, Number


@dataclass(frozen=True, slots=True, repr=False)
class Condition:
    """Something about a number that holds or not, depending on the symbols' values."""

    kind: str
    """`whole`; or how the number compares with zero: `>=`, `>`, `==` or `!=`."""
    number: Polynomial
    where: tuple[Polynomial, ...] = ()
    """Where one of these is 0 or less, nothing is asked: there are no repetitions that would ask it."""
    layer: str = field(default="", compare=False)
    """The layer that asks for it first; none where it was asked while layers were read, or where it says
    of a symbol alone how large it is where it stands."""

    @property
    def is_plain(self) -> bool:
        """Whether it only says of a symbol that it is whole, or how large it is at least."""
        return self.kind in ("whole", ">=") and is_symbol(self.number - self.number.terms.get((), 0))

    def __str__(self) -> str:
        if self.kind == "whole":
            return f"{number_as_text(self.number, in_place=True)} is whole"
        return sides(self.number, self.kind)

    __repr__ = __str__

    def holds(self, at: Evaluation) -> bool:
        """Return whether it does at these values."""
        if any(at(count) <= 0 for count in self.where):
            return True
        try:
            value = at(self.number)
        except ZeroDivisionError:
            return False
        match self.kind:
            case "whole":
                return bool(Fraction(value).denominator == 1)
            case ">=":
                return bool(value >= 0)
            case ">":
                return bool(value > 0)
            case "==":
                return bool(value == 0)
        return bool(value != 0)


def asked_of_all(condition: Condition, counter: Polynomial, count: Number, above: bool = True) -> Iterator[Condition]:
    """Yield what has to hold for a condition to hold at counter = 0 to count - 1, without what always holds.

    `above` is whether its number is above 0 somewhere. Raises NeedsNumber for the count where there is no telling.
    """
    if any(counter.symbols <= n.symbols for n in condition.where):
        raise NeedsNumber(count)
    if not counter.symbols <= condition.number.symbols:
        yield condition
        return
    others = tuple(n for n in condition.where if n != count)
    for kind, number, least in in_all(condition.kind, condition.number, counter, count, above):
        where = (*others, least) if may_be_none(least) else others
        if isinstance(number, Polynomial):
            if kind not in (">=", ">") or lowest(number) < (kind == ">"):
                yield Condition(kind, number, where)
        elif not Condition(kind, counter).holds(Evaluation(dict.fromkeys(counter.symbols, number))):
            yield Condition(">=", -least, others)


def may_be_none(count: Number) -> bool:
    """Return whether a count may be 0."""
    return isinstance(count, Polynomial) and lowest(count) < 1


def shortest_conditions(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """Yield conditions without the roundings that they can do without; none that always hold, and none twice."""
    found = set()
    for condition in conditions:
        kind, number = condition.kind, condition.number
        if kind in (">=", "=="):
            kind, number = _without_maximum(kind, number)
        if kind == ">=":
            kind, number = _without_rounding(number)
        if not isinstance(number, Polynomial) or (kind == ">=" and lowest(number) >= 0):
            continue
        condition = replace(condition, kind=kind, number=number)
        if condition not in found:
            found.add(condition)
            yield condition


def _without_rounding(number: Number) -> tuple[str, Number]:
    """A kind and a number that say that this one is not negative: floor(n/d) >= -c is n + c*d >= 0, for whole numbers.

    floor(y) <= c is y < c + 1, for others.
    """
    while isinstance(number, Polynomial) and number.is_whole:
        number = _over_common(number)
        floors = [atom for atom in number.atoms if atom.kind == "floor"] if isinstance(number, Polynomial) else []
        if not floors:
            break
        atom = max(floors, key=lambda floor: (len(floor.symbols), floor))
        sign, inner = coefficient(number, atom), atom.parts[0]
        rest = number - sign * number_of(atom)
        above, below = inner.fraction
        if sign not in (1, -1) or _has(rest, atom) or not _is_whole(rest):
            break
        if not is_count(below) or not _is_whole(above):
            return (">=", inner + rest) if sign == 1 else (">", rest + 1 - inner)
        number = above + rest * below if sign == 1 else (rest + 1) * below - above - 1
    return ">=", number


def _without_maximum(kind: str, number: Polynomial) -> tuple[str, Number]:
    """The same said of x, of what is said of max(x, 0) alone."""
    constant = number.terms.get((), 0)
    others = [(atom_of(monomial), c) for monomial, c in number.terms.items() if monomial]
    for atom, c in others if len(others) == 1 else ():
        if atom is not None and atom.kind == "positive":
            if kind == "==" and constant == 0:
                return ">=", -atom.parts[0]
            if kind == ">=" and (c > 0) == (constant < 0):
                return ">=", c * atom.parts[0] + constant
    return kind, number


def _over_common(number: Polynomial) -> Number:
    """A whole number without what its terms are multiples of: 2*x - 3 is negative where x - 2 is."""
    constant = number.terms.get((), 0)
    terms = {monomial: c for monomial, c in number.terms.items() if monomial}
    common = gcd(*(int(c) for c in terms.values() if c.denominator == 1))
    if common > 1 and all(c.denominator == 1 for c in terms.values()):
        return sum_of({**{m: c // common for m, c in terms.items()}, (): floor(Fraction(constant) / common)})
    return number


def _has(number: Number, atom: object) -> bool:
    return isinstance(number, Polynomial) and atom in number.atoms


def _is_whole(number: Number) -> bool:
    return number.is_whole if isinstance(number, Polynomial) else number.denominator == 1
