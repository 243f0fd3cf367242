"""The kinds of argument an operator takes, and how a value from a spec becomes one.

Each kind turns a value (int, Fraction, bool, word, list, or a symbolic number) into what the formulas want, and
refuses the rest with a message that says what it wants. Symbolic numbers pass: what is not a number can't be judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from convcost.errors import ShapeError, did_you_mean
from convcost.ops.numbers import Exact, Number, plain

LARGEST = 2**31 - 1
"""No size or count may exceed what frameworks can index along one axis."""

REQUIRED: Any = object()
"""In the place of the default of an argument that has to be given."""

_NO_NUMBERS = (bool, str, list, type(None))


class Argument(NamedTuple):
    """An argument of an operator: the values it may have, and its default, written as in a spec.

    With `like`, a spec may name a tensor instead, `like: name`, whose spatial size is meant. A `rare` one is left out
    of JSON at its default.
    """

    kind: Kind
    default: Any
    like: bool
    rare: bool


def argument(kind: Kind, default: Any = REQUIRED, like: bool = False, rare: bool = False) -> Any:
    """Return an Argument, in the place where an operator declares the type of its value."""
    return Argument(kind, default, like, rare)


class Kind:
    """The values that an argument may have. `wants` completes the sentence "kernel wants ..."."""

    wants = "a value"

    least: int | None = None
    """What no number of a value is below; None where nothing is known."""

    def read(self, value: Any, rank: int) -> Any:
        """Return the value as formulas take it, for an input with `rank` spatial axes; ShapeError if it can't be."""
        raise NotImplementedError

    def written(self, value: Any, rank: int) -> Any:
        """Return a value that `read` has made in the words of a spec."""
        return value

    def refuse(self, value: Any, help: str | None = None) -> ShapeError:
        return ShapeError(f"wants {self.wants}, not {show(value)}", help)


class Count(Kind):
    """A whole number from `least` to `most`; None: without limit, for what is no axis or counts from the end."""

    def __init__(self, least: int | None = 1, most: int | None = LARGEST) -> None:
        self.least = least
        self.most = most
        self.wants = "a positive whole number" if least == 1 else f"a whole number from {least} up"
        if least is None:
            self.wants = "a whole number"

    def read(self, value: Any, rank: int) -> Number:
        if isinstance(value, _NO_NUMBERS):
            raise self.refuse(value)
        if type(value) is Fraction:
            if value.denominator != 1:
                raise self.refuse(value, "round it: floor(x), ceil(x), round(x) or make_divisible(x, 8)")
            value = int(value)
        if isinstance(value, int) and self.least is not None and value < self.least:
            raise self.refuse(value)
        if isinstance(value, int) and self.most is not None and value > self.most:
            raise ShapeError(f"is {show(value)}, larger than any axis of a tensor ({self.most:,})")
        return value


class PerAxis(Kind):
    """One whole number for all spatial axes, or a list with one for each."""

    def __init__(self, least: int = 1) -> None:
        self.number = Count(least)
        self.least = least
        self.wants = f"{self.number.wants}, or a list of one per axis"

    def read(self, value: Any, rank: int) -> tuple[Number, ...]:
        if not isinstance(value, list):
            return (self.one(value),) * rank
        if not rank:
            return ()  # a vector: that there are no axes is the operator's to say
        if len(value) != rank:
            raise ShapeError(f"has {len(value)} numbers for {axes(rank)}", f"write one number, or {rank} in a list")
        return tuple(self.one(item) for item in value)

    def one(self, value: Any) -> Number:
        if isinstance(value, _NO_NUMBERS):
            raise self.refuse(value)
        return self.number.read(value, 0)


class Factors(PerAxis):
    """PerAxis whose numbers may be fractions; a symbol stands for a whole one."""

    wants = "a positive number, or a list of one per axis"

    def __init__(self) -> None:
        self.number = Count()
        self.least = 0

    def one(self, value: Any) -> Number:
        if isinstance(value, int | Fraction) and value <= 0:
            raise self.refuse(value)
        return plain(value) if isinstance(value, Fraction) else super().one(value)


