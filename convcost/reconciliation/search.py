"""The forms of a network and the ways of counting that give a printed number, those with the fewest changes first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import combinations
from typing import NamedTuple

from convcost.analysis.convention_table import CONVENTIONS
from convcost.analysis.conventions import Count, count_by
from convcost.analysis.costs import Analysis, analyze
from convcost.errors import ConvcostError
from convcost.network import Network
from convcost.reading.description import Description
from convcost.reconciliation.forms import Change, changes_of
from convcost.reconciliation.printed import CUT_OFF, ROUNDED, Printed

MOST_CHANGES = 2


class Counting(NamedTuple):
    """A way to come to a total."""

    by: Count
    times: int
    """2 where a tool's multiply-adds are printed as two operations each."""

    @property
    def total(self) -> int:
        """What would be printed, all digits."""
        return self.times * self.by.total

    @property
    def steps(self) -> int:
        """How far it is from plain multiply-adds: a tool's own rules are a step, two for each is another."""
        return self.is_tools + (self.times - 1)

    @property
    def is_tools(self) -> bool:
        """Whether a tool's own rules are needed for it."""
        return self.by.convention.name != "paper"


def _named(way: Counting) -> tuple[str, int]:
    return way.by.convention.name, way.times


class Explanation(NamedTuple):
    """A form of the network with its total and its parameters, as far as they are asked for."""

    changes: tuple[Change, ...]
    countings: tuple[Counting, ...] = ()
    """The ways of counting that have one and the same total, the simplest first."""
    total: int | None = None
    params: int | None = None
    params_are: str = ""
    """What is counted as a parameter, where it is not what is trained."""
    forms: tuple[str | None, ...] = ()
    """How each of the numbers comes to be printed: rounded, cut off; None if it does not."""
    off: Fraction = Fraction(0)
    """How far the numbers are from those printed, relative to them."""

    @property
    def steps(self) -> int:
        """How many things have to be assumed."""
        counting = self.countings[0].steps if self.countings else 0
        return len(self.changes) + counting + bool(self.params_are) + self.forms.count(CUT_OFF)

    @property
    def is_plain(self) -> bool:
        """Whether it counts multiply-adds alone, once or twice."""
        return all(not way.is_tools for way in self.countings[:1])

    def assumes_more_than(self, other: Explanation) -> bool:
        """Whether another does with some of its changes, counted as here."""
        ways = set(map(_named, self.countings))
        return bool(
            self.steps > other.steps
            and {one.says for one in self.changes} >= {one.says for one in other.changes}
            and other.params_are in ("", self.params_are)
            and (not ways or ways & set(map(_named, other.countings)))
        )

    @property
    def form(self) -> str:
        """How the numbers come to be printed, in words."""
        return CUT_OFF if CUT_OFF in self.forms else ROUNDED


class Reconciliation(NamedTuple):
    """What gives the numbers that are printed for a network."""

    network: Network
    total: Printed | None
    params: Printed | None
    explanations: tuple[Explanation, ...]
    """Those with the fewest assumptions first, and of these the nearest."""
    nearest: Explanation | None
    """Where there is none, the nearest with one change at most."""
    tried: int
    """How many forms of the network were counted."""


def reconcile(
    description: Description,
    settings: Mapping[str, str],
    variant: str | None,
    total: Printed | None,
    params: Printed | None,
    progress: Callable[[int, int], None] | None = None,
) -> Reconciliation:
    """Return what gives the numbers that are printed; one form has to give both.

    One change is tried unless plain multiply-adds give them without, and two where nothing gives them with one.
    `progress` is told how many forms of how many are done.
    """

    @cache
    def network_of(chosen: str | None, own: tuple[tuple[str, str], ...]) -> Network | None:
        try:
            return description.network({**settings, **dict(own)}, chosen, expecting=False)
        except ConvcostError:
            return None

    def form(changes: tuple[Change, ...]) -> Network | None:
        chosen = next((one.variant for one in changes if one.variant), variant)
        network = network_of(chosen, tuple(pair for one in changes for pair in one.settings.items()))
        for edit in (one.edit for one in changes if one.edit):
            edited = edit(network) if network else None
            network = None if edited is network else edited
        return network

    described = description.network(settings, variant, expecting=False)
    possible = tuple(changes_of(description, settings, variant))
    found: dict[tuple[int | None, int | None], Explanation] = {}
    nearest: Explanation | None = None
    tried = 0
    for number in range(MOST_CHANGES + 1):
        if found and (number > 1 or min(one.steps for one in found.values()) == 0):
            break
        forms = [*combinations(possible, number)]
        for done, changes in enumerate(forms, 1):
            several = len({one.kind for one in changes}) < number
            network = None if several else form(changes) if changes else described
            tried += network is not None
            for one in _explained(changes, analyze(network), total, params) if network else ():
                key = one.total, one.params
                if None not in one.forms:
                    if key not in found or one.steps < found[key].steps:
                        found[key] = one
                elif number < 2 and (nearest is None or one.off < nearest.off):
                    nearest = one
            if progress:
                progress(done, len(forms))
    needed = [one for one in found.values() if not any(map(one.assumes_more_than, found.values()))]
    needed.sort(key=lambda one: (one.steps, len(one.changes), not one.is_plain, one.off))
    return Reconciliation(described, total, params, tuple(needed), None if needed else nearest, tried)


def _explained(
    changes: tuple[Change, ...], analysis: Analysis, total: Printed | None, params: Printed | None
) -> Iterator[Explanation]:
    """Yield what a form of the network comes to, counted in every way."""
    countings: dict[int | None, list[Counting]] = _countings(analysis) if total else {None: []}
    for found, ways in countings.items():
        for held, what in _params(analysis) if params else ((None, ""),):
            pairs = [(one, number) for one, number in ((total, found), (params, held)) if one and number is not None]
            off = sum((abs(number - one.value) / (one.value or 1) for one, number in pairs), Fraction(0))
            forms = tuple(one.form(number) for one, number in pairs)
            yield Explanation(changes, tuple(ways), found, held, what, forms, off)


def _countings(analysis: Analysis) -> dict[int | None, list[Counting]]:
    """The ways of counting by their totals; what a tool counts and can't be known is left out."""
    counts = [count_by(one, analysis) for one in CONVENTIONS.values()]
    known = [count for count in counts if not count.unknown]
    ways = [Counting(one, times) for one in known for times in ((1, 2) if one.convention.unit == "MAC" else (1,))]
    found: dict[int | None, list[Counting]] = {}
    for way in sorted(ways, key=lambda way: (way.steps, way.is_tools)):
        found.setdefault(way.total, []).append(way)
    return found


def _params(analysis: Analysis) -> Iterator[tuple[int, str]]:
    """Yield the numbers that are called parameters, each once."""
    trained, weights, statistics = (
        int(sum(getattr(one.layer.params, kind) for one in analysis.layers))
        for kind in ("total", "weights", "statistics")
    )
    yield trained, ""
    if statistics:
        yield trained + statistics, "with running statistics"
    if weights != trained:
        yield weights, "weights alone"
