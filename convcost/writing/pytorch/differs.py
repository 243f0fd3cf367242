"""What stops a block from being written as it is."""

from __future__ import annotations

from collections.abc import Sequence


class Unsaid(Exception):
    """What is written can't be kept as it is; the layers alone still may."""


class Differs(Exception):
    """Uses of a block that can't be one class: `keys` says which belong together, one for each."""

    def __init__(self, keys: Sequence[object]) -> None:
        self.keys = keys
