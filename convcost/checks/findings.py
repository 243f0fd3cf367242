"""One thing that a check found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from convcost.errors import Span

Severity: TypeAlias = Literal["error", "warning", "note"]
"""An error fails the check, a warning does where asked to, a note never does."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check found: what, where it stands, and what to do about it."""

    code: str
    """The rule, as in the table of rules: `E101`."""
    severity: Severity
    message: str
    span: Span | None
    help: str | None = None
    trail: tuple[str, ...] = ()
    """The uses of blocks that led there."""
    layer: str = ""
    """The full name of the layer or block it is about; empty for the whole network."""


def named(findings: Sequence[Finding], most: int = 3) -> str:
    """Return the layers that findings are about; of many, the first and how many more."""
    names = ", ".join(f"`{finding.layer}`" for finding in findings[:most])
    return names + (f" and {len(findings) - most} more" if len(findings) > most else "")
