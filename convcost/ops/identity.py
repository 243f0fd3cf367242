"""The input, unchanged: a layer to give a name to."""

from __future__ import annotations

from convcost.ops.base import Operator


class Identity(Operator):
    """The input, unchanged."""