class Sides(Kind):
    """Numbers before and after each axis: a number, one per axis, or [before, after] per axis. Negative ones cut."""

    wants = "a whole number, a list of one per axis, or a list of [before, after] per axis"
    side = Count(None)

    def read(self, value: Any, rank: int) -> tuple[tuple[Number, Number], ...]:
        if not isinstance(value, list):
            return (self.both(value),) * rank
        if not rank:
            return ()
        if len(value) != rank:
            raise ShapeError(
                f"has {len(value)} entries for {axes(rank)}",
                "write one number, one per axis, or [before, after] for each axis: "
                + ("[[1, 2]]" if rank == 1 else "[[0, 1], [0, 1]]"),
            )
        return tuple(self.both(item) for item in value)

    def both(self, value: Any) -> tuple[Number, Number]:
        pair = value if isinstance(value, list) else [value, value]
        if len(pair) != 2 or any(isinstance(side, _NO_NUMBERS) for side in pair):
            raise self.refuse(value)
        return self.side.read(pair[0], 0), self.side.read(pair[1], 0)


class BothSides(Kind):
    """Numbers before and after one axis: a number, or [before, after]."""

    wants = "a whole number from 0 up, or [before, after]"

    def read(self, value: Any, rank: int) -> tuple[Number, Number]:
        try:
            return Padding().both(value)
        except ShapeError:
            raise self.refuse(value) from None


class Padding(Sides):
    """Sides from 0 up, or `same` (TensorFlow's: the output is ceil(size/stride), odd zero after), or `valid` (none)."""

    wants = "`same`, `valid`, a whole number from 0 up, a list of one per axis, or a list of [before, after] per axis"
    side = Count(0)

    def read(self, value: Any, rank: int) -> Any:
        if value == "same":
            return value
        return super().read(0 if value == "valid" else value, rank)


class TransposedPadding(Padding):
    """Padding where `valid` may not be none: the operator says what either word means."""

    def read(self, value: Any, rank: int) -> Any:
        return value if value == "valid" else super().read(value, rank)


class Flag(Kind):
    """`true` or `false`."""

    wants = "`true` or `false`"

    def read(self, value: Any, rank: int) -> bool:
        if not isinstance(value, bool):
            raise self.refuse(value)
        return value


class Choice(Kind):
    """One of a few words; `others` are words for the same elsewhere, with what to write instead."""

    def __init__(self, *words: str, others: Mapping[str, str] | None = None) -> None:
        self.words = words
        self.others = others or {}
        *most, last = (f"`{word}`" for word in words)
        self.wants = f"{', '.join(most)} or {last}"

    def read(self, value: Any, rank: int) -> str:
        if value not in self.words:
            help = self.others.get(value) or did_you_mean(value, self.words) if isinstance(value, str) else None
            raise self.refuse(value, help)
        return str(value)


PADDING_MODES = Choice(
    "zeros",
    "reflect",
    "replicate",
    "circular",
    others={
        "constant": "it is called `zeros` here",
        "edge": "it is called `replicate` here",
        "reflection": "it is called `reflect` here",
        "replication": "it is called `replicate` here",
        "wrap": "it is called `circular` here",
    },
)
"""What lies beyond a map: nothing; the map mirrored at its last position; that position; the map again."""


AXES: tuple[tuple[str, ...], ...] = ((), ("length",), ("height", "width"), ("depth", "height", "width"))
"""The names of the spatial axes, by how many there are."""


