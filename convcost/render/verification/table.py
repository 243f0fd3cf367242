"""A verification as a table of figures, a table of layers, and a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convcost import numerals
from convcost.errors import printable
from convcost.figures import FIGURES
from convcost.ops.base import Shape
from convcost.render.columns import Column
from convcost.render.formats import Blocks, Grid
from convcost.render.summary import listed, per_batch
from convcost.verification import Compared, Verification


@dataclass(frozen=True, slots=True)
class Group:
    """What was compared under one heading: all of one figure, or all of one layer."""

    name: str
    compared: tuple[Compared, ...]

    @property
    def differing(self) -> int:
        """How many of its figures differ."""
        return sum(not one.agrees for one in self.compared)

    def total(self, counted: bool) -> int | None:
        """Return the sum of a figure that adds up; None for one that doesn't."""
        values = [one.counted if counted else one.formula for one in self.compared]
        return sum(values) if all(isinstance(value, int) for value in values) else None

    def cell(self, figure: str) -> str:
        """Return a layer's figure as counted, and beside it the formula's where they differ."""
        found = [one for one in self.compared if one.figure == figure]
        texts = [
            value_text(one.counted) if one.agrees else f"{value_text(one.counted)} not {value_text(one.formula)}"
            for one in found
        ]
        return ", ".join(dict.fromkeys(texts))


def by_figure(verification: Verification) -> list[Group]:
    """Return one group per figure, in the order they were compared."""
    return _groups((one for one in verification.compared if not one.stated), lambda one: one.figure)


def by_layer(verification: Verification) -> list[Group]:
    """Return one group per layer."""
    layers = (one for one in verification.compared if one.figure != "peak_memory" and not one.stated)
    return _groups(layers, lambda one: one.layer)


def stated(verification: Verification) -> list[Compared]:
    """Return what the spec states of itself."""
    return [one for one in verification.compared if one.stated]


def _groups(compared: Iterable[Compared], key: Callable[[Compared], str]) -> list[Group]:
    groups: dict[str, list[Compared]] = {}
    for one in compared:
        groups.setdefault(key(one), []).append(one)
    return [Group(name, tuple(members)) for name, members in groups.items()]


def figure_columns(verification: Verification) -> list[Column[Group]]:
    """Return the columns of a table with a row per figure."""
    heading = f"figure, {per_batch(verification.analysis.at)}"
    return [Column(heading, lambda group: _label(group.name), right=False), *_COUNTS]


def _total(group: Group, counted: bool) -> str:
    total = group.total(counted)
    return "" if total is None or group.compared[0].stated else numerals.exact(total)


_COUNTS: list[Column[Group]] = [
    Column("by formula", lambda group: _total(group, counted=False)),
    Column("counted", lambda group: _total(group, counted=True), rank=-1),
    Column("compared", lambda group: numerals.exact(len(group.compared)), rank=2),
    Column("differing", lambda group: numerals.exact(group.differing), rank=-1),
]


def _label(figure: str) -> str:
    return FIGURES[figure].heading if figure in FIGURES else figure


_LAYER_COLUMNS: list[Column[Group]] = [
    Column("layer", lambda group: group.name, right=False),
    Column("output\nCxHxW", lambda group: group.cell("output_shape"), rank=2),
    Column("weights", lambda group: group.cell("weights"), rank=3),
    Column("MACs\ncounted", lambda group: group.cell("macs")),
    Column("useful MACs\ncounted", lambda group: group.cell("useful_macs"), rank=1),
    Column("receptive field\nsize, stride, start", lambda group: group.cell("receptive_field"), rank=4, right=False),
    Column("compared", lambda group: numerals.exact(len(group.compared)), rank=5),
    Column("differing", lambda group: numerals.exact(group.differing)),
]


def layer_columns(verification: Verification) -> list[Column[Group]]:
    """Return the columns of a table with a row per layer; the last says which were counted once for equal ones."""
    counted_as = verification.counted_as
    if not counted_as:
        return _LAYER_COLUMNS
    copies = Counter(counted_as.values())

    def how(group: Group) -> str:
        if group.name in counted_as:
            return f"as {counted_as[group.name]}"
        return f"counted once for x{copies[group.name] + 1}" if group.name in copies else ""

    return [*_LAYER_COLUMNS, Column("equal layers", how, right=False, rank=6)]


def verdict(verification: Verification) -> str:
    """Return one line: whether all agrees, or the first layer that does not; and what was not run or seen."""
    name = printable(verification.analysis.network.name)
    count = numerals.exact(len(verification.compared))
    if verification.agrees:
        return f"{name}: all {count} figures agree with what was counted{_beside(verification)}"
    differing = verification.differences
    first = differing[0]
    said = "as the spec states it" if first.stated else "by formula"
    return (
        f"{name}: {len(differing)} of {count} figures differ; the first in `{printable(first.layer)}`: "
        f"{_label(first.figure)} is {value_text(first.formula)} {said} and {value_text(first.counted)} counted"
    )


def _beside(verification: Verification) -> str:
    text = ""
    if verification.counted_as:
        layers = len(verification.analysis.network.layers)
        run = layers - len(verification.counted_as)
        text += f"; {run:,} of {layers:,} layers were run, each counted once for all equal ones (--every runs all)"
    if unseen := verification.unseen:
        text += f"; the receptive field of {listed(list(map(printable, unseen)), 3)} can't be made visible"
    return text


Verifications = Sequence[Verification]


def figures_shown(verifications: Verifications) -> Blocks:
    """Return a table with a row per figure and a verdict, for every network."""
    return [
        block
        for one in verifications
        for block in (
            Grid(figure_columns(one), by_figure(one) + _groups(stated(one), lambda _: "as the spec states")),
            verdict(one),
        )
    ]


def layers_shown(verifications: Verifications) -> Blocks:
    """Return a table with a row per layer and a verdict, for every network."""
    return [block for one in verifications for block in (Grid(layer_columns(one), by_layer(one)), verdict(one))]


def value_text(value: Any) -> str:
    """Return a figure of any kind as text."""
    if isinstance(value, int):
        return numerals.exact(value)
    if isinstance(value, Shape | Fraction):
        return str(value)
    if isinstance(value, tuple):
        return ", ".join(map(value_text, value))
    return "none" if value is None else str(value)
