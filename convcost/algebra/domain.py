"""Where a law holds, in few words: conditions that follow from others are left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from convcost.algebra.anatomy import atoms_of, inside
from convcost.algebra.assumptions import Condition
from convcost.algebra.atoms import Monomial, atom_of, factors_of, is_whole, order
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.notation import number_as_text, sides
from convcost.algebra.polynomial import Coefficient, Polynomial, number_of, sum_of
from convcost.ops.arguments import LARGEST
from convcost.ops.numbers import Number


def assumptions(conditions: Iterable[Condition]) -> list[str]:
    """Sentences that say for positive symbols what the conditions say."""
    numbers: dict[str, list[Polynomial]] = {"whole": [], ">=": [], ">": [], "==": [], "!=": []}
    for condition in conditions:
        numbers[condition.kind].append(condition.number)
    whole = _without_products(lattice(numbers["whole"]))
    sentences = [f"{number_as_text(number, in_place=True)} is whole" for number in whole]
    smallest: dict[str, int] = {}
    for number in numbers[">="]:
        if is_positive(number + 1) and (number.is_whole or number + 1 in numbers["whole"]):
            continue  # what is whole and positive is at least 1
        (symbol, *others) = (atom for atom in inside([number]) if atom.kind == "symbol")
        if not others and rises(number) and (symbol.whole or number_of(symbol) in numbers["whole"]):
            smallest[symbol.parts[0]] = max(smallest_root(number), smallest.get(symbol.parts[0], 0))
        elif not _follows(number, numbers[">="]):
            sentences.append(sides(number, ">="))
    sentences += [f"{name} >= {least}" for name, least in smallest.items()]
    sentences += [sides(number, ">") for number in numbers[">"] if not _follows(number, numbers[">"])]
    sentences += [sides(number, "==") for number in numbers["=="]]
    sentences += [sides(number, "!=") for number in numbers["!="] if not _follows(number, numbers[">="])]
    return list(dict.fromkeys(sentences))


def _follows(number: Polynomial, others: Iterable[Polynomial]) -> bool:
    """Whether one of the others is smaller, wherever it is."""
    return any(isinstance(more := number - other, int | Fraction) and more > 0 for other in others)


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

    >>> from convcost.algebra import notation
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
