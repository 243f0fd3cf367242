"""What stands several times is written once: equal neighbours are repeated, others that are alike become a block."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import NamedTuple, TypeAlias

from convcost.writing.spec.items import Block, Item, Plan
from convcost.writing.spec.naming import Modules, untaken
from convcost.writing.spec.outline import Outline, is_equal, slots
from convcost.writing.spec.parameters import block_of

_LONGEST = 40
"""How many entries of one list are tried as a block."""
_MOST_TENSORS = 4
"""How many tensors a block may be given, and hand on."""

Items: TypeAlias = tuple[Item, ...]
Run: TypeAlias = tuple[int, int, int]
"""Entries of a list: which list, the first of them and the one after the last."""


class NotTheSame(Exception):
    """A draft is not the network that it was made of."""


class Draft(NamedTuple):
    """A spec to be: its entries, and its own blocks by name."""

    items: Items
    blocks: Mapping[str, Block]


def repeated(plan: Plan, items: Sequence[Item]) -> Items:
    """Return entries with equal neighbours as one that is repeated, in their paths too."""
    done: list[Item] = []
    for item in items:
        item = item.with_lists([repeated(plan, path.items) for path in item.paths])
        before = done[-1] if done else None
        if before and before.makes == item.reads and _goes_on(plan, before, item) and is_equal(before, item):
            repeat = before.repeat + item.repeat
            done[-1] = replace(before, end=item.end, makes=item.makes, repeat=repeat)
        else:
            done.append(item)
    return tuple(done)


def _goes_on(plan: Plan, before: Item, item: Item) -> bool:
    """Whether nothing else reads what an entry hands on to the next one."""
    free = not any(plan.bound[before.first : item.end])
    alike = len(item.reads) == len(item.makes) == len(set(item.reads))
    closed = all(set(plan.given_to(one.first, one.end)) == set(one.reads) for one in (before, item))
    return free and alike and closed and all(plan.stays_in(name, item.first, item.end) for name in before.makes)


def folded(plan: Plan, items: Items, modules: Modules, lines: Callable[[Draft], int]) -> Iterator[Draft]:
    """Yield drafts of a spec, each with one more block than the one before, while that makes it shorter.

    `lines` tells how long a draft is; it raises NotTheSame for one that is not the network.
    """
    draft = Draft(repeated(plan, items), {})
    shortest: float = lines(draft)
    yield draft
    refused: set[Hashable] = set()
    while True:
        lists = [*_lists(draft.items)]
        for runs in _candidates(plan, lists, modules):
            key = _layers(lists, runs[0]), len(runs)
            if key in refused:
                continue
            refused.add(key)
            shorter = _with_block(plan, draft, runs, modules)
            length = _length(shorter, lines)
            if shorter and length < shortest:
                draft, shortest = shorter, length
                yield draft
                break
        else:
            return


def _length(draft: Draft | None, lines: Callable[[Draft], int]) -> float:
    try:
        return lines(draft) if draft else inf
    except NotTheSame:
        return inf


def _lists(items: Items) -> Iterator[Items]:
    yield items
    for item in items:
        for path in item.paths:
            yield from _lists(path.items)


def _candidates(plan: Plan, lists: Sequence[Items], modules: Modules) -> list[list[Run]]:
    """What could become a block, what promises most first: runs of entries that differ in values alone."""
    promising: list[tuple[float, list[Run]]] = []
    for runs in _alike(lists):
        runs = [run for run in _apart(runs) if _is_closed(plan, _items(lists, run), modules)]
        wholes = [run for run in runs if modules.is_whole(*_layers(lists, run))]
        if 2 * len(wholes) > len(runs):
            runs = wholes
        if len(runs) > 1:
            size = sum(map(_size, _items(lists, runs[0])))
            gain = (size - 1) * (len(runs) - 1) - _calls(lists, runs) + len(runs) - 4
            if size > 1 and gain > 0:
                promising.append((gain * (1 + len(wholes) / len(runs)), runs))
    return [runs for _, runs in sorted(promising, key=lambda one: -one[0])]


def _alike(lists: Sequence[Items]) -> Iterable[list[Run]]:
    """All runs of entries, those with one outline together."""
    found: dict[int, list[Run]] = {}
    known: dict[Hashable, int] = {}
    for n, items in enumerate(lists):
        for first in range(len(items)):
            outline, key = Outline(known), 0
            for end in range(first + 1, min(len(items), first + _LONGEST) + 1):
                key = known.setdefault((key, outline.add(items[end - 1])), len(known))
                found.setdefault(key, []).append((n, first, end))
    return (runs for runs in found.values() if len(runs) > 1)


def _items(lists: Sequence[Items], run: Run) -> Items:
    n, first, end = run
    return lists[n][first:end]


def _layers(lists: Sequence[Items], run: Run) -> tuple[int, int]:
    items = _items(lists, run)
    return items[0].first, items[-1].end


def _calls(lists: Sequence[Items], runs: Sequence[Run]) -> int:
    """How many lines call a block: neighbours with the same values are one."""
    count, before = 0, None
    for run in runs:
        n, first, end = run
        values = [slot.value for slot in slots(_items(lists, run))]
        here = (n, first, values)
        count += before != here
        before = (n, end, values)
    return count


def _size(item: Item) -> int:
    """About how many lines an entry takes."""
    return 1 + sum(1 + sum(map(_size, path.items)) if len(path.items) > 2 else 1 for path in item.paths)


def _apart(runs: Sequence[Run]) -> list[Run]:
    """The runs of which none overlaps another."""
    chosen: list[Run] = []
    for run in sorted(runs):
        if not chosen or chosen[-1][0] != run[0] or chosen[-1][2] <= run[1]:
            chosen.append(run)
    return chosen


def _is_closed(plan: Plan, items: Sequence[Item], modules: Modules) -> bool:
    """Whether entries can be a block: what they read and hand on are few tensors."""
    first, end = items[0].first, items[-1].end
    if any(plan.bound[first:end]):
        return False
    given, made = plan.given_to(first, end), plan.handed_on(first, end)
    if len(given) == 1 and made == items[-1].makes and len(made) == 1:
        return True
    return 0 < len(given) <= _MOST_TENSORS and 0 < len(made) <= _MOST_TENSORS and modules.is_whole(first, end)


def _with_block(plan: Plan, draft: Draft, runs: Sequence[Run], modules: Modules) -> Draft | None:
    """The draft with a further block, called where these entries stand."""
    lists = [*_lists(draft.items)]
    bodies = [_items(lists, run) for run in runs]
    name = untaken("unit", draft.blocks)
    made = block_of(plan, bodies, modules)
    if made is None:
        return None
    block, arguments = made
    usual = {key: default for key, default in block.args.items() if default is not None}
    calls = {}
    for (n, first, end), body, args in zip(runs, bodies, arguments, strict=True):
        low, high = body[0].first, body[-1].end
        given, out = plan.given_to(low, high), plan.handed_on(low, high)
        calls[n, first] = (end, Item(name, low, high, given, out, args, usual))
    numbers = iter(range(len(lists)))

    def replaced(items: Items) -> Items:
        n, place, done = next(numbers), 0, []
        inner = [[replaced(path.items) for path in item.paths] for item in items]
        while place < len(items):
            end, call = calls.get((n, place), (place + 1, None))
            done.append(call or items[place].with_lists(inner[place]))
            place = end
        return tuple(done)

    return Draft(repeated(plan, replaced(draft.items)), {**draft.blocks, name: block})
