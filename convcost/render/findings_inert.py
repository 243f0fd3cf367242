"""Findings as they may be shown: no name or message of a user's drives a terminal, a page or a CI system."""

from __future__ import annotations

import re
from dataclasses import replace

from convcost.checks.findings import Finding
from convcost.checks.runner import Report
from convcost.errors import printable, shorten


def inert(report: Report) -> Report:
    """The report with control and formatting characters as escapes."""
    network = None if report.network is None else printable(report.network)
    return report._replace(path=printable(report.path), network=network, findings=tuple(map(_inert, report.findings)))


def _inert(finding: Finding) -> Finding:
    return replace(
        finding,
        message=shorten(printable(finding.message)),
        help=finding.help and shorten(printable(finding.help)),
        trail=tuple(map(printable, finding.trail)),
        subject=printable(finding.subject),
    )


def no_commands(text: str, hash_sign: str = r"\x23", colon: str = r"\x3a") -> str:
    r"""Text without commands to a CI system: `::error::` at a line's start, `##[error]` and `##vso[...]` anywhere.

    GitHub's and Azure's agents read whatever a step prints, in any format. `hash_sign` and `colon` are how a format
    writes these characters otherwise.

    >>> print(no_commands("a ##[error] b"))
    a \x23#[error] b
    """
    text = re.sub(r"#(?=#(vso)?\[)", lambda _: hash_sign, text)
    return re.sub(r"^(\s*):(?=:)", lambda start: start[1] + colon, text, flags=re.MULTILINE)
