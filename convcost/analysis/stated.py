"""What a spec states of its own figures, held against them: the short answer, for those who did not ask.

`convcost.checks.expectations` has the long one, for rows at other settings and other ways of counting, too.
"""

from __future__ import annotations

from convcost.analysis.costs import Analysis
from convcost.analysis.whole import Group, NoFigure, SeesAll, measure
from convcost.expectation import Expectations, Expected
from convcost.figures import Setting


def broken(analysis: Analysis) -> list[tuple[Expectations, Expected]]:
    """Return everything that the spec states of the network at this setting, as we count it, and that is not so."""
    return [
        (stated, expected)
        for stated in analysis.network.expect
        if not stated.is_elsewhere
        for expected in stated.figures
        if not (stated.convention and expected.figure == "macs") and not _holds(analysis, stated, expected)
    ]


def group_of(stated: Expectations) -> Group | None:
    """Return the layers that something is stated of; None for the whole network."""
    return Group((range(*stated.layers),), stated.outputs) if stated.layers is not None else None


def _holds(analysis: Analysis, stated: Expectations, expected: Expected) -> bool:
    try:
        found = measure(analysis.walks, expected.figure, Setting(stated.dtype), group_of(stated))
    except SeesAll:
        return expected.form[0] == ">"  # there is no more to see
    except NoFigure:
        return False
    return expected.admits(found)
