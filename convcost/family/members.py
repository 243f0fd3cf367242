"""What each member of the family is, in the spec language, and how it relates to the standard convolution.

A member is one operator or one block of the library, written as a spec would have it, with `$names` for its sizes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from string import Template

from convcost.errors import UsageError, choices

DEFAULTS: Mapping[str, str] = {
    "out": "$channels",
    "kernel": "3",
    "stride": "1",
    "padding": "0",
    "output_padding": "0",
    "dilation": "1",
    "groups": "2",
    "multiplier": "1",
    "middle": "$out",
    "reduction": "16",
    "expansion": "6",
    "width": "$channels/4",
    "deform_groups": "1",
    "modulated": "false",
    "bias": "true",
}
"""What a size is where nothing is said: text of the spec language; `$channels` are the input's."""

LETTERS: Mapping[str, str] = {
    "channels": "C",
    "out": "C_out",
    "kernel": "k",
    "stride": "s",
    "padding": "p",
    "output_padding": "a",
    "dilation": "d",
    "groups": "g",
    "multiplier": "m",
    "middle": "C_mid",
    "reduction": "r",
    "expansion": "t",
    "width": "w",
    "deform_groups": "G",
}
"""The letters of the literature for the sizes; what is no number (`bias`) has none."""


@dataclass(frozen=True, slots=True)
class Member:
    """One convolution of the family."""

    name: str
    title: str
    layer: str
    """The layer as a spec has it, `$names` standing for sizes."""
    reference: str
    relation: str
    """What it is, seen from the standard convolution."""
    exact: str
    """Completes "it represents a standard convolution exactly ..."."""
    word: str
    """Its relation to the standard convolution in a word."""
    rank: int | None = None
    """The spatial axes it needs; None: any number."""
    defaults: Mapping[str, str] = field(default_factory=dict)
    """Its own in place of DEFAULTS."""
    linear: bool = True
    """Whether its output is linear in its input, so that it is a convolution at all."""

    @property
    def sizes(self) -> tuple[str, ...]:
        """The names of the sizes it takes."""
        return tuple(name for name in Template(self.layer).get_identifiers() if name != "channels")

    def default(self, size: str) -> str:
        """Return the default of a size, as text of the spec language."""
        return self.defaults.get(size, DEFAULTS[size])


def require_sizes(member: Member, sizes: Iterable[str], label: str = "") -> None:
    """UsageError for a size that the member does not take; `label` is what the side is called, if that says more."""
    for size in sizes:
        if size not in member.sizes:
            side = f"`{label}`: " if label else ""
            raise UsageError(f"{side}{member.name} takes no {size}", choices(size, member.sizes, "it takes"))
