"""What entries have in common apart from numbers: which follow each other, and what is connected to what."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from convcost.writing.spec.items import Item


class Slot(NamedTuple):
    """A place in a run of entries where there is a value: an argument, or which activation it is."""

    place: int
    """Of the entry, in the order in which `entries` yields them."""
    argument: str
    """The argument's name; nothing for the activation itself."""
    value: str


class Outline:
    """The outline of a run of entries, as one after the other is added."""

    def __init__(self, known: dict[Hashable, int]) -> None:
        self.known = known
        self._made: dict[str, int] = {}
        self._given: dict[str, int] = {}

    def add(self, item: Item) -> int:
        """Return a number for an entry that is the same for all with its outline at its place."""
        return self.known.setdefault(self._of(item), len(self.known))

    def _of(self, item: Item) -> Hashable:
        reads = tuple(map(self._place, item.reads))
        paths = tuple(tuple(self._of(inner) for inner in path.items) for path in item.paths)
        for name in item.makes:
            self._made[name] = len(self._made)
        kind = "" if item.is_activation else item.kind
        return kind, tuple(item.args), reads, paths, item.repeat, len(item.makes)

    def _place(self, name: str) -> tuple[bool, int]:
        """Where a tensor is made: in the run, or so manieth among those that it is given."""
        if name in self._made:
            return True, self._made[name]
        return False, self._given.setdefault(name, len(self._given))


def entries(items: Sequence[Item]) -> Iterator[Item]:
    """Yield all entries, those in paths after the one that has them."""
    for item in items:
        yield item
        for path in item.paths:
            yield from entries(path.items)


def slots(items: Sequence[Item]) -> list[Slot]:
    """Return all values in entries, in order."""
    found = []
    for place, item in enumerate(entries(items)):
        if item.is_activation:
            found.append(Slot(place, "", item.kind))
        found += [Slot(place, name, text) for name, text in item.args.items()]
    return found


def filled(items: Sequence[Item], values: dict[tuple[int, str], str]) -> tuple[Item, ...]:
    """Return entries with other values in their slots."""
    count = iter(range(10**9))

    def one(item: Item) -> Item:
        place = next(count)
        args = {name: values.get((place, name), text) for name, text in item.args.items()}
        kind = values.get((place, ""), item.kind)
        inner = replace(item, kind=kind, args=args)
        return inner.with_lists([tuple(map(one, path.items)) for path in item.paths])

    return tuple(map(one, items))


def is_equal(a: Item, b: Item) -> bool:
    """Return whether two entries say the same, each from what it reads on, but for how often they stand."""
    known: dict[Hashable, int] = {}
    outlines = [Outline(known).add(replace(one, repeat=1)) for one in (a, b)]
    return outlines[0] == outlines[1] and [slot[1:] for slot in slots([a])] == [slot[1:] for slot in slots([b])]
