"""Where a law holds, in few words: conditions that follow from others are left out."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from math import inf
from typing import NamedTuple

from convcost.algebra.anatomy import atoms_of, inside, is_symbol
from convcost.algebra.atoms import Atom, Monomial, atom_of, factors_of, is_whole, order
from convcost.algebra.bounds import lowest
from convcost.algebra.conditions import Condition
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.intervals import Bound
from convcost.algebra.polynomial import Coefficient, Polynomial, make, number_of, size_symbol, sum_of
from convcost.algebra.texts import number_as_text, sides
from convcost.ops.arguments import LARGEST
from convcost.ops.numbers import Number

MOST_COMPARED = 60
"""So many conditions are looked at, for those that follow from others."""

_MOST_TERMS = 12
"""A longer difference is not written in other symbols."""


class Sentence(NamedTuple):
    """What a condition says, and the layer that needs it, if one does."""

    text: str
    layer: str = ""


def assumptions(conditions: Iterable[Condition]) -> list[str]:
    """Return sentences that say for positive symbols what the conditions say."""
    return [sentence.text for sentence in sentences(conditions)]


def sentences(conditions: Iterable[Condition], names: Mapping[Atom, str] | None = None) -> list[Sentence]:
    """Return what the conditions say for positive symbols, each once; sizes that have `names` are written so.

    That a symbol is whole and at least 1 is not said where it follows from where the symbol stands.
    """
    kinds: dict[str, dict[Polynomial, str]] = {"whole": {}, ">=": {}, ">": {}, "==": {}, "!=": {}}
    repeated = []
    for condition in conditions:
        if condition.where:
            repeated.append(condition)
        else:
            kinds[condition.kind].setdefault(condition.number, condition.layer)
    found = [
        Sentence(f"{number_as_text(number, in_place=True)} is whole")
        for number in _without_products(lattice(kinds["whole"]))
        if not is_symbol(number)
    ]
    smallest: dict[str, Sentence] = {}
    for number, layer in _needed(kinds[">="], kinds[">="]).items():
        is_count = _is_count(Condition(">=", number), kinds["whole"]) and not (layer and is_symbol(number + 1))
        if is_count or _is_always(number):
            continue
        (symbol, *others) = (atom for atom in inside([number]) if atom.kind == "symbol")
        if not others and rises(number) and (symbol.whole or number_of(symbol) in kinds["whole"]):
            name, least = symbol.parts[0], smallest_root(number)
            if (least != 1 or layer) and (name not in smallest or least > int(smallest[name].text.split()[-1])):
                smallest[name] = Sentence(f"{name} >= {least}", layer)
        else:
            found.append(Sentence(_compared(number, names or {}), layer))
    found += smallest.values()
    positive = _needed(kinds[">"], kinds[">"], kinds[">="])
    other = _needed(kinds["!="], kinds[">"], kinds[">="])
    for kind, numbers in ((">", positive), ("==", kinds["=="]), ("!=", other)):
        found += [Sentence(sides(number, kind), layer) for number, layer in numbers.items()]
    wholes = {*kinds["whole"], *(condition.number for condition in repeated if condition.kind == "whole")}
    asked = (
        one
        for one in repeated
        if not (one.kind == "whole" and one.is_plain)
        and not _is_count(one, wholes)
        and not (one.kind == ">=" and any(_difference(one.number, n) >= 0 for n in kinds[">="]))
    )
    found += map(_of_repetitions, asked)
    return list({sentence.text: sentence for sentence in reversed(found)}.values())[::-1]


def _is_count(condition: Condition, wholes: Container[Number]) -> bool:
    """Whether a condition says of what is whole and positive that it is at least 1."""
    number = condition.number
    return condition.kind == ">=" and is_positive(number + 1) and (number.is_whole or number + 1 in wholes)


def _of_repetitions(condition: Condition) -> Sentence:
    """What is asked only where there are repetitions that ask it."""
    return Sentence(f"{condition} if {' and '.join(sides(count, '>') for count in condition.where)}", condition.layer)


def _compared(number: Polynomial, names: Mapping[Atom, str]) -> str:
    """`number >= 0`, in a size that has a name where it is shorter so."""
    texts = [sides(number, ">=")]
    for atom, name in names.items():
        rest = number - atom.parts[0]
        if all(inner.kind == "symbol" for inner in inside([rest])):
            texts.append(sides(rest + size_symbol(name), ">="))
    return min(texts, key=len)


def _needed(
    numbers: Mapping[Polynomial, str], reached: Iterable[Polynomial], exceeded: Iterable[Polynomial] = ()
) -> dict[Polynomial, str]:
    """The numbers of which nothing else says what is said of them: that they are not below zero, or above it.

    Another one says so that is of `reached` and never larger, or of `exceeded` and always smaller.
    """
    needed = dict(numbers)
    for number in list(numbers)[:MOST_COMPARED]:
        # Of two that say the same, the first is left out, and says nothing of the second.
        as_large = [n for n in reached if n is not number and (n in needed or n not in numbers)][:MOST_COMPARED]
        if any(_difference(number, other) >= 0 for other in as_large) or any(
            _difference(number, other) > 0 for other in list(exceeded)[:MOST_COMPARED]
        ):
            del needed[number]
    return needed


def _is_always(number: Polynomial) -> bool:
    """Whether a number is never below zero, whatever its symbols are."""
    return len(number.terms) <= _MOST_TERMS and _from_least(number) >= 0


def _difference(number: Polynomial, other: Polynomial) -> Bound:
    """A bound of how much larger one number is than another one, from below."""
    more: Number = number - other
    if not isinstance(more, Polynomial):
        bound: Bound = more
        return bound
    return max(lowest(more), _from_least(more)) if len(more.terms) <= _MOST_TERMS else lowest(more)


def _from_least(number: Polynomial) -> Bound:
    """A bound of a number from below, written in how far its symbols are from the least that they may be.

    p**2*s - s is never negative for p and s from 1 up: with p = 1 + x and s = 1 + y it is x**2*y + 2*x*y + x**2 + 2*x.
    """
    written: Number = number
    for atom in number.atoms:
        least = atom.interval[0]
        powers = [exponent for monomial in number.terms for factor, exponent in monomial if factor is atom]
        if atom.kind == "symbol" and 0 < least < inf and min(powers) > 0 and isinstance(written, Polynomial):
            above = make("sum", number_of(atom) - least, whole=atom.whole, interval=(0, inf))
            written = written.put(atom, least + above)
    return lowest(written) if isinstance(written, Polynomial) else written


def _without_products(numbers: list[Number]) -> list[Number]:
    """Without those that are another one times a symbol that is whole."""
    known = set(numbers)
    powers = [factor for n in numbers if isinstance(n, Polynomial) for monomial in n.terms for factor in monomial]
    symbols = {atom for atom, _ in powers if atom.kind == "symbol" and (atom.whole or number_of(atom) in known)}
    # A quotient may be another one by a symbol that the number has, or that the other one is divided by.
    below = {atom for atom, exponent in powers if exponent < 0}
    return [n for n in numbers if not any(n / number_of(s) in known for s in symbols & (below | set(atoms_of(n))))]


def lattice(numbers: Iterable[Polynomial]) -> list[Number]:
    """Fewer numbers that are all whole exactly where these are: a basis of their whole combinations.

    >>> from convcost.algebra import texts
    >>> from convcost.algebra.polynomial import symbol
    >>> alpha = symbol("alpha")
    >>> lattice([64 * alpha, 32 * alpha, 160 * alpha + 3])
    [32*alpha]
    """
    rows = [_not_whole(n.terms) for n in numbers]
    basis: list[Number] = []
    for column in sorted({monomial for row in rows for monomial in row}, key=order, reverse=True):
        pivot: Mapping[Monomial, Coefficient] = {}
        rest = []
        for row in rows:
            # Euclid's steps leave the column's greatest common divisor in one row and 0 in the others.
            while column in row:
                pivot, row = row, _reduced(pivot, row, column) if column in pivot else {}
            rest.append(row)
        rows = [row for row in rest if row]
        if pivot:
            basis.append(sum_of({monomial: c if pivot[column] > 0 else -c for monomial, c in pivot.items()}))
    return basis[::-1]


def _reduced(
    row: Mapping[Monomial, Coefficient], by: Mapping[Monomial, Coefficient], column: Monomial
) -> Mapping[Monomial, Coefficient]:
    """row - n*by, for the whole n that leaves least in the column."""
    n = row[column] // by[column]
    return _not_whole({m: c for m in {**row, **by} if (c := row.get(m, 0) - n * by.get(m, 0))})


def _not_whole(row: Mapping[Monomial, Coefficient]) -> Mapping[Monomial, Coefficient]:
    """A row without what is whole anyway, which adds nothing."""
    return {m: c for m, c in row.items() if c.denominator > 1 or not is_whole(m)}


def is_positive(number: Number) -> bool:
    """Return whether a number is a sum of positive terms, for positive symbols; no constant is among them."""
    return isinstance(number, Polynomial) and all(_is_positive(m, c) for m, c in number.terms.items())


def _is_positive(monomial: Monomial, c: Coefficient) -> bool:
    atom = atom_of(monomial)
    if atom is not None and atom.kind == "floor" and c < 0:
        return is_positive(-atom.parts[0])  # -floor(-y) is y rounded up
    atoms = [atom for atom, _ in factors_of(monomial)]
    return c > 0 and bool(atoms) and all(a.interval[0] > (-1 if a.kind == "symbol" else 0) for a in atoms)


def rises(number: Polynomial) -> bool:
    """Return whether a number can be seen never to fall where a symbol rises."""
    todo = [number]
    while todo:
        part = todo.pop()
        for monomial, c in part.terms.items():
            if c < 0 and monomial:
                return False
            for atom, exponent in factors_of(monomial):
                alone = len(monomial) == 1 and exponent == 1
                if exponent < 0 or not (alone or atom.interval[0] >= 0):
                    return False
                if atom.kind == "floor":
                    todo.append(atom.parts[0])
                elif atom.kind != "symbol":
                    return False
    return True


def smallest_root(number: Polynomial) -> int:
    """Return the smallest whole value of its symbol at which a number that rises is not negative."""
    (name,) = number.symbols
    low, high = 0, LARGEST
    while low < high:
        middle = (low + high) // 2
        if Evaluation({name: middle})(number) >= 0:
            high = middle
        else:
            low = middle + 1
    return low
