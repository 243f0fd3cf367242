"""What is asked of `convcost explain`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from convcost.cli.formats import Explained


class Request(NamedTuple):
    """The sizes as typed, and how to print."""

    input: str | None
    texts: Mapping[str, str]
    show: Callable[[Explained], None]
