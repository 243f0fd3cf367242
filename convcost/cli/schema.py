"""`convcost schema`: the spec language as a JSON Schema, for editors."""

from __future__ import annotations

from pathlib import Path

from convcost.cli.output import write

FILE = Path(__file__).parent.parent / "spec.schema.json"


def command() -> None:
    """Print a JSON Schema of the spec language, with which editors complete and explain."""
    write(FILE.read_text(encoding="utf-8"))
