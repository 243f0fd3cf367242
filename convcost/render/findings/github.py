"""Findings as GitHub's workflow commands, which become annotations on the lines of a pull request.

    ::error file=specs/net.yaml,line=12,endLine=12,col=5,endColumn=8,title=W301 lucky-join::message

Escaping and properties: https://docs.github.com/actions/reference/workflow-commands-for-github-actions. A step shows
ten annotations of each kind.
"""

from __future__ import annotations

from collections.abc import Sequence

from convcost.checks.base import Finding
from convcost.checks.rules import RULES
from convcost.checks.runner import Report
from convcost.render.findings.inert import inert

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def as_github(reports: Sequence[Report]) -> str:
    """Return one command a line."""
    return "".join(
        _command(report.path, finding) + "\n" for report in map(inert, reports) for finding in report.findings
    )


def _command(path: str, finding: Finding) -> str:
    properties: dict[str, object] = {"file": path}
    if finding.span is not None:
        span = finding.span
        properties |= {
            "line": span.line,
            "endLine": span.line,
            "col": span.column,
            "endColumn": span.column + span.length - 1,  # the last column, not the one behind it
        }
    properties["title"] = f"{finding.code} {RULES[finding.code].name}"
    escaped = {name: _data(str(value)).replace(":", "%3A").replace(",", "%2C") for name, value in properties.items()}
    words = ",".join(f"{name}={value}" for name, value in escaped.items())
    lines = [finding.message, *([f"help: {finding.help}"] if finding.help else []), *finding.trail]
    text = _data("\n".join(lines))
    return f"::{_COMMANDS[finding.severity]} {words}::{text}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
