"""What a spec expects of itself, held against the network, and brought up to date.

E101: a figure is not the number that is stated, exactly or rounded as printed. E102: it is beyond a bound or outside a
range. E103: an output has another shape. E104: a receptive field or an effective stride is another one. E105: a row's
settings are refused, so that there is no network. E106: there is no such figure, for a layer has several outputs, or
branches of different stride meet, or nobody counts that way.

An update touches only figures whose finding would be reported: their code is looked for, and no comment suppresses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from convcost.analysis.costs import Analysis
from convcost.analysis.described import DEFAULTS, At, Verdict, lines_stated
from convcost.analysis.whole import Measure, SeesAll
from convcost.checks.base import Finding, named
from convcost.checks.phrases import beyond, reason, settings_of
from convcost.checks.rules import RULES
from convcost.checks.suppressions import suppress
from convcost.editing.edits import applied, exchange
from convcost.editing.renewal import Change, renewed
from convcost.errors import ConvcostError, Source, Span, SpecError
from convcost.expectation import Expectations, Expected
from convcost.figures import FIGURES
from convcost.language.scope import setting
from convcost.language.tree import MAX_BYTES, decode
from convcost.reading.description import Description
from convcost.reading.load import open_description
from convcost.reading.sources import MODEL_SUFFIX, stated_beside


class Judged(NamedTuple):
    """One figure as stated and as it is."""

    network: str
    stated: Expectations
    expected: Expected
    found: Measure | None
    """None: there is none, which the finding explains."""
    finding: Finding | None
    """None: it is as stated."""


def unmet(analysis: Analysis, description: Description | None = None, at: At = DEFAULTS) -> list[Finding]:
    """Return what the network's description states and is not so, in the order of the text.

    Rows of other settings than `at` are read from `description`; without it, their text is parsed again. A line inside
    a block that is not met by several uses of the block is one finding, about the first of them.
    """
    if not analysis.network.expect:
        return []
    description = description or Description(analysis.network.expect[0].span.source, analysis.network.name)
    found = [finding for uses in judged_lines(analysis, description, at) if (finding := _together(uses))]
    return sorted(found, key=lambda finding: _place(finding.span))


def rows_at(description: Description, at: At) -> tuple[Expectations, ...]:
    """Return what a description states of its network at these very settings, in rows of `at`; nothing at others."""
    try:
        stated = description.reading(*at).stated
    except ConvcostError:
        return ()
    settings = {name: setting(name, value) for name, value in at[0].items()}
    return tuple(row for row in stated if row.is_elsewhere and (dict(row.settings), row.variant) == (settings, at[1]))


def judged_lines(analysis: Analysis, description: Description, at: At = DEFAULTS) -> list[list[Judged]]:
    """Return every figure that the spec states, those of one line for all uses of its block together."""
    lines: dict[tuple[int, int], list[Judged]] = {}
    for one in judge(analysis, description, at):
        lines.setdefault(_place(one.expected.span), []).append(one)
    return list(lines.values())


def judge(analysis: Analysis, description: Description | None = None, at: At = DEFAULTS) -> Iterator[Judged]:
    """Yield every figure that the spec states: those of the network, of its layers, and of its rows of settings.

    `at` is where the network is: without anything, at the defaults. Rows of other settings need the description.
    """
    for line in lines_stated(analysis, description, at):
        yield judged(analysis.network.name, *line)


def judged(name: str, stated: Expectations, expected: Expected, verdict: Verdict) -> Judged:
    """Return what is stated of a figure of the network of that name, with a finding if it is not so."""
    met, found, why = verdict
    if met:
        return Judged(name, stated, expected, found, None)
    span, trail, help = expected.span, stated.trail, None
    subject, figure = f"`{stated.subject or name}`{settings_of(stated)}", expected.figure.replace("_", " ")
    if why is None:
        code, message = _code(expected), f"{subject} {beyond(stated, expected, found)}"
    elif isinstance(why, SeesAll):
        code, message = "E104", f"{subject} reads the whole input; it has no {figure} of {expected.written}"
    elif isinstance(why, SpecError):
        code, message = "E105", f"{subject} can't be had: {reason(why)}"
        span, trail, help = stated.span, why.problems[0].trail, why.problems[0].help
    else:
        code, message = "E106", f"{subject} has no {figure}: {why}"
    finding = Finding(code, message, span, help, trail, stated.subject)
    return Judged(name, stated, expected, found, finding)


def _code(expected: Expected) -> str:
    figure = FIGURES[expected.figure]
    if not figure.is_number:
        return "E103" if figure.is_shape else "E104"
    return "E101" if expected.form in ("=", "~") else "E102"


def _together(uses: list[Judged]) -> Finding | None:
    """One finding for all uses of a block; what would be rewritten is said to be."""
    broken = [judged.finding for judged in uses if judged.finding]
    if not broken:
        return None
    first, *others = broken
    if others:
        return replace(first, help=f"nor is it met by {named(others)}")
    meant = renewed((judged.expected, judged.found) for judged in uses)
    return replace(first, help=_UPDATE) if meant else first


_UPDATE = "if the change is meant, `convcost check --update` writes the new figure"


def _place(span: Span | None) -> tuple[int, int]:
    return (span.line, span.column) if span else (0, 0)


class Updated(NamedTuple):
    """A spec's text with its figures brought up to date."""

    text: str
    changes: tuple[Change, ...]
    left: tuple[Finding, ...]
    """What is still not as stated, and was left alone."""


ALL = frozenset(RULES)


def update(path: Path, codes: frozenset[str] = ALL) -> Updated:
    """Return a spec's text, or that beside a model, with its figures brought up to date.

    Its line ends and byte order mark are kept. Nothing is written. Raises SpecError if it can't be parsed, OSError if
    it can't be read.
    """
    with (stated_beside(str(path)) or path).open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    source = decode(file.name, data)
    description = open_description(str(path)) if path.suffix == MODEL_SUFFIX else Description(source, path.stem)
    updated = _updated(description, source, codes)
    # Figures stand on one line each, so that the lines are as many as they were.
    text = data.decode("utf-8")
    ends = [*re.findall(r"\r\n|\r|\n", text), ""]
    lines = updated.text.split("\n")
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    return updated._replace(text=mark + "".join(map("".join, zip(lines, ends, strict=True))))


def updated_source(source: Source, name: str, codes: frozenset[str] = ALL) -> Updated:
    """Return a text with its figures brought up to date. SpecError if it is not a spec."""
    return _updated(Description(source, name), source, codes)


def _updated(description: Description, source: Source, codes: frozenset[str]) -> Updated:
    """The text in which a description states its figures, brought up to date."""
    lines = judged_lines(Analysis(description.network()), description)
    found = [judged.finding for uses in lines for judged in uses if judged.finding and judged.finding.code in codes]
    reported = set(suppress(source, found, codes)[0])
    changes: list[Change] = []
    left: list[Finding] = []
    for uses in lines:
        if broken := [judged.finding for judged in uses if judged.finding in reported]:
            new = renewed((judged.expected, judged.found) for judged in uses)
            changes += new
            left += [] if new else broken
    text = applied(source.text, (exchange(change.span, change.new) for change in changes))
    return Updated(text, tuple(changes), tuple(left))
