"""What a rule is, and one thing that a check found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from convcost.checks.subject import Subject
from convcost.errors import Span
from convcost.network import Layer

Severity: TypeAlias = Literal["error", "warning", "note"]
"""An error fails the check, a warning does where asked to, a note never does."""

_SEVERITIES: Mapping[str, Severity] = {"E": "error", "W": "warning", "N": "note"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check found: what, where it stands, and what to do about it."""

    code: str
    """The rule, as in the table of rules: `E101`."""
    message: str
    span: Span | None
    help: str | None = None
    trail: tuple[str, ...] = ()
    """The uses of blocks that led there."""
    layer: str = ""
    """The full name of the layer or block it is about; empty for the whole network."""

    @property
    def severity(self) -> Severity:
        """How grave it is, as the code's letter says."""
        return _SEVERITIES[self.code[0]]


def named(findings: Sequence[Finding], most: int = 3) -> str:
    """Return the layers that findings are about; of many, the first and how many more."""
    names = ", ".join(f"`{finding.layer}`" for finding in findings[:most])
    return names + (f" and {len(findings) - most} more" if len(findings) > most else "")


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
        """How grave its findings are, as the code's letter says."""
        return _SEVERITIES[self.code[0]]
