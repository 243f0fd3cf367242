"""The figures of a description at settings, and what it states of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from convcost.analysis.costs import Analysis, analyze
from convcost.analysis.whole import Group, Measure, NoFigure, SeesAll, Walks, measure
from convcost.errors import SpecError, UsageError
from convcost.expectation import Expectations, Expected
from convcost.figures import Setting
from convcost.ops.numbers import Number
from convcost.reading.description import Description, Settings
from convcost.reading.load import open_description


def analyze_spec(
    spec: str, settings: Settings = None, variant: str | None = None, dtype: str | None = None
) -> Analysis:
    """Return the figures of what `spec` names: a path, a bundled network, or `-` for standard input.

    `settings` may set the input's plain sizes (`H`, `W`) and the batch (`N`) beside symbols. Raises UsageError if there
    is nothing by that name or it has no such setting, SpecError with all that is wrong with it.

    Without `dtype`, bytes are those of a model's own data type, and of float32 for a spec.
    """
    return analyze_description(open_description(spec), settings, variant, dtype)


def analyze_description(
    description: Description,
    settings: Settings = None,
    variant: str | None = None,
    dtype: str | None = None,
    expecting: bool = True,
) -> Analysis:
    """Return the figures of a description, as `analyze_spec` does; without `expecting`, `expect` is not read."""
    own, at = description.at(settings, dtype)
    return analyze(description.network(own, variant, expecting=expecting), at)


class Verdict(NamedTuple):
    """Whether a figure is as it is stated, and what it is."""

    met: bool
    found: Measure | None
    """None: there is none."""
    reason: NoFigure | SpecError | None = None
    """Why there is none: no such figure, or no such network."""


Line: TypeAlias = tuple[Expectations, Expected, Verdict]
"""What is stated of one figure, where it is stated, and whether it is so."""

At: TypeAlias = tuple[Mapping[str, Number | str], str | None]
"""Settings and a variant."""

DEFAULTS: At = ({}, None)


def lines_stated(analysis: Analysis, description: Description | None = None, at: At = DEFAULTS) -> Iterator[Line]:
    """Yield everything that a spec states of its network, which is there `at` these settings.

    With its description, also of the network at other settings; one that can't be had has one line.
    """
    for stated in analysis.network.expect:
        walks = analysis.walks
        if stated.is_elsewhere and at == DEFAULTS:
            if description is None:
                continue
            try:
                walks = Walks(description.network(stated.settings, stated.variant, expecting=False))
            except SpecError as error:
                yield stated, stated.figures[0], Verdict(False, None, error)
                continue
        for expected in stated.figures:
            yield stated, expected, _verdict(walks, stated, expected)


def _verdict(walks: Walks, stated: Expectations, expected: Expected) -> Verdict:
    """Return whether what is stated of a figure is so, of the network that was walked, counted as it says."""
    try:
        found = _measured(walks, stated, expected.figure)
    except SeesAll as reason:
        return Verdict(expected.admits_whole_input, None, reason)
    except NoFigure as reason:
        return Verdict(False, None, reason)
    return Verdict(expected.admits(found), found)


def setting_of(stated: Expectations) -> Setting:
    """Return what figures are stated at."""
    how: Any = stated.how
    return Setting(**how)


def _measured(walks: Walks, stated: Expectations, figure: str) -> Measure:
    """The figure of what an expectation is about, counted as it says; NoFigure if there is none."""
    if stated.counts_otherwise(figure):
        from convcost.analysis.conventions import counted

        try:
            return counted(Analysis(walks.network), str(stated.convention))
        except UsageError as error:
            problem = error.problems[0]
            raise NoFigure(f"{problem.message}; {problem.help}" if problem.help else problem.message) from None
    group = Group((range(*stated.layers),), stated.outputs) if stated.layers is not None else None
    return measure(walks, figure, setting_of(stated), group)
