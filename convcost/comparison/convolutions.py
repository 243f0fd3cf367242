"""Members of the convolution family on one input, in numbers and in letters.

Sides are compared by all figures that layers add to, and by quotients of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convcost.analysis.costs import Analysis, analyze
from convcost.errors import UsageError, choices
from convcost.family import (
    LETTERS,
    TYPICAL,
    Member,
    all_sizes,
    layer_of,
    network_of,
    require_sizes,
    symbolic_network_of,
)
from convcost.figures import FIGURES, Figure, Setting
from convcost.network import Network
from convcost.ops.arguments import axes
from convcost.ops.base import Shape
from convcost.ops.numbers import Number

Ratios = Mapping[str, Fraction | None]
"""Every figure of one side as an exact fraction of the other's; None where that has none."""


def compared() -> list[Figure]:
    """Return the figures that have a ratio, in the order they are told."""
    return [figure for figure in FIGURES.values() if figure.of is not None]


def told() -> list[Figure]:
    """Return those of them that a table has."""
    return [figure for figure in compared() if "comparison" in figure.told]


def figures_of(analysis: Analysis) -> dict[str, int | Fraction]:
    """Return every compared figure of a network whose sizes are ints."""
    layers = analysis.network.layers
    return {figure.name: figure.total(layers, analysis.at) for figure in compared()}


def formulas_of(network: Network) -> dict[str, Number]:
    """Return the sums over layers that a table has, as formulas in the letters of the network's sizes.

    Bytes are left out, which are sums of so many terms that their ratio says nothing, and what padding takes off.
    """
    figures = (figure for figure in told() if figure.is_sum and not figure.is_bytes and "useful" not in figure.name)
    return {figure.name: figure.total(network.layers, Setting()) for figure in figures}


def ratios(of: Mapping[str, int | Fraction], to: Mapping[str, int | Fraction]) -> Ratios:
    """Return every figure of one side as an exact fraction of the other's; None where that has none."""
    return {figure: Fraction(of[figure]) / to[figure] if to[figure] else None for figure in of}


Sizes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One side as asked for: what to call it, the member, and the sizes that are its own."""

    label: str
    member: Member
    sizes: Sizes


@dataclass(frozen=True, slots=True)
class Question:
    """The sides, the input (None: a typical one), and the sizes that the sides share."""

    asked: Sequence[Asked]
    given: Shape | None
    sizes: Sizes
    at: Setting = Setting()


@dataclass(frozen=True, slots=True)
class Side:
    """One member with its sizes, in numbers and in letters."""

    label: str
    member: Member
    layer: str
    """As a spec would have it."""
    analysis: Analysis
    figures: Mapping[str, int | Fraction]
    symbolic: Network
    formulas: Mapping[str, Number]

    @property
    def output(self) -> Shape:
        """The shape of its output."""
        return self.analysis.layers[-1].layer.output_shapes[0]


@dataclass(frozen=True, slots=True)
class Table:
    """All sides, the input they read, and what the letters of their formulas stand for."""

    sides: tuple[Side, ...]
    given: Shape
    letters: Mapping[str, int]


def work_out(question: Question) -> Table:
    """Return every side's figures; SpecError if sizes don't go together, UsageError for sizes that no side takes."""
    _refuse_unused(question)
    rank = _rank(question)
    given = question.given or TYPICAL[rank]
    each = [_sizes_of(question, asked) for asked in question.asked]
    letters = _letters(question, given, each)
    sides = []
    for asked, sizes in zip(question.asked, each, strict=True):
        member = asked.member
        analysis = analyze(network_of(member, given, sizes), question.at)
        written = {size: LETTERS[size] for size in letters if size in member.sizes}
        in_letters = all_sizes(member, "C", sizes | written)
        if _keeps_size(question, asked):
            in_letters["padding"] = _keeping(in_letters, "/")
        symbolic = symbolic_network_of(member, rank, in_letters)
        layer = layer_of(member, given.channels, sizes)
        sides.append(Side(asked.label, member, layer, analysis, figures_of(analysis), symbolic, formulas_of(symbolic)))
    return Table(tuple(sides), given, {LETTERS[size]: n for size, n in letters.items()} | {"C": given.channels})


def _rank(question: Question) -> int:
    """How many spatial axes the input has; members that need different numbers are refused."""
    needed = {asked.member.rank: f"`{asked.label}`" for asked in question.asked if asked.member.rank}
    if question.given is not None:
        rank = question.given.rank
        for other, label in needed.items():
            if other != rank:
                raise UsageError(f"{label} needs an input with {axes(other)}; this one has {axes(rank)}")
        return rank
    if len(needed) > 1:
        (one, first), (other, second) = list(needed.items())[:2]
        raise UsageError(f"{first} needs an input with {axes(one)}, {second} one with {axes(other)}")
    return next(iter(needed), None) or 2


def _refuse_unused(question: Question) -> None:
    members = {asked.member.name: asked.member for asked in question.asked}
    for size in question.sizes:
        if not any(size in member.sizes for member in members.values()):
            known = sorted({size for member in members.values() for size in member.sizes})
            who = f"{' and '.join(members)} take{'s' * (len(members) == 1)}"
            raise UsageError(f"{who} no {size}", choices(size, known))
    for asked in question.asked:
        require_sizes(asked.member, asked.sizes, asked.label)


def _sizes_of(question: Question, asked: Asked) -> dict[str, Any]:
    """A side's own sizes, else the shared ones; without an input, padding that keeps the size."""
    sizes = {size: n for size, n in {**question.sizes, **asked.sizes}.items() if size in asked.member.sizes}
    if _keeps_size(question, asked):
        sizes["padding"] = _keeping(all_sizes(asked.member, 1, sizes), "//")
    return sizes


