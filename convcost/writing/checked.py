"""What is said of a network beside what somebody else counts of the file that was written."""

from __future__ import annotations

from typing import Any, NamedTuple


class Checked(NamedTuple):
    """A figure, as convcost says and as another program counts."""

    figure: str
    said: Any
    counted: Any
    why_not: str = ""
    """Why nobody counted it, if nobody did."""

    @property
    def agrees(self) -> bool:
        """Whether both are the same, or there is one alone."""
        return bool(self.why_not) or self.said == self.counted
