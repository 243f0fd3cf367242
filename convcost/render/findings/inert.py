"""Findings as they may be shown: no name or message of a user's drives a terminal or a CI system."""

from __future__ import annotations

from dataclasses import replace

from convcost.checks.base import Finding
from convcost.checks.runner import Report
from convcost.errors import printable, shorten


def inert(report: Report) -> Report:
    """Return the report with control and formatting characters, and commands to a CI system, as escapes."""
    network = None if report.network is None else printable(report.network)
    return report._replace(path=printable(report.path), network=network, findings=tuple(map(_inert, report.findings)))


def _inert(finding: Finding) -> Finding:
    return replace(
        finding,
        message=shorten(printable(finding.message)),
        help=finding.help and shorten(printable(finding.help)),
        trail=tuple(map(printable, finding.trail)),
        layer=printable(finding.layer),
    )
