"""A verification as a table of figures, a table of layers, and a verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from convcost.errors import printable
from convcost.figures import FIGURES
from convcost.ops.base import Shape
from convcost.render import numerals
from convcost.render.columns import Column, as_csv
from convcost.render.formats import Blocks, Grid, tabular
from convcost.render.objects import as_json
from convcost.render.summary import per_batch
from convcost.verification import Compared, Verification


@dataclass(frozen=True, slots=True)
class Group:
    """What was compared under one heading: all of one figure, or all of one layer."""

    name: str
    compared: tuple[Compared, ...]

    @property
    def differing(self) -> int:
        return sum(not one.agrees for one in self.compared)

    def total(self, counted: bool) -> str:
        """Return the sum of a figure that adds up; nothing for one that doesn't."""
        values = [one.counted if counted else one.formula for one in self.compared]
        if all(isinstance(value, int) for value in values):
            return numerals.exact(sum(values))
        return ""

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
    return _groups(verification.compared, lambda one: one.figure)


def by_layer(verification: Verification) -> list[Group]:
    """Return one group per layer."""
    return _groups([one for one in verification.compared if one.figure != "peak_memory"], lambda one: one.layer)


def _groups(compared: Sequence[Compared], key: Any) -> list[Group]:
    groups: dict[str, list[Compared]] = {}
    for one in compared:
        groups.setdefault(key(one), []).append(one)
    return [Group(name, tuple(members)) for name, members in groups.items()]


def figure_columns(verification: Verification) -> list[Column[Group]]:
    """Return the columns of a table with a row per figure."""
    heading = f"figure, {per_batch(verification.analysis.at)}"
    return [Column(heading, lambda group: _label(group.name), right=False), *_COUNTS]


_COUNTS: list[Column[Group]] = [
    Column("by formula", lambda group: group.total(counted=False), rank=1),
    Column("counted", lambda group: group.total(counted=True)),
    Column("compared", lambda group: numerals.exact(len(group.compared)), rank=2),
    Column("differing", lambda group: numerals.exact(group.differing)),
]


def _label(figure: str) -> str:
    return FIGURES[figure].heading if figure in FIGURES else figure.replace("_", " ")


LAYER_COLUMNS: list[Column[Group]] = [
    Column("layer", lambda group: group.name, right=False),
    Column("output\nCxHxW", lambda group: group.cell("output_shape"), rank=2),
    Column("weights", lambda group: group.cell("weights"), rank=3),
    Column("MACs\ncounted", lambda group: group.cell("macs")),
    Column("useful MACs\ncounted", lambda group: group.cell("useful_macs"), rank=1),
    Column("receptive field\nsize, stride, start", lambda group: group.cell("receptive_field"), rank=4, right=False),
    Column("compared", lambda group: numerals.exact(len(group.compared)), rank=5),
    Column("differing", lambda group: numerals.exact(group.differing)),
]


def verdict(verification: Verification) -> str:
    """Return one line: whether all agrees, or the first layer that does not."""
    name = printable(verification.analysis.network.name)
    count = numerals.exact(len(verification.compared))
    if verification.agrees:
        unseen = verification.unseen
        beside = f"; the receptive field of {', '.join(unseen[:3])} can't be made visible" if unseen else ""
        return f"{name}: all {count} figures agree with what was counted{beside}"
    differing = verification.differences
    first = differing[0]
    return (
        f"{name}: {len(differing)} of {count} figures differ; the first in `{printable(first.layer)}`: "
        f"{_label(first.figure)} is {value_text(first.formula)} by formula and {value_text(first.counted)} counted"
    )


def verification_object(verification: Verification) -> dict[str, Any]:
    """Return a verification as plain data."""
    return {
        "name": verification.analysis.network.name,
        "agrees": verification.agrees,
        "compared": len(verification.compared),
        "figures": {
            group.name: {"compared": len(group.compared), "differing": group.differing}
            for group in by_figure(verification)
        },
        "differences": [
            {
                "layer": one.layer,
                "figure": one.figure,
                "formula": value_text(one.formula),
                "counted": value_text(one.counted),
            }
            for one in verification.differences
        ],
        "unseen_receptive_fields": list(verification.unseen),
    }


def verifications_as_json(verifications: Sequence[Verification]) -> str:
    """Return one object for one network, else a list of them."""
    return as_json([verification_object(verification) for verification in verifications])


Verifications = Sequence[Verification]


def _figures(verifications: Verifications) -> Blocks:
    return [block for one in verifications for block in (Grid(figure_columns(one), by_figure(one)), verdict(one))]


def _layers(verifications: Verifications) -> Blocks:
    return [block for one in verifications for block in (Grid(LAYER_COLUMNS, by_layer(one)), verdict(one))]


def _as_csv(what: str, groups: Callable[[Verification], list[Group]], verifications: Verifications) -> str:
    """One line per figure or layer of every network: how much was compared, and how much of it differs."""
    lines = [
        [one.analysis.network.name, group.name, len(group.compared), group.differing]
        for one in verifications
        for group in groups(one)
    ]
    return as_csv(["network", what, "compared", "differing"], lines)


FORMATS = tabular(_figures, verifications_as_json, partial(_as_csv, "figure", by_figure))
LAYER_FORMATS = tabular(_layers, verifications_as_json, partial(_as_csv, "layer", by_layer))


def value_text(value: Any) -> str:
    """Return a figure of any kind."""
    if isinstance(value, int):
        return numerals.exact(value)
    if isinstance(value, Shape | Fraction):
        return str(value)
    if isinstance(value, tuple):
        return ", ".join(map(value_text, value))
    return str(value)
