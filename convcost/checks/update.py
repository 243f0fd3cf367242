"""Expected figures brought up to date in a spec's text, where they are numbers that no longer hold.

Only figures are touched whose finding would be reported: their code is looked for, and no comment suppresses it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from convcost.analysis.costs import Analysis
from convcost.checks.base import Finding
from convcost.checks.expectations import judged_lines
from convcost.checks.rules import RULES
from convcost.checks.suppressions import suppress
from convcost.editing.edits import applied, exchange
from convcost.editing.renewal import Change, renewed
from convcost.errors import Source
from convcost.language.tree import MAX_BYTES, decode
from convcost.reading.description import Description


class Updated(NamedTuple):
    """A spec's text with its figures brought up to date."""

    text: str
    changes: tuple[Change, ...]
    left: tuple[Finding, ...]
    """What is still not as stated, and was left alone."""


ALL = frozenset(RULES)


def update(path: Path, codes: frozenset[str] = ALL) -> Updated:
    """Return a file's text with its figures brought up to date; its line ends and byte order mark are kept.

    Nothing is written. Raises SpecError if the file is no spec, OSError if it can't be read.
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
    """Return a text with its figures brought up to date. SpecError if it is no spec."""
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
