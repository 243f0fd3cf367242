"""The figures of a description at settings, and what it states of them."""

from __future__ import annotations

from collections.abc import Iterator

from convcost.analysis.costs import Analysis, analyze
from convcost.analysis.whole import Group, NoFigure, SeesAll, measure
from convcost.expectation import Expectations, Expected
from convcost.figures import Setting
from convcost.reading.description import Description, Settings
from convcost.reading.load import open_description


def analyze_spec(spec: str, settings: Settings = None, variant: str | None = None, dtype: str = "float32") -> Analysis:
    """Return the figures of what `spec` names: a path, a bundled network, or `-` for standard input.

    `settings` may set the input's plain sizes (`H`, `W`) and the batch (`N`) beside symbols. Raises UsageError if there
    is nothing by that name or it has no such setting, SpecError with all that is wrong with it.
    """
    return analyze_description(open_description(spec), settings, variant, dtype)


def analyze_description(
    description: Description,
    settings: Settings = None,
    variant: str | None = None,
    dtype: str = "float32",
    expecting: bool = True,
) -> Analysis:
    """Return the figures of a description, as `analyze_spec` does; without `expecting`, `expect` is not read."""
    own, at = description.at(settings, dtype)
    return analyze(description.network(own, variant, expecting=expecting), at)


def stated_here(analysis: Analysis) -> Iterator[tuple[Expectations, Expected]]:
    """Yield everything that the spec states of the network at this setting, as we count it."""
    for stated in analysis.network.expect:
        if not stated.is_elsewhere:
            for expected in stated.figures:
                if not (stated.convention and expected.figure == "macs"):
                    yield stated, expected


def broken(analysis: Analysis) -> list[tuple[Expectations, Expected]]:
    """Return everything that the spec states of the network at this setting, as we count it, and that is not so.

    It is the short answer, for those who did not ask: `convcost.checks.expectations` has the long one.
    """
    return [line for line in stated_here(analysis) if not _holds(analysis, *line)]


def group_of(stated: Expectations) -> Group | None:
    """Return the layers that something is stated of; None for the whole network."""
    return Group((range(*stated.layers),), stated.outputs) if stated.layers is not None else None


def _holds(analysis: Analysis, stated: Expectations, expected: Expected) -> bool:
    try:
        found = measure(analysis.walks, expected.figure, Setting(stated.dtype), group_of(stated))
    except SeesAll:
        return expected.admits_whole_input
    except NoFigure:
        return False
    return expected.admits(found)
