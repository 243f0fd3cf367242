"""What was asked of `convcost compare`: the sides, what they share, and how to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from convcost.errors import UsageError
from convcost.family import Member


@dataclass(frozen=True, slots=True)
class Named:
    """One side as typed: a convolution, or a network where `member` is None; and what it sets for itself."""

    word: str
    name: str
    member: Member | None
    own: dict[str, str]

    @property
    def is_all(self) -> bool:
        """Whether it is every variant of a network: `NAME:*`."""
        return self.own.get("variant") == "*"


@dataclass(frozen=True, slots=True)
class Request:
    """What was typed."""

    sides: list[Named]
    input: str | None
    sizes: dict[str, str]
    settings: dict[str, str]
    variant: str | None
    replace: str | None
    where: list[str]
    save: Path | None
    every: bool
    baseline: str | None
    format: str | None
    output: Path | None
    dtype: str
    columns: str | None = None
    beside: Sequence[Path] | None = None
    style: str = "exact"
    bib: Path | None = None
    plot: str | None = None
    log: str | None = None

    @property
    def by_name(self) -> bool:
        """Whether columns are asked for by name: then each network is a row."""
        return self.columns is not None or bool(self.beside) or self.style != "exact"


def unique(labels: Sequence[str]) -> list[str]:
    """Return the labels, those that come again numbered."""
    return [
        f"{label} ({labels[:n].count(label) + 1})" if label in labels[:n] else label for n, label in enumerate(labels)
    ]


def index_of(baseline: str | None, names: Sequence[tuple[str, str]]) -> int:
    """Which side ratios are to: the one asked for, else the standard convolution, else the first."""
    for n, (label, name) in enumerate(names):
        if baseline == label or (baseline or "standard") == name:
            return n
    if baseline is not None:
        sides = ", ".join(label for label, _ in names)
        raise UsageError(f"--baseline {baseline} is none of the sides", f"they are {sides}")
    return 0
