"""Two versions of a network side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from convcost.analysis.costs import Analysis
from convcost.analysis.whole import Measure
from convcost.diff.changes import RENAMED, SAME, Change, changes, places_of
from convcost.diff.figures import totals_of


@dataclass(frozen=True, slots=True, repr=False)
class Diff:
    """The changes from one version to the next."""

    old: Analysis
    new: Analysis
    changes: tuple[Change, ...]
    """Every layer of both, in the order of the new version."""
    totals: Mapping[str, tuple[Measure, Measure]]
    """Every figure that is one number, before and after."""

    def __hash__(self) -> int:
        return hash((self.old, self.new))

    def __repr__(self) -> str:
        changed = sum(change.state != "same" for change in self.changes)
        return f"<Diff of {self.old.network.name} and {self.new.network.name}: {changed} layers differ>"

    @property
    def symbols(self) -> dict[str, tuple[object, object]]:
        """The symbols whose values differ, with both; None where a version hasn't the symbol."""
        before, after = self.old.network.symbols, self.new.network.symbols
        names = dict.fromkeys([*before, *after])
        return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}

    @property
    def outputs(self) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """What either version hands on, where that is something that both have and not the same."""
        places = places_of((change.pair for change in self.changes), self.old.network, self.new.network)
        before = [places.get(name) for name in self.old.network.outputs]
        after = self.new.network.outputs
        moved = before != list(after) and None not in before and set(after) <= set(places.values())
        return (self.old.network.outputs, after) if moved else None

    @property
    def is_empty(self) -> bool:
        """Whether both compute the same at the same cost; names apart."""
        same_inputs = list(self.old.network.inputs.values()) == list(self.new.network.inputs.values())
        same_totals = all(before == after for before, after in self.totals.values())
        return (
            same_inputs
            and same_totals
            and not self.outputs
            and all(change.state in (SAME, RENAMED) for change in self.changes)
        )


def diff(old: Analysis, new: Analysis) -> Diff:
    """Return the difference of two versions, at the setting that both were analysed at."""
    before, after = totals_of(old), totals_of(new)
    totals = {figure: (before[figure], after[figure]) for figure in before}
    return Diff(old, new, tuple(changes(old, new)), totals)
