"""Which bundled networks are held against which reference implementations, layer by layer."""

from __future__ import annotations

from typing import Any, NamedTuple


class Reference(NamedTuple):
    """A network as somebody else wrote it, and how the spec is asked for the same one."""

    model: str
    """`package__name`, which is also the file of what was measured of it."""
    spec: str
    variant: str | None = None
    settings: dict[str, str] = {}  # noqa: RUF012 - never changed
    options: dict[str, Any] = {}  # noqa: RUF012
    """What the package's function takes beside the name."""
    inputs: tuple[tuple[int, ...], ...] = ((3, 224, 224),)
    """The shapes of one sample."""


REFERENCES = [
    Reference("torchvision__resnet34", "resnet34"),
]
