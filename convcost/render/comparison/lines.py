"""The lines of the table of two networks' layers: as flat rows, and as a tree of blocks."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, groupby
from math import inf

from convcost.analysis.tree import Branch, branches, tree_of
from convcost.comparison.networks import CHANGED, ONLY_LEFT, ONLY_RIGHT, SAME, Pair


@dataclass(frozen=True)
class Line:
    """One row of the layer table: a pair, or pairs together."""

    pairs: tuple[Pair, ...]
    name: str
    folded: bool
    """Whether it is no layer of its own: a block, or a stretch of pairs that are all the same or in one network."""
    level: int = 0
    """How many blocks it is drawn in."""
    copies: int = 1
    """How many equal neighbours it stands for."""

    @cached_property
    def state(self) -> str:
        """The state that all its pairs have; changed if they differ in it."""
        states = {pair.state for pair in self.pairs}
        return states.pop() if len(states) == 1 else CHANGED

    @cached_property
    def params(self) -> tuple[int, int]:
        """The parameters of both sides."""
        return sum(pair.params[0] for pair in self.pairs), sum(pair.params[1] for pair in self.pairs)

    @cached_property
    def macs(self) -> tuple[int, int]:
        """The multiply-accumulates of both sides."""
        return sum(pair.macs[0] for pair in self.pairs), sum(pair.macs[1] for pair in self.pairs)


def lines_of(pairs: Sequence[Pair], every: bool) -> list[Line]:
    """Return the rows; stretches are folded unless every layer is wanted."""
    if every:
        return list(map(_single, pairs))
    result: list[Line] = []
    for is_same, lines in groupby((line for _, line in _stretches(pairs)), key=lambda line: line.state == SAME):
        if is_same:
            together = [pair for line in lines for pair in line.pairs]
            result.append(_together(together, f"({len(together)} layers the same)"))
        else:
            result += lines
    return result


def _single(pair: Pair) -> Line:
    return Line((pair,), pair.name, False)


def _together(pairs: Sequence[Pair], name: str) -> Line:
    return Line(tuple(pairs), name, True) if len(pairs) > 1 else _single(pairs[0])


def tree_lines(pairs: Sequence[Pair], every: bool, most: float = inf) -> list[Line]:
    """Return the lines of blocks, each above what is inside, no more than `most`; all unless `every` is false.

    Blocks in which all is the same, or all is in one network only, stay closed. The others are opened as
    `tree.branches` does, those first whose multiply-accumulates differ most.
    """
    stretches = [(pair.path, _single(pair)) for pair in pairs] if every else list(_stretches(pairs))
    nodes = tree_of(((path, _what(line)) for path, line in stretches), folded=not every)
    differences = [after - before for before, after in (line.macs for _, line in stretches)]
    sums = list(accumulate(differences, initial=0))

    def difference(branch: Branch) -> int:
        return abs(sum(sums[run.stop] - sums[run.start] for run in branch.runs))

    def line(branch: Branch) -> Line:
        within = [stretches[place][1] for run in branch.runs for place in run]
        folded = bool(branch.node.inside) or within[0].folded
        members = tuple(pair for one in within for pair in one.pairs)
        return Line(members, branch.node.name, folded, branch.level, branch.node.copies)

    return list(map(line, branches(nodes, difference, inf if every else most)))


def _stretches(pairs: Sequence[Pair]) -> Iterator[tuple[Sequence[str], Line]]:
    """Layers that changed, and the largest blocks of which all is in one state: where each is drawn, and its line."""
    mixed = {
        state: {pair.path[:n] for pair in pairs if pair.state != state for n in range(1, len(pair.path))}
        for state in (SAME, ONLY_LEFT, ONLY_RIGHT)
    }

    def block(pair: Pair) -> tuple[str, ...]:
        if pair.state == CHANGED:
            return pair.path
        starts = (pair.path[:n] for n in range(1, len(pair.path)))
        return next((start for start in starts if start not in mixed[pair.state]), pair.path)

    def stretch_of(pair: Pair) -> tuple[str, tuple[str, ...]]:
        """Neighbours that are the same are together where they are in one block."""
        return pair.state, block(pair)[:-1] if pair.state == SAME else block(pair)

    for (state, path), stretch in groupby(pairs, key=stretch_of):
        together = list(stretch)
        first = together[0]
        if len(together) == 1:
            yield first.path, _single(first)
        elif state == SAME:
            names = {block(pair)[-1] for pair in together}
            count = f"({len(together)} layers the same)"
            name = f"{names.pop()} {count}" if len(names) == 1 else count
            yield (*path, name), _together(together, name)
        else:
            count = f"({len(together)} layers)"
            whole = first.name.split(".")[: len(path) - len(first.path)]
            yield (*path[:-1], f"{path[-1]} {count}"), _together(together, f"{'.'.join(whole)} {count}")


def _what(line: Line) -> Hashable:
    return tuple(part and part.everything for pair in line.pairs for part in (pair.left, pair.right))
