"""Changes folded into as few rows as say the same: blocks put in or taken out, one change made in many places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, islice, takewhile
from typing import TypeAlias

from convcost.analysis.tree import outermost_not_in, with_blocks
from convcost.comparison.networks import Part
from convcost.diff.changes import ADDED, CHANGED, FOLLOWS, REMOVED, RENAMED, SAME, Change, sums

MOST_ROWS = 30
"""More are no summary any more: the costliest are shown, and the others together."""

OTHERS = "others"
"""The state of the row that holds the less costly changes."""


@dataclass(frozen=True)
class DiffRow:
    """Changes that are one to the reader."""

    state: str
    name: str
    what: str
    changes: tuple[Change, ...]

    @property
    def layers(self) -> int:
        """How many layers it is about."""
        return sum(change.layers for change in self.changes)

    @cached_property
    def costs(self) -> Mapping[str, int]:
        """The difference that it makes to each of the network's sums."""
        return {figure: sum(change.costs.get(figure, 0) for change in self.changes) for figure in sums()}


def rows_of(changes: Sequence[Change], every: bool = False, most: int = MOST_ROWS) -> list[DiffRow]:
    """Return the rows of a table of changes, in the network's order; their costs add up to the totals' difference.

    Layers that merely follow are one row, the last. With `every`, each layer that isn't the same has its own.
    """
    if every:
        return [DiffRow(one.state, one.name, one.what, (one,)) for one in changes if one.state != SAME]
    is_rebuilt = any(one.state in (ADDED, REMOVED) for one in changes)
    pairs = [one.pair for one in changes] if is_rebuilt else []
    before, after = _names(pair.left for pair in pairs), _names(pair.right for pair in pairs)
    rows: list[DiffRow] = []
    for state, stretch in groupby(changes, key=lambda change: change.state):
        if state in (ADDED, REMOVED):
            rows += _blocks(state, stretch, before, after)
        elif state == CHANGED:
            rows += [DiffRow(state, one.name, one.what, (one,)) for one in stretch]
    rows = _together(rows, 2, lambda row: (row.state, row.what, _unnumbered(row.name)))
    rows = _together(rows, 4, lambda row: (row.state, row.what))
    rows = _costliest(rows, most)
    if follow := tuple(change for change in changes if change.state == FOLLOWS):
        rows.append(DiffRow(FOLLOWS, _named([one.name for one in follow]), "", follow))
    return rows


def renamed(changes: Iterable[Change]) -> list[tuple[str, str, int]]:
    """Return what is called otherwise and is the same: old name, new name, and how many layers have it in theirs."""
    found: dict[tuple[str, str], int] = {}
    for change in changes:
        if change.state == RENAMED and change.pair.left and change.pair.right:
            old, new = change.pair.left.name.split("."), change.pair.right.name.split(".")
            while len(old) > 1 and len(new) > 1 and old[-1] == new[-1]:
                old, new = old[:-1], new[:-1]
            names = ".".join(old), ".".join(new)
            found[names] = found.get(names, 0) + 1
    return [(old, new, layers) for (old, new), layers in found.items()]


_Names: TypeAlias = Mapping[str, int]
"""The names of all layers and blocks, each with how often it is repeated."""


def _names(parts: Iterable[Part | None]) -> _Names:
    names = with_blocks(cost.layer.name for part in parts if part for cost in part.layers)
    words = (name.rpartition(".") for name in names)
    numbered = Counter(parent for parent, _, last in words if last.isdigit())
    return {name: numbered[name] or 1 for name in names}


def _blocks(state: str, stretch: Iterable[Change], before: _Names, after: _Names) -> list[DiffRow]:
    """Layers that one version has, those of a block together: the outermost block that the other version hasn't."""
    others = before if state == ADDED else after
    rows = []
    for block, members in groupby(stretch, key=lambda change: outermost_not_in(change.name, others)):
        found = tuple(members)
        parent, _, last = block.rpartition(".")
        name, what = (found[0].name, found[0].what) if len(found) == 1 else (block, "")
        repeats = after.get(parent, 0), before.get(parent, 0)
        if last.isdigit() and parent in others and repeats[0] != repeats[1]:
            what = f"repeated {repeats[0]}, was {repeats[1]}"
        rows.append(DiffRow(state, name, what, found))
    return rows


def _together(rows: Sequence[DiffRow], least: int, key: Callable[[DiffRow], Hashable]) -> list[DiffRow]:
    """The rows, those that have something to say and one key put together where there are at least so many."""
    groups: dict[Hashable, list[DiffRow]] = {}
    for n, row in enumerate(rows):
        groups.setdefault(key(row) if row.what else n, []).append(row)
    result = []
    for group in groups.values():
        if len(group) < least:
            result += group
        else:
            changes = tuple(change for row in group for change in row.changes)
            result.append(DiffRow(group[0].state, _named([row.name for row in group]), group[0].what, changes))
    place = {id(change): n for n, change in enumerate(change for row in rows for change in row.changes)}
    return sorted(result, key=lambda row: place[id(row.changes[0])])


def _named(names: Sequence[str]) -> str:
    """One name for several: `rest.5-6.conv` where only repeats differ, else what they begin and end with alike."""
    words = [name.split(".") for name in names]
    if len({_unnumbered(name) for name in names}) == 1:
        places = (list(dict.fromkeys(place)) for place in zip(*words, strict=True))
        return ".".join(place[0] if len(place) == 1 else _range(sorted(map(int, place))) for place in places)
    shortest = min(map(len, words)) - 1
    first = sum(1 for _ in takewhile(_alike, islice(zip(*words, strict=False), shortest)))
    last = sum(1 for _ in takewhile(_alike, islice(zip(*map(reversed, words), strict=False), shortest - first)))
    ends = words[0][:first], words[0][len(words[0]) - last :]
    told = any(not word.isdigit() for word in (*ends[0], *ends[1]))
    return ".".join([*ends[0], "*", *ends[1]]) if told else f"{names[0]} ..."


def _alike(words: Sequence[str]) -> bool:
    return len(set(words)) == 1


def _range(numbers: Sequence[int]) -> str:
    whole = numbers[-1] - numbers[0] + 1 == len(numbers)
    return f"{numbers[0]}-{numbers[-1]}" if whole else ",".join(map(str, numbers)) if len(numbers) < 5 else "*"


def _unnumbered(name: str) -> tuple[str, ...]:
    """A name with the numbers of repeats left out."""
    return tuple("" if word.isdigit() else word for word in name.split("."))


def _costliest(rows: list[DiffRow], most: int) -> list[DiffRow]:
    if len(rows) <= most:
        return rows
    ranked = sorted(rows, key=lambda row: [-abs(row.costs[figure]) for figure in ("macs", "params", "elements")])
    kept = {id(row) for row in ranked[: most - 1]}
    others = tuple(change for row in rows if id(row) not in kept for change in row.changes)
    return [*(row for row in rows if id(row) in kept), DiffRow(OTHERS, "", "", others)]
