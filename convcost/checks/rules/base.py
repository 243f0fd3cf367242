"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from convcost.checks.findings import Severity
from convcost.checks.subject import Subject
from convcost.errors import Span
from convcost.network import Layer


class Found(NamedTuple):
    """Where a rule is broken: at a layer, or at a place of the text."""

    message: str
    help: str | None = None
    layer: Layer | None = None
    span: Span | None = None
    trail: tuple[str, ...] = ()


Find: TypeAlias = Callable[[Subject], Iterator[Found]]


class Rule(NamedTuple):
    """One code: what it means, and how it is found.

    A rule finds what can be shown, with the sizes that show it; where something is unknown it is silent.
    """

    code: str
    """A letter for the severity, E, W or N, and a number."""
    name: str
    summary: str
    explanation: str
    """What it means, why it matters, what to do: paragraphs, parted by empty lines; examples are indented."""
    find: Find | None = None
    """None where the finding comes from elsewhere: the reader, the expectations, the lock file."""

    @property
    def severity(self) -> Severity:
        """As the code's letter says."""
        severities: dict[str, Severity] = {"E": "error", "W": "warning", "N": "note"}
        return severities[self.code[0]]