class Axes(Kind):
    """Axes by name; formulas take them as numbers: 0 for the channels, 1 and up for the spatial axes in order."""

    words = ("channels", "positions", *dict.fromkeys(name for names in AXES for name in names))
    wants = (
        "an axis or a list of axes: `channels`, `positions` (all spatial ones), `length`, `height`, `width`, `depth`"
    )

    def read(self, value: Any, rank: int) -> tuple[int, ...]:
        named = ("channels", *AXES[rank])
        found: list[int] = []
        for word in value if isinstance(value, list) else [value]:
            if word not in self.words:
                raise self.refuse(word, did_you_mean(word, self.words) if isinstance(word, str) else None)
            if word not in (*named, "positions"):
                known = ", ".join(f"`{name}`" for name in named)
                raise ShapeError(f"names `{word}`; the input has {axes(rank)}", f"the axes are {known}")
            found += range(1, rank + 1) if word == "positions" else [named.index(word)]
        if not found:
            raise ShapeError("names no axis", "a vector has `channels` alone" if rank == 0 else None)
        if len(set(found)) < len(found):
            raise ShapeError("names an axis twice")
        return tuple(sorted(found))

    def written(self, value: tuple[int, ...], rank: int) -> str | list[str]:
        if value == (*range(1, rank + 1),):
            return "positions"
        names = [("channels", *AXES[rank])[axis] for axis in value]
        return names[0] if len(names) == 1 else names


class Real(Kind):
    """Any number: no size, so that it may be a fraction and less than 0."""

    wants = "a number"

    def read(self, value: Any, rank: int) -> Number:
        if isinstance(value, bool | str | list) or value is None:
            raise self.refuse(value)
        return value


class Ratio(Real):
    """A number from 0 to 1."""

    wants = "a number from 0 to 1"

    def read(self, value: Any, rank: int) -> Number:
        if isinstance(value, Exact) and not 0 <= value <= 1:
            raise self.refuse(value)
        return super().read(value, rank)


class Counts(Kind):
    """A list of positive whole numbers."""

    wants = "a list of positive whole numbers"

    def read(self, value: Any, rank: int) -> tuple[Number, ...]:
        if not isinstance(value, list) or not value:
            raise self.refuse(value)
        return tuple(_POSITIVE.read(item, 0) for item in value)


class Lists(Kind):
    """A list with a list of whole numbers for each of something: `wants` says of what, `least` is the least number."""

    def __init__(self, wants: str, least: int = 0, empty: bool = False) -> None:
        """Where `empty`, a list may have no numbers."""
        self.wants = f"a list with, for each {wants}"
        self.number = Count(least)
        self.empty = empty

    def read(self, value: Any, rank: int) -> tuple[tuple[Number, ...], ...]:
        if not isinstance(value, list) or not all(isinstance(row, list) and (row or self.empty) for row in value):
            raise self.refuse(value)
        return tuple(tuple(self.number.read(item, 0) for item in row) for row in value)


class Optional(Kind):
    """A kind whose absence means something; the default is None and can't be written."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.wants = kind.wants
        self.least = kind.least

    def read(self, value: Any, rank: int) -> Any:
        return None if value is None else self.kind.read(value, rank)

    def written(self, value: Any, rank: int) -> Any:
        return None if value is None else self.kind.written(value, rank)


TABLE = Lists("output map, the list of the input maps it reads")
_POSITIVE = Count(1)


def axes(rank: int) -> str:
    """Return how many axes there are, in words."""
    return many(rank, "spatial axis", "spatial axes")


def many(count: int, noun: str, nouns: str | None = None) -> str:
    """Return how many there are, in words; the plural has an s unless it is given.

    >>> many(1, "layer"), many(1024, "layer"), many(2, "axis", "axes")
    ('1 layer', '1,024 layers', '2 axes')
    """
    return f"{count:,} {noun if count == 1 else nouns or f'{noun}s'}"


def show(value: Any) -> str:
    """Return a value as one would write it in a spec."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, Fraction):
        decimal = f"{float(value):.10f}".rstrip("0").rstrip(".")
        return decimal if Fraction(decimal) == value else str(value)
    if isinstance(value, int) and value.bit_length() > 120:
        return "a number of more than 36 digits"
    if isinstance(value, str):
        return f"`{value}`"
    if isinstance(value, list):
        return f"[{', '.join(show(item) for item in value[:4])}{', ...' if len(value) > 4 else ''}]"
    return str(value)
