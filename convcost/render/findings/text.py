"""Findings for people: each with its line and a caret under the words, and one line that sums up."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

from convcost.checks.base import Rule
from convcost.checks.rules import RULES
from convcost.checks.runner import Report
from convcost.errors import pointed
from convcost.ops.arguments import many
from convcost.render.findings.inert import inert


def reports_as_text(reports: Sequence[Report]) -> str:
    """Return all findings, file by file; empty if there are none."""
    texts = []
    for report in map(inert, reports):
        for finding in report.findings:
            label = f"{finding.severity}[{finding.code} {RULES[finding.code].name}]"
            text = pointed(label, finding.message, finding.span, finding.help, finding.trail)
            texts.append(text if finding.span else f"{report.path}: {text}")
    return "\n\n".join(texts)


def summary(reports: Sequence[Report]) -> str:
    """Return one line: how many files, and what was found in how many of them."""
    found = [
        many(count, severity)
        for severity in ("error", "warning", "note")
        if (count := sum(report.count(severity) for report in reports))
    ]
    files = f"{many(len(reports), 'file')} checked"
    where = sum(bool(report.findings) for report in reports)
    among = f" in {where:,} of them" if len(reports) > 1 else ""
    text = f"{files}: {', '.join(found)}{among}" if found else f"{files}: nothing found"
    unreadable = sum(not report.readable for report in reports)
    suppressed = sum(report.suppressed for report in reports)
    text += f"; {unreadable:,} can't be read" if unreadable else ""
    return text + (f"; {suppressed:,} suppressed" if suppressed else "")


def explained(rule: Rule, width: int | None) -> str:
    """Return a rule, its severity, and what there is to say about it; examples are as they are written."""
    parts = [f"{rule.code} {rule.name} ({rule.severity})", rule.summary, *rule.explanation.rstrip().split("\n\n")]
    lines = [part if part.startswith(" ") else fill(part, width or _WIDEST) for part in parts]
    return "\n\n".join(lines) + "\n"


_WIDEST = 100
"""Where nobody says how wide the page is."""
