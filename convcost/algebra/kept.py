"""What is listed of each operator, kept in a file: to work out the formulas takes half a second.

`convcost.algebra.describe` works them out; `pytest tests/test_output.py --renew` writes the file anew.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).with_name("operators.json")


class OperatorFormulas(NamedTuple):
    """An operator: what it is, how it is written, and its formulas as text."""

    data: dict[str, Any]
    """As JSON has it: each number with a formula of its own."""
    lines: dict[str, str]
    """What stands in one line: `output`, where it differs `with ceil_mode`, and `window`, what an output reads."""


def formulas_of(name: str) -> OperatorFormulas:
    """Return an operator's formulas, as they are kept."""
    return _kept()[name]


@cache
def _kept() -> dict[str, OperatorFormulas]:
    entries = json.loads(FILE.read_text(encoding="utf-8"))
    return {entry["data"]["name"]: OperatorFormulas(**entry) for entry in entries}
