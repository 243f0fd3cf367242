"""E001: what can't be read as a network. The reader says why."""

from __future__ import annotations

from convcost.checks.findings import Rule

RULE = Rule(
    "E001",
    "unreadable",
    "The file can't be read as a network.",
    """\
There is no such file, it is no text, or what it says is no network: an unknown operator or argument, a layer that reads
what is not there, shapes that do not go together. Every problem is a finding of its own, where it stands; nothing else
is checked in that file, and the exit code is 2. It can't be suppressed.
""",
)
