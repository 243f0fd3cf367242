"""What each member of the family is, in the spec language, and how it relates to the standard convolution.

A member is one operator or one block of the library, written as a spec would have it, with `$names` for its sizes. A
network of one member is its text with the sizes filled in, read by the house reader, so that shapes, costs and errors
are those of any spec.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Any

from convcost.errors import Source, UsageError, choices
from convcost.language.expression import evaluate
from convcost.language.syntax import names_in
from convcost.network import Network
from convcost.ops.arguments import show
from convcost.ops.base import Shape
from convcost.ops.numbers import NeedsNumber, plain
from convcost.reading.load import read

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
"""The letters of the literature for the sizes; what is not a number (`bias`) has none."""


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
    """Raise UsageError for a size that the member does not take; `label` is the name of the side, if that says more."""
    for size in sizes:
        if size not in member.sizes:
            side = f"`{label}`: " if label else ""
            raise UsageError(f"{side}{member.name} takes no {size}", choices(size, member.sizes, "it takes"))


TYPICAL: Mapping[int, Shape] = {1: Shape(64, (512,)), 2: Shape(64, (56, 56)), 3: Shape(64, (16, 28, 28))}
"""An input to show an example on, by its number of axes."""


def all_sizes(member: Member, channels: object, sizes: Mapping[str, object]) -> dict[str, object]:
    """Return every size the member takes: as given, else its default, written for an input of so many channels.

    >>> from convcost.family import FAMILY
    >>> all_sizes(FAMILY["bottleneck"], 64, {"dilation": 2})
    {'width': 16, 'dilation': 2}
    """
    written = {"channels": _written(channels)}
    result: dict[str, object] = {}
    for size in sorted(member.sizes, key=lambda size: "$out" in member.default(size)):  # `out` comes before them
        result[size] = _plain(sizes.get(size, Template(member.default(size)).safe_substitute(written)))
        written[size] = _written(result[size])
    return {size: result[size] for size in member.sizes}


def layer_of(member: Member, channels: object, sizes: Mapping[str, object]) -> str:
    """Return the member's layer with its sizes filled in, as a spec has it; what is the default anyway is left out.

    >>> from convcost.family import FAMILY
    >>> layer_of(FAMILY["grouped"], 4, {"out": 8})
    'conv: {out: 8, kernel: 3, groups: 2}'
    >>> layer_of(FAMILY["inception"], 192, {"out": 256})
    'inception: {one: 64, reduce3: 96, three: 128, reduce5: 16, five: 32, pool: 32}'
    """
    values = {size: _written(value) for size, value in all_sizes(member, channels, sizes).items()}
    text = Template(member.layer).substitute(values, channels=_written(channels))
    return _SAID_ANYWAY.sub("", _QUOTIENT.sub(_worked_out, text))


_QUOTIENT = re.compile(r"\b\d+(?:[*/]\d+)+\b")


def _worked_out(found: re.Match[str]) -> str:
    """Return what is whole as a number; what is not is left for the reader to refuse."""
    value = plain(evaluate(found[0], {}))
    return str(value) if isinstance(value, int) else found[0]


_SAID_ANYWAY = re.compile(
    r", (?:(?:stride|dilation|multiplier|deform_groups): 1|(?:output_)?padding: 0|bias: true|modulated: false)(?=[,}])"
)


def spec_of(member: Member, given: Shape, sizes: Mapping[str, object], symbols: tuple[str, ...] = ()) -> str:
    """Return a spec of the one member: input, layer, and the symbols that both are written in."""
    declared = f"symbols: {{{', '.join(f'{symbol}: ' for symbol in symbols)}}}\n" if symbols else ""
    size = ", ".join(map(_written, given.size))
    return (
        f"network: {member.name}\n"
        f"{declared}"
        f"input: {{channels: {_written(given.channels)}, size: [{size}]}}\n"
        f"layers:\n"
        f"  - {layer_of(member, given.channels, sizes)}\n"
    )


def network_of(member: Member, given: Shape, sizes: Mapping[str, object]) -> Network:
    """Return the network of one member with these sizes; SpecError, as of any spec, if they don't go together.

    A size is an int, a Fraction, a flag, a word (`same`), text of the spec language, or a list with one per axis.

    >>> from convcost.family import FAMILY
    >>> network_of(FAMILY["standard"], Shape(3, (7, 7)), {"out": 128}).layers[-1].output_shapes[0]
    Shape(channels=128, size=(5, 5))
    """
    return read(Source(f"<{member.name}>", spec_of(member, given, sizes)), member.name)


def symbolic_network_of(member: Member, rank: int | None = None, sizes: Mapping[str, object] | None = None) -> Network:
    """Return the network of one member with a letter for its input's sizes and for every size that is not given.

    Sizes are as for `network_of`; their text may use the letters: `{"padding": "(k - 1)/2"}`.
    """
    from convcost.algebra.letters import AXES, in_symbols

    axes = tuple(AXES[rank or member.rank or 2])
    given = {size: LETTERS[size] for size in member.sizes if size in LETTERS} | dict(sizes or {})
    while True:
        used = {name for value in given.values() for text in _texts(value) for name in names_in(text)}
        letters = [letter for letter in ("C", *axes, *LETTERS.values()) if letter in {"C", *axes, *used}]
        symbols = tuple(dict.fromkeys(letters))
        source = Source(f"<{member.name}>", spec_of(member, Shape("C", axes), given, symbols))
        try:
            return in_symbols(source, member.name, symbols)
        except NeedsNumber as needed:
            # An expansion of 1 leaves a layer out, so how many layers there are depends on it.
            counted = {size for size in given if LETTERS.get(size) in needed.value.symbols}
            if not counted:
                raise
            given |= {size: member.default(size) for size in counted}


def _texts(value: object) -> list[str]:
    return [text for item in value for text in _texts(item)] if isinstance(value, list | tuple) else [_written(value)]


def _plain(value: object) -> object:
    """Text that is arithmetic on numbers alone as its value."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return evaluate(value, {}) if isinstance(value, str) and _ARITHMETIC.fullmatch(value) else value


_ARITHMETIC = re.compile(r"[-+*/() \d]+")


def _written(value: Any) -> str:
    """A size as a spec has it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_written, value))}]"
    return show(value).strip("`")
