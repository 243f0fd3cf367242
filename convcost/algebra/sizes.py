"""Named sizes: a size that is a sum stays one factor of what it is multiplied by, and gets a name, as H1, beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import count

from convcost.algebra.anatomy import symbols_of
from convcost.algebra.atoms import Atom, atom_of
from convcost.algebra.letters import AXES, in_letters, making
from convcost.algebra.polynomial import Polynomial, lead, make
from convcost.network import Layer, Network
from convcost.ops.numbers import Number


def in_sizes(network: Network) -> Network | None:
    """Return the network with its sizes as factors that are not multiplied out; None if none of them is a sum."""
    counters = {name for repeat in network.repeats for name in symbols_of(repeat.counter)}
    made = dict.fromkeys(n for layer in network.layers for y in layer.output_shapes for n in y.size)
    sizes = [n for n in made if symbols_of(n).isdisjoint(counters)]
    found = {n: size_of(n) for n in sizes if is_sum(n)}
    return in_letters(network, found, making) if found else None


def is_sum(number: Number) -> bool:
    """Return whether a number has several terms."""
    return isinstance(number, Polynomial) and len(number.terms) > 1


def size_of(number: Polynomial) -> Polynomial:
    """Return a size as one factor, whatever it is the sum of."""
    low, high = number.interval
    return make("sum", number, whole=number.is_whole, interval=(max(low, 1), high))


def names_of_sizes(
    layers: Iterable[Layer], size: Sequence[Number], taken: Iterable[str], written: Callable[[Number], Number]
) -> dict[Atom, str]:
    """Return names for sizes that are sums, as they are `written`: H1 and W1 for the first two, then H2 and W2.

    Letters are those of the input's `size` where these are single ones. Names that are `taken` are not used.
    """
    letters = [_letter(n, name) for n, name in zip(size, AXES.get(len(size), "S" * len(size)), strict=True)]
    names: dict[Atom, str] = {}
    numbers = (n for n in count(1) if not {f"{letter}{n}" for letter in letters} & set(taken))
    for y in dict.fromkeys(y for layer in layers for y in layer.output_shapes):
        sums = ((letter, written(size_of(n))) for letter, n in zip(letters, y.size, strict=False) if is_sum(n))
        new: dict[Atom, str] = {}
        for letter, n in sums:
            if (atom := _atom(n)) is not None and atom not in names:
                new.setdefault(atom, letter)
        if new:
            number = next(numbers)
            names |= {atom: f"{letter}{number}" for atom, letter in new.items()}
    return names


def _atom(number: Number) -> Atom | None:
    """The sum that a number is, if it is one still."""
    atom = atom_of(lead(number)) if isinstance(number, Polynomial) and len(number.terms) == 1 else None
    return atom if atom is not None and atom.kind == "sum" else None


def _letter(size: Number, otherwise: str) -> str:
    text = str(size)
    return text if len(text) == 1 and text.isupper() else otherwise