def _keeps_size(question: Question, asked: Asked) -> bool:
    """Whether the padding is left to us: no input is given, so formulas may as well be the short ones."""
    has, told = "padding" in asked.member.sizes, "padding" in {**question.sizes, **asked.sizes}
    return question.given is None and has and not told


def _keeping(sizes: Sizes, divide: str) -> Any:
    """Padding d(k-1)/2, which keeps the size where the kernel is odd; one per axis if kernel or dilation has that."""
    both = sizes["kernel"], sizes.get("dilation", 1)
    rank = max((len(size) for size in both if isinstance(size, list)), default=0)
    if not rank:
        return _half(*both, divide)
    kernels, dilations = (size if isinstance(size, list) else [size] * rank for size in both)
    return [_half(k, d, divide) for k, d in zip(kernels, dilations, strict=False)]


def _half(kernel: object, dilation: object, divide: str) -> str:
    """0 where these are not sizes: the reader says so better of themselves."""
    right = all(n in LETTERS.values() or (isinstance(n, int) and n > 0) for n in (kernel, dilation))
    return f"{dilation}*({kernel} - 1){divide}2" if right else "0"


_LETTERS_ALWAYS = ("out", "kernel", "groups", "reduction")
_LETTERS_IF_GIVEN = ("multiplier", "middle", "width")


def _letters(question: Question, given: Shape, each: Sequence[Sizes]) -> dict[str, int]:
    """The sizes that formulas keep as letters, with their values: those in which all sides agree."""
    found: dict[str, set[int | None]] = {}
    for asked, sizes in zip(question.asked, each, strict=True):
        for size, value in all_sizes(asked.member, given.channels, sizes).items():
            wanted = size in _LETTERS_ALWAYS or (size in _LETTERS_IF_GIVEN and size in sizes)
            # A unit adds its input, which only odd kernels allow: its kernel stays a number.
            wanted = wanted and (asked.member.linear or asked.member.name == "deformable" or size != "kernel")
            text = str(value)
            found.setdefault(size, set()).add(int(text) if wanted and text.isdigit() else None)
    if not all("out" in asked.member.sizes for asked in question.asked) and not any("out" in sizes for sizes in each):
        found.pop("out", None)  # as many as come in, as in the sides that have no choice
    agreed = {size: values.pop() for size, values in found.items() if len(values) == 1}
    return {size: value for size, value in agreed.items() if value is not None}
