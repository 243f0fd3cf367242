"""Branches written in place: what only a sum, a product or a stack reads becomes a path of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from convcost.ops import OPERATORS, operator
from convcost.writing.spec.items import Item, Path, Plan
from convcost.writing.spec.known import SYMMETRIC

_LONGEST_ASIDE = 6
"""How many entries a path may have that starts from another tensor than the others do."""


def nested(plan: Plan, items: Iterable[Item]) -> list[Item]:
    """Return the entries with those in paths that one entry alone reads; their layers keep their order."""
    done: list[Item] = []
    for item in items:
        if len(item.reads) > 1 and item.kind in OPERATORS and operator(item.kind).arity[1] != 1 and not item.share:
            item = _with_paths(plan, done, item)
        done.append(item)
    return done


def _with_paths(plan: Plan, done: list[Item], joint: Item) -> Item:
    """The joint with as many paths as can be; their entries are taken from the end of those before it."""
    if operator(joint.kind).arity[1] is not None or len(set(joint.reads)) < len(joint.reads):
        return joint
    chains = _chains(plan, done, joint)
    for n in range(len(chains), 0, -1):
        item = _joined(done, joint, chains[:n])
        if item is not None:
            del done[len(done) - sum(map(len, chains[:n])) :]
            return item
    return joint


def _chains(plan: Plan, done: Sequence[Item], joint: Item) -> list[list[Item]]:
    """The runs of entries just before a joint that end in an input of it and have no other readers, the last first."""
    chains: list[list[Item]] = []
    left, end = [*joint.reads], len(done)
    while end and len(done[end - 1].makes) == 1 and done[end - 1].makes[0] in left:
        if not plan.stays_in(done[end - 1].makes[0], joint.first, joint.end) or _is_bound(plan, done[end - 1]):
            break
        start = end - 1
        while start and _is_followed(plan, done[start - 1], done[start]):
            start -= 1
        if start == end - 1 and done[start].paths and done[start].kind == joint.kind:
            break  # a sum of a sum goes on from there
        left.remove(done[end - 1].makes[0])
        chains.append([*done[start:end]])
        end = start
    return chains


def _is_followed(plan: Plan, item: Item, after: Item) -> bool:
    """Whether an entry's output is what the next one is given, and is read by nothing else."""
    return (
        item.makes == after.reads
        and len(item.makes) == 1
        and plan.stays_in(item.makes[0], after.first, after.end)
        and not _is_bound(plan, item)
    )


def _is_bound(plan: Plan, item: Item) -> bool:
    return any(plan.bound[item.first : item.end])


def _joined(done: Sequence[Item], joint: Item, chains: list[list[Item]]) -> Item | None:
    """The joint over these paths and the one tensor that it reads besides; None where there are several."""
    taken = {chain[-1].makes[0]: chain for chain in chains}
    others = [name for name in joint.reads if name not in taken]
    if len(others) > 1 or len(joint.reads) > 1 + len(chains):
        return None
    starts = [chain[0].reads for chain in chains]
    if any(len(start) != 1 for start in starts):
        return None
    above = done[len(done) - sum(map(len, chains)) - 1].makes if len(done) > sum(map(len, chains)) else ()
    given = others[0] if others else above[0] if above in starts else starts[-1][0]
    if any(len(chain) > _LONGEST_ASIDE for chain, start in zip(chains, starts, strict=True) if start != (given,)):
        return None
    order = [name for name in joint.reads if name in taken]
    in_order = [chain[-1].makes[0] for chain in reversed(chains)]
    reads = joint.reads
    if order != in_order:
        if joint.kind not in SYMMETRIC:
            return None
        reads = (*in_order, *others)
    paths = (Path(tuple(taken.get(name, ()))) for name in reads)
    return replace(joint, first=chains[-1][0].first, reads=(given,), paths=tuple(paths))
