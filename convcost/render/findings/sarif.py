"""Findings as SARIF 2.1.0, for code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from convcost.checks.base import Finding, Rule
from convcost.checks.rules import RULES
from convcost.checks.runner import Report
from convcost.render.findings.inert import inert
from convcost.version import __version__

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(reports: Sequence[Report]) -> str:
    """Return one run, with every rule; lines and columns count from 1, columns in characters."""
    run = {
        "tool": {
            "driver": {
                "name": "convcost",
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in RULES.values()],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": all(report.readable for report in reports)}],
        "results": [_result(report.path, finding) for report in reports for finding in inert(report).findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": _plain(rule.explanation.strip())},
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(path: str, finding: Finding) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(path)}}
    if finding.span is not None:
        span = finding.span
        place["region"] = {"startLine": span.line, "startColumn": span.column, "endColumn": span.column + span.length}
    location: dict[str, Any] = {"physicalLocation": place}
    if finding.layer:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.layer}]
    lines = [finding.message, *([f"help: {finding.help}"] if finding.help else []), *finding.trail]
    return {
        "ruleId": finding.code,
        "ruleIndex": list(RULES).index(finding.code),
        "level": finding.severity,
        "message": {"text": _plain("\n".join(lines))},
        "locations": [location],
    }


def _plain(text: str) -> str:
    """Text without SARIF's placeholders, `{0}`, and embedded links, `[text](target)` (sections 3.11.5, 3.11.6)."""
    return re.sub(r"\{(\d+)\}", r"{{\1}}", text).replace("](", "] (")


def _uri(path: str) -> str:
    """A relative reference, or a `file:` URI of a path that is not below the working directory.

    >>> _uri("specs/a b.yaml"), _uri("/specs/a:b.yaml")
    ('specs/a%20b.yaml', 'file:///specs/a%3Ab.yaml')
    """
    quoted = quote(os.fsencode(path), safe="/")
    return f"file://{quoted}" if path.startswith("/") else quoted
