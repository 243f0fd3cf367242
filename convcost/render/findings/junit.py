"""Findings as JUnit's XML: one test suite a file, one test case a finding that fails, or one that passes.

The elements and attributes are those of the schemas of Apache Ant's and Jenkins' reports. Findings that do not fail
the check stand in a suite's `system-out`.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from convcost.checks.base import Finding
from convcost.checks.rules import RULES
from convcost.checks.runner import Report
from convcost.errors import pointed
from convcost.render.findings.inert import inert


def as_junit(reports: Sequence[Report], timestamp: str, strict: bool) -> str:
    """Return the document; `timestamp` is `2026-01-31T12:00:00`. With `strict`, warnings are failures, too."""
    root = Element("testsuites")
    for number, report in enumerate(map(inert, reports)):
        root.append(_suite(number, report, timestamp, ("error", "warning") if strict else ("error",)))
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(number: int, report: Report, timestamp: str, failing: tuple[str, ...]) -> Element:
    failures = [finding for finding in report.findings if finding.severity in failing]
    others = [finding for finding in report.findings if finding.severity not in failing]
    name = " ".join(report.path.split()) or "-"  # the schemas' token has no blanks at its ends, and one between words
    suite = Element(
        "testsuite",
        name=name,
        package="convcost",
        id=str(number),
        tests=str(max(1, len(failures))),
        failures=str(len(failures) if report.readable else 0),
        errors=str(0 if report.readable else len(failures)),
        skipped="0",
        time="0",
        timestamp=timestamp,
        hostname="localhost",
    )
    SubElement(suite, "properties")
    for finding in failures:
        where = f" at {finding.span.line}:{finding.span.column}" if finding.span else ""
        title = f"{finding.code} {RULES[finding.code].name}{where}"
        case = SubElement(suite, "testcase", name=title, classname=name, time="0")
        kind = "failure" if report.readable else "error"
        SubElement(case, kind, message=finding.message, type=finding.code).text = _text(report.path, finding)
    if not failures:
        SubElement(suite, "testcase", name="check", classname=name, time="0")
    SubElement(suite, "system-out").text = "\n\n".join(_text(report.path, finding) for finding in others)
    SubElement(suite, "system-err")
    return suite


def _text(path: str, finding: Finding) -> str:
    label = f"{finding.severity}[{finding.code}]"
    text = pointed(label, finding.message, finding.span, finding.help, finding.trail)
    return text if finding.span else f"{path}: {text}"
