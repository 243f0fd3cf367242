"""What rules say of a model, on the lines of its spec: it is as it was published, and no mistake of the spec."""

from __future__ import annotations

from convcost.checks.base import Subject
from convcost.checks.runner import by_rules
from convcost.errors import Source
from convcost.reading.description import Description


def with_remarks(text: str) -> str:
    """Return the text of a spec with a comment on each line of whose layers a rule warns, so that `check` is quiet."""
    subject = Subject(Description(Source("<spec>", text), "spec"))
    codes: dict[int, set[str]] = {}
    for finding in by_rules(subject):
        if finding.layer and finding.span:
            codes.setdefault(finding.span.line, set()).add(finding.code)
    lines = text.split("\n")
    for number, found in codes.items():
        lines[number - 1] += f"  # convcost: ignore[{', '.join(sorted(found))}]  as in the model"
    return "\n".join(lines)
