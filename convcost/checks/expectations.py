"""What a spec expects of itself, held against the network, and brought up to date.

E101: a figure is not the number that is stated, exactly or rounded as printed. E102: it is beyond a bound or outside a
range. E103: an output has another shape. E104: a receptive field or an effective stride is another one. E105: a row's
settings are refused, so that there is no network. E106: there is no such figure, for a layer has several outputs, or
branches of different stride meet, or nobody counts that way.

An update touches only figures whose finding would be reported: their code is looked for, and no comment suppresses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypeAlias

from convcost.analysis.costs import Analysis
from convcost.analysis.described import Verdict, stated_here, verdict
from convcost.analysis.whole import Measure, SeesAll, Walks
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
from convcost.network import Network
from convcost.ops.numbers import Number
from convcost.reading.description import Description


class Judged(NamedTuple):
    """One figure as stated and as it is."""

    network: str
    stated: Expectations
    expected: Expected
    found: Measure | None
    """None: there is none, which the finding explains."""
    finding: Finding | None
    """None: it is as stated."""


At: TypeAlias = tuple[Mapping[str, Number | str], str | None]
"""Settings and a variant."""

DEFAULTS: At = ({}, None)


def unmet(analysis: Analysis, description: Description | None = None, at: At = DEFAULTS) -> list[Finding]:
    """Return what the network's description states and is not so, in the order of the text.

    Rows of other settings than `at` are read from `description`; without it, their text is parsed again. A line inside
    a block that is not met by several uses of the block is one finding, about the first of them.
    """
    found = [finding for uses in judged_lines(analysis, description, at) if (finding := _together(uses))]
    return sorted(found, key=lambda finding: _place(finding.span))


def rows_at(description: Description, at: At) -> tuple[Expectations, ...]:
    """Return what a description states of its network at these very settings, in rows of `at`; nothing at others."""
    try:
        stated = description.network().expect
    except ConvcostError:  # a symbol has no default
        return ()
    settings = {name: setting(name, value) for name, value in at[0].items()}
    return tuple(row for row in stated if row.is_elsewhere and (dict(row.settings), row.variant) == (settings, at[1]))


def judged_lines(analysis: Analysis, description: Description | None = None, at: At = DEFAULTS) -> list[list[Judged]]:
    """Return every figure that the spec states, those of one line for all uses of its block together."""
    lines: dict[tuple[int, int], list[Judged]] = {}
    for judged in judge(analysis, description, at):
        lines.setdefault(_place(judged.expected.span), []).append(judged)
    return list(lines.values())


def judged_here(analysis: Analysis) -> list[Judged]:
    """Return everything that the spec states of the network at this setting."""
    return [_judged(analysis.network.name, *line) for line in stated_here(analysis)]


def judge(analysis: Analysis, description: Description | None = None, at: At = DEFAULTS) -> Iterator[Judged]:
    """Yield every figure that the spec states: those of the network, of its rows of settings, and of its layers.

    `at` is where the network is: without anything, at the defaults.
    """
    network, here = analysis.network, analysis.walks
    for stated in network.expect:
        walks = here
        if stated.is_elsewhere and at == DEFAULTS:
            description = description or Description(stated.span.source, network.name)
            try:
                walks = Walks(description.network(stated.settings, stated.variant, expecting=False))
            except SpecError as error:
                yield _refused(network, stated, error)
                continue
        for expected in stated.figures:
            yield _judged(network.name, stated, expected, verdict(walks, stated, expected))


def _judged(name: str, stated: Expectations, expected: Expected, verdict: Verdict) -> Judged:
    met, found, why = verdict
    if met:
        return Judged(name, stated, expected, found, None)
    subject, figure = f"`{stated.subject or name}`{settings_of(stated)}", expected.figure.replace("_", " ")
    if why is None:
        code, message = _code(expected), f"{subject} {beyond(stated, expected, found)}"
    elif isinstance(why, SeesAll):
        code, message = "E104", f"{subject} reads the whole input; it has no {figure} of {expected.written}"
    else:
        code, message = "E106", f"{subject} has no {figure}: {why}"
    finding = Finding(code, message, expected.span, None, stated.trail, stated.subject)
    return Judged(name, stated, expected, found, finding)


def _code(expected: Expected) -> str:
    figure = FIGURES[expected.figure]
    if not figure.is_number:
        return "E103" if figure.is_shape else "E104"
    return "E101" if expected.form in ("=", "~") else "E102"


def _refused(network: Network, stated: Expectations, error: SpecError) -> Judged:
    problem = error.problems[0]
    message = f"`{network.name}`{settings_of(stated)} can't be had: {reason(error)}"
    finding = Finding("E105", message, stated.span, problem.help, problem.trail, stated.subject)
    return Judged(network.name, stated, stated.figures[0], None, finding)


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
    """Return a file's text with its figures brought up to date; its line ends and byte order mark are kept.

    Nothing is written. Raises SpecError if the file is not a spec, OSError if it can't be read.
    """
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    source = decode(str(path), data)
    updated = updated_source(source, path.stem, codes)
    # Figures stand on one line each, so that the lines are as many as they were.
    text = data.decode("utf-8")
    ends = [*re.findall(r"\r\n|\r|\n", text), ""]
    lines = updated.text.split("\n")
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    return updated._replace(text=mark + "".join(map("".join, zip(lines, ends, strict=True))))


def updated_source(source: Source, name: str, codes: frozenset[str] = ALL) -> Updated:
    """Return a text with its figures brought up to date. SpecError if it is not a spec."""
    description = Description(source, name)
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
