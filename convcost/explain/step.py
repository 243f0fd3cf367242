"""One figure worked through: what an example is made of."""

from __future__ import annotations

from typing import NamedTuple


class Step(NamedTuple):
    """One figure: its formula, the formula with numbers, and its value."""

    label: str
    formula: str
    substituted: str
    value: int
