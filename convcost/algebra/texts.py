"""Numbers as text: the shortest one of a number, of an inequality, of a formula whose sizes may have names.

Importing this is what gives polynomials a text, in messages too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from convcost.algebra.anatomy import atoms_of, symbols_of
from convcost.algebra.atoms import Atom
from convcost.algebra.notation import Notation
from convcost.algebra.polynomial import Polynomial, number_of, sum_of
from convcost.ops.numbers import Number


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


def shortest_notation(write: Callable[[Notation], str], taken: Collection[str], names: Mapping[Atom, str]) -> Notation:
    """Return the notation in which something is shortest: of the sizes, those are named whose names save more text."""

    def length(notation: Notation) -> int:
        text = write(notation)
        return len(text) + sum(len(f"{name} = {meant}, ") for name, meant in notation.definitions.items())

    best = Notation(taken, names=names)
    if not names:
        return best
    shortest, inlined = length(best), frozenset[Atom]()
    alike: dict[str, set[Atom]] = {}
    """The sizes along the axes of one tensor, H1 and W1, by number: they are named together."""
    for atom, name in names.items():
        if name in best.definitions:
            alike.setdefault(name[1:], set()).add(atom)
    tried = {inlined}
    for atoms in [*reversed(alike.values()), *alike.values()]:
        candidate = inlined ^ atoms
        if candidate in tried:
            continue
        tried.add(candidate)
        notation = Notation(taken, names=names, inlined=candidate)
        if (n := length(notation)) < shortest:
            best, shortest, inlined = notation, n, candidate
    return best


def sides(number: Polynomial, relation: str) -> str:
    """`number relation 0` with the negative terms brought to the other side.

    >>> from convcost.algebra.polynomial import symbol
    >>> from convcost.ops.numbers import maximum
    >>> H, d, s = map(symbol, "Hds")
    >>> sides(H - 7, ">="), sides(9 - H, ">="), sides(maximum(d, s) - H - 1, ">=")
    ('H >= 7', 'H <= 9', 'max(d, s) >= H + 1')
    """
    left = sum_of({monomial: c for monomial, c in number.terms.items() if c > 0})
    texts = [_side(side) for side in (left, left - number)]
    if relation in _TURNED and not isinstance(left, Polynomial):
        return f"{texts[1]} {_TURNED[relation]} {texts[0]}"
    return f"{texts[0]} {relation} {texts[1]}"


def _side(number: Number) -> str:
    """A number in place; the larger of two as `max(x, y)`, for x + max(y - x, 0)."""
    plain = number_as_text(number, in_place=True)
    for atom in atoms_of(number):
        rest = number - number_of(atom)
        if atom.kind == "positive" and rest != 0 and all(other.kind != "positive" for other in atoms_of(rest)):
            both = sorted(number_as_text(n, in_place=True) for n in (rest, rest + atom.parts[0]))
            return min(plain, f"max({', '.join(both)})", key=len)
    return plain


_TURNED = {">=": "<=", ">": "<", "==": "==", "!=": "!="}


def with_definitions(text: str, notation: Notation) -> str:
    """Return a text with what the names in it stand for."""
    where = ", ".join(f"{name} = {definition}" for name, definition in notation.definitions.items())
    return f"{text} with {where}" if where else text


Polynomial.write = number_as_text
