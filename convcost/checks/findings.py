"""One thing that a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from convcost.errors import Span

Severity: TypeAlias = Literal["error", "warning", "note"]
"""An error fails the check, a warning does where asked to, a note never does."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, where it stands, and what to do about it."""

    code: str
    """The rule, as in the table of rules: `E101`."""
    severity: Severity
    message: str
    span: Span | None
    help: str | None = None
    trail: tuple[str, ...] = ()
    """The uses of blocks that led there."""
    subject: str = ""
    """The full name of the layer or block it is about; empty for the whole network."""
