"""The formats that findings can be had in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convcost.checks.runner import Report
from convcost.render.findings.data import as_json
from convcost.render.findings.github import as_github
from convcost.render.findings.sarif import as_sarif
from convcost.render.findings.text import reports_as_text, summary
from convcost.render.formats import Formats


class Checked(NamedTuple):
    """The reports of all files, whether warnings are failures, and when it was."""

    reports: Sequence[Report]
    strict: bool
    time: str


def _text(checked: Checked) -> str:
    findings = reports_as_text(checked.reports)
    return (f"{findings}\n\n" if findings else "") + summary(checked.reports)


def _junit(checked: Checked) -> str:
    from convcost.render.findings.junit import as_junit  # which takes what writes XML

    return as_junit(checked.reports, checked.time, checked.strict)


FORMATS: Formats[Checked] = {
    "text": _text,
    "json": lambda checked: as_json(checked.reports),
    "github": lambda checked: as_github(checked.reports),
    "junit": _junit,
    "sarif": lambda checked: as_sarif(checked.reports),
}
