"""The largest of several numbers: what can't be it is left out, and the rest stays side by side as one atom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import floor, gcd, inf, prod
from typing import Any

from convcost.algebra.anatomy import atoms_of, common_factor, inside
from convcost.algebra.atoms import Atom, Monomial, atom_of, monomial_of
from convcost.algebra.bounds import highest, lowest
from convcost.algebra.intervals import Bound, Interval
from convcost.algebra.polynomial import Coefficient, Polynomial, label, make, number_of, size_symbol, sum_of
from convcost.ops.numbers import Number, divide


def largest_of(numbers: Iterable[Number], least: Mapping[str, int] | None = None) -> Number:
    """Return the largest of numbers, in as few as can be seen; 0 for none.

    `least` has how small symbols are at least, where that is more than they are anywhere.

    >>> from convcost.algebra import texts
    >>> from convcost.algebra.polynomial import size_symbol
    >>> H, c = size_symbol("H"), size_symbol("c")
    >>> largest_of([2*H*c, H*c, 6*H, 8]), largest_of([H, H + c]), largest_of([H, 8], {"H": 9})
    (2*max(3*H, 4, H*c), H + c, H)
    """
    every = list(numbers)
    kept = [every[n] for n in candidates(every, least)]
    if len(kept) < 2:
        return kept[0] if kept else 0
    common = _content(kept)
    parts = sorted((divide(number, common) for number in kept), key=label)
    lows, highs = zip(*map(_bounds, parts), strict=True)
    whole = all(part.is_whole if isinstance(part, Polynomial) else part.denominator == 1 for part in parts)
    return common * make("max", *parts, whole=whole, interval=(max(lows), max(highs)))


MOST_SHOWN = 5
"""A maximum of more numbers than this is none that one could read."""

OTHERS = size_symbol("...")
"""What stands for the numbers that are not shown: a name that no symbol of a spec has."""


def with_few(number: Number, at: Callable[[Number], Any] | None) -> tuple[Number, int]:
    """Return a number with few numbers in each maximum, and how many are left out of these.

    `at` gives their values: those that are largest there are left.
    """
    left = 0
    for atom in atoms_of(number):
        if atom.kind == "max" and isinstance(number, Polynomial) and (more := len(atom.parts) - MOST_SHOWN) > 0:
            few = sorted(atom.parts, key=at, reverse=True) if at else atom.parts
            number = number.put(atom, make("max", *few[:MOST_SHOWN], OTHERS, whole=atom.whole, interval=atom.interval))
            left += more
    return number, left


def candidates(numbers: Sequence[Number], least: Mapping[str, int] | None = None) -> list[int]:
    """Return the places of the numbers that may be the largest, the first of equal ones."""
    written = _Written(numbers, least or {})
    forms = list(map(written, numbers))
    endless = list(map(_endless, forms))

    def at_least(a: int, b: int) -> bool:
        more, less = endless[a], endless[b]
        if any(more.get(m, 0) < c for m, c in less.items()) or any(c < less.get(m, 0) for m, c in more.items()):
            return False  # seen without the difference, which is long
        return _bound_from_below(forms[a] - forms[b]) >= 0

    return kept(numbers, at_least)


def kept(numbers: Sequence[Number], at_least: Callable[[int, int], bool]) -> list[int]:
    """Return the places of the numbers than which no other is seen to be at least as large, each number once."""
    found: list[int] = []
    for n in {number: n for n, number in reversed(list(enumerate(numbers)))}.values():
        if not any(at_least(other, n) for other in reversed(found)):
            found = [other for other in found if not at_least(n, other)] + [n]
    return sorted(found)


class _Written:
    """Numbers in few symbols, all from 0 up: sizes H/2 and H/4, rounded, in the smallest of them and small rests.

    floor((H + a)/b) is q*floor((H + c)/(q*b)) and a rest within bounds that are known. So sizes can be compared term by
    term, however they are rounded.
    """

    def __init__(self, numbers: Iterable[Number], least: Mapping[str, int]) -> None:
        self._forms: dict[Atom, Number] = {}
        lines: dict[str, list[tuple[int, int, Atom]]] = {}
        for atom in inside(numbers):
            if line := _line(atom):
                lines.setdefault(line[0], []).append((*line[1:], atom))
        for symbol, alike in lines.items():
            (b, a, atom), *others = sorted(alike, reverse=True)
            low = atom.interval[0]
            if symbol in least:
                low = max(low, floor(Fraction(least[symbol] + a, b)))
            if low == -inf:
                continue
            self._forms[atom] = low + _up_to(inf, number_of(atom) - low)
            for finer, offset, other in others:
                if b % finer == 0:
                    low, high = (floor(Fraction(n + offset - a, finer)) for n in (0, b - 1))
                    times = b // finer
                    rest = _up_to(high - low, number_of(other) - times * number_of(atom) - low)
                    self._forms[other] = times * self._forms[atom] + low + rest
                    b, a, atom = finer, offset, other

    def __call__(self, number: Number) -> Number:
        if not isinstance(number, Polynomial):
            return number
        total: Number = 0
        for monomial, c in number.terms.items():
            term: Number = c
            for atom, exponent in monomial:
                form = self._forms.get(atom) if exponent > 0 else None
                term = term * (number_of(atom) if form is None else form) ** exponent
            total = total + term
        return total


def _up_to(most: Bound, number: Number) -> Number:
    """A whole number from 0 to the most, as one."""
    return make("sum", number, whole=True, interval=(0, most)) if isinstance(number, Polynomial) else number


def _line(atom: Atom) -> tuple[str, int, int] | None:
    """(H, b, a) of floor((H + a)/b) for whole numbers; H itself is one."""
    if atom.kind == "symbol":
        return (atom.parts[0], 1, 0) if atom.whole else None
    if atom.kind != "floor":
        return None
    above, below = atom.parts[0].fraction
    if not isinstance(above, Polynomial) or not isinstance(below, int):
        return None
    constant: Any = above.terms.get((), 0)
    symbol = above - constant
    single = atom_of(next(iter(symbol.terms))) if len(symbol.terms) == 1 and 1 in symbol.terms.values() else None
    whole = single is not None and single.kind == "symbol" and single.whole and constant.denominator == 1
    return (single.parts[0], below, int(constant)) if single is not None and whole else None


def _endless(number: Number) -> dict[Monomial, Coefficient]:
    """The terms that grow without end: with less of one of them than another, a number is less than that somewhere."""
    terms = number.terms.items() if isinstance(number, Polynomial) else ()
    return {m: c for m, c in terms if m and all(e > 0 and a.interval[0] >= 0 and a.interval[1] == inf for a, e in m)}


def _bound_from_below(number: Number) -> Bound:
    """A number that one in few symbols is never less than: rests are 0 where they add, and as large as can be else."""
    if not isinstance(number, Polynomial):
        bound: Bound = number
        return bound
    terms: dict[Monomial, Number] = {}
    for monomial, c in number.terms.items():
        rests = [factor for factor in monomial if factor[0].interval[0] == 0 and factor[0].interval[1] != inf]
        if rests and any(atom.interval[0] < 0 for atom, _ in monomial):
            return -inf
        if rests and c > 0:
            continue
        most = prod(atom.interval[1] ** exponent for atom, exponent in rests)
        others = tuple(factor for factor in monomial if factor not in rests) if rests else monomial
        terms[others] = terms.get(others, 0) + c * most
    least = sum_of(terms)
    return least.interval[0] if isinstance(least, Polynomial) else least


def _content(numbers: Iterable[Number]) -> Number:
    """What all numbers have in common as a positive factor."""
    shared: dict[Monomial, int] = {}
    for number in numbers:
        for monomial, c in number.terms.items() if isinstance(number, Polynomial) else [((), number)]:
            shared[monomial] = gcd(shared.get(monomial, 0), c.numerator) if c.denominator == 1 else 1
    every = sum_of(shared)
    if not isinstance(every, Polynomial):
        return every
    c, monomial, _ = common_factor(every)
    return sum_of({monomial_of(f for f in monomial if f[1] > 0 and f[0].interval[0] >= 0): c})


def _bounds(number: Number) -> Interval:
    return (lowest(number), highest(number)) if isinstance(number, Polynomial) else (number, number)
