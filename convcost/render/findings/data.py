"""Findings as JSON. `findings.schema.json` says what is in it; keys may be added, and none is taken away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from convcost.checks.base import Finding, Rule
from convcost.checks.rules import RULES
from convcost.checks.runner import Report
from convcost.render.findings.inert import inert


def as_json(reports: Sequence[Report]) -> str:
    """Return all files, those without findings included, and how many findings of each severity there are."""
    data = {
        "files": [
            {
                "path": report.path,
                "readable": report.readable,
                "network": report.network,
                "layers": report.layers,
                "suppressed": report.suppressed,
                "findings": [_finding(finding) for finding in report.findings],
            }
            for report in map(inert, reports)
        ],
        "summary": {
            "files": len(reports),
            "unreadable": sum(not report.readable for report in reports),
            "errors": sum(report.count("error") for report in reports),
            "warnings": sum(report.count("warning") for report in reports),
            "notes": sum(report.count("note") for report in reports),
            "suppressed": sum(report.suppressed for report in reports),
        },
    }
    return json.dumps(data, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    span = finding.span
    return {
        "code": finding.code,
        "rule": RULES[finding.code].name,
        "severity": finding.severity,
        "message": finding.message,
        "help": finding.help,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "end_column": span.column + span.length if span else None,
        "layer": finding.layer or None,
        "trail": list(finding.trail),
    }


def rule_object(rule: Rule) -> dict[str, str]:
    """Return a rule as plain data."""
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity,
        "summary": rule.summary,
        "explanation": rule.explanation,
    }
