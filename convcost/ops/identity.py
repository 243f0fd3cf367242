"""The input, unchanged: a layer to give a name to."""

from __future__ import annotations

from dataclasses import dataclass

from convcost.ops.base import Operator


@dataclass(frozen=True, slots=True)
class Identity(Operator):
    """The input, unchanged."""
