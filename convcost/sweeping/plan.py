"""What is swept, and how its points are cut into blocks, to be evaluated at once, and chunks, to be kept at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from itertools import product
from math import prod
from pathlib import Path
from typing import TypeAlias

import numpy as np

from convcost.algebra.lanes import Array
from convcost.algebra.law import require_formula
from convcost.errors import UsageError, choices
from convcost.figures import FIGURES
from convcost.ops.numbers import Number
from convcost.reading.description import Description
from convcost.sweeping.axes import Axis
from convcost.version import __version__

BLOCK = 256_000
"""At most so many points of a grid are evaluated at once, and about so many are."""

DRAWN = 16_000
"""Random points that are evaluated at once. An array of them stays below the 128 kB from which on the C library takes
memory from the system anew each time, where (as under dask) it may not learn better."""

CHUNK = 1 << 19

MOST_POINTS = 10**12
"""More take days."""


def totals() -> list[str]:
    """Return the names of the figures that are swept: whole numbers, and sizes, of which the smallest axis counts."""
    return [name for name, f in FIGURES.items() if (f.is_number and f.whole) or f.has_least_axis]


def require_total(option: str, word: str) -> None:
    """Raise UsageError for what is none of these figures."""
    if word in FIGURES and word not in totals():
        require_formula(word)
    if word not in totals():
        raise UsageError(f"{option} can't be `{word}`", choices(word, totals()))


Slices: TypeAlias = tuple[slice, ...]


@dataclass(frozen=True, eq=False)
class Chosen:
    """Points of a grid, by the indices of their values on each axis: one array for each, all of one length."""

    indices: Mapping[str, Array]


@dataclass(frozen=True)
class Plan:
    """A network, the axes over which it is swept, the slowest first, and the totals that are wanted."""

    description: Description
    settings: tuple[tuple[str, Number | str], ...]
    variant: str | None
    axes: tuple[Axis, ...]
    totals: tuple[str, ...]
    fixed: int = 0
    """How many of the axes, the first ones, are set value by value: a law can't leave their symbols free."""
    sample: int | None = None
    """Not all points of the grid, but so many random ones."""
    seed: int = 0
    chosen: Chosen | None = None
    """Not all points of the grid, but these."""
    dtype: str = "float32"
    """The type of the numbers, for totals in bytes."""
    chunk: int = CHUNK
    """About how many points are kept at once."""

    def __post_init__(self) -> None:
        if self.points > MOST_POINTS:
            raise UsageError(f"{self.points:,} points are too many", "choose larger steps, or some of them: --sample N")

    @property
    def formulated(self) -> tuple[str, ...]:
        """The totals that closed forms give."""
        return tuple(of for of in self.totals if FIGURES[of].has_law)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the axes, the slowest first."""
        return tuple(axis.name for axis in self.axes)

    @property
    def free(self) -> tuple[str, ...]:
        """The names of the axes that are not fixed."""
        return self.names[self.fixed :]

    def scale(self, name: str) -> int:
        """Return what a column's numbers are to be divided by."""
        return next((axis.below for axis in self.axes if axis.name == name), 1)

    @cached_property
    def points(self) -> int:
        """How many points are computed."""
        if self.chosen:
            return len(self.order)
        return prod(map(len, self.axes)) if self.sample is None else self.sample

    @property
    def is_grid(self) -> bool:
        """Whether all points of the grid are computed."""
        return self.sample is None and self.chosen is None

    @cached_property
    def order(self) -> Array:
        """The order in which chosen points are computed: those with the same values of the fixed axes together."""
        return np.argsort(kinds(self._chosen(self.names[: self.fixed])), kind="stable")

    @property
    def combinations(self) -> int:
        """How many combinations of values the fixed axes have."""
        if self.chosen and self.fixed:
            return int(kinds(self._chosen(self.names[: self.fixed])).max(initial=-1)) + 1
        return prod(map(len, self.axes[: self.fixed]))

    def fixed_values(self, backwards: bool = False) -> Iterator[tuple[Number, ...]]:
        """Yield the combinations of values of the fixed axes."""
        axes, step = self.axes[: self.fixed], -1 if backwards else 1
        places: Iterable[Sequence[int]] = product(*(range(len(axis))[::step] for axis in axes))
        if self.chosen and axes:
            picked = self._chosen(self.names[: self.fixed])
            _, first = np.unique(kinds(picked), return_index=True)
            places = zip(*(index[first[::step]].tolist() for index in picked), strict=True)
        return (tuple(axis.value(n) for axis, n in zip(axes, place, strict=True)) for place in places)

    def _chosen(self, names: Iterable[str]) -> list[Array]:
        assert self.chosen
        found = self.chosen.indices
        return [found[name] for name in names] or [np.zeros_like(next(iter(found.values())))]

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return -(-self.blocks // self._blocks_per_chunk)

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return self._grid.blocks if self.is_grid else -(-self.points // DRAWN)

    @property
    def _blocks_per_chunk(self) -> int:
        return max(1, self.chunk // (self._grid.most if self.is_grid else DRAWN))

    def blocks_of(self, chunk: int) -> range:
        """Return the blocks of a chunk, by number."""
        first = chunk * self._blocks_per_chunk
        return range(first, min(first + self._blocks_per_chunk, self.blocks))

    def points_of(self, chunk: int) -> int:
        """Return how many points a chunk has."""
        blocks = self.blocks_of(chunk)
        return self.first_of(blocks.stop) - self.first_of(blocks.start)

    def first_of(self, block: int) -> int:
        """Return the number of a block's first point."""
        return self._grid.first(block) if self.is_grid else min(block * DRAWN, self.points)

    def indices(self, block: int) -> tuple[Array, ...]:
        """Return the indices of a block's values, axis by axis, in arrays that broadcast to its points.

        Those of a grid combine. Random ones are the same for the same seed.
        """
        if self.chosen:
            part = self.order[self.first_of(block) : self.first_of(block + 1)]
            return tuple(index[part] for index in self._chosen(self.names))
        if self.sample is None:
            return np.ix_(*(np.arange(part.start, part.stop) for part in self._grid.slices(block)))
        # What comes raw from this generator is frozen: no version of numpy gives others.
        raw = np.random.SFC64(np.random.SeedSequence([self.seed, block])).random_raw
        count = self.first_of(block + 1) - self.first_of(block)
        return tuple(_indices(raw(count), len(axis)) for axis in self.axes)

    @cached_property
    def _grid(self) -> _Grid:
        return _Grid(tuple(map(len, self.axes)), self.fixed, min(BLOCK, self.chunk))

    @cached_property
    def digest(self) -> str:
        """A hash that tells this plan from any other, and from the same one worked out by other code."""
        return sha256(f"{_code()} {BLOCK} {DRAWN} {self}".encode()).hexdigest()[:12]


def kinds(indices: Iterable[Array]) -> Array:
    """Return a number for each point, from 0 up in the order of the indices: the same where all of these are."""
    found: Array = np.asarray(0)
    for index in indices:
        _, found = np.unique(found * (index.max(initial=0) + 1) + index, return_inverse=True)
    return found


def _indices(raw: Array, length: int) -> Array:
    """Indices of so many values from random numbers of 64 bits."""
    wide = np.uint64(32)
    scaled = (raw >> wide) * np.uint64(length) >> wide if length <= 1 << 32 else raw % np.uint64(length)
    return scaled.view(np.int64)


@cache
def _code() -> str:
    """A hash of all of convcost's source."""
    hash = sha256(__version__.encode())
    for file in sorted(Path(__file__).parents[1].rglob("*.py")):
        hash.update(file.read_bytes())
    return hash.hexdigest()


class _Grid:
    """A grid cut into blocks: one value of each of the first axes, some of the next one, all of those after it."""

    def __init__(self, sizes: tuple[int, ...], fixed: int, most: int) -> None:
        self._sizes = (*sizes, 1)
        level = len(sizes)
        while level > fixed and prod(self._sizes[level:]) < most:
            level -= 1
        self._level = level
        self._inner = prod(self._sizes[level + 1 :])
        size = self._sizes[level]
        self._parts = -(-size // (most // self._inner))
        self._length = -(-size // self._parts)  # parts as even as can be
        self._parts = -(-size // self._length)
        self.blocks = prod(sizes[:level]) * self._parts
        self.most = self._length * self._inner
        """Points of the largest block."""

    def first(self, block: int) -> int:
        outer, part = divmod(block, self._parts)
        size = self._sizes[self._level]
        return (outer * size + min(part * self._length, size)) * self._inner

    def slices(self, block: int) -> Slices:
        outer, part = divmod(block, self._parts)
        found = [slice(part * self._length, min((part + 1) * self._length, self._sizes[self._level]))]
        for size in reversed(self._sizes[: self._level]):
            outer, n = divmod(outer, size)
            found.append(slice(n, n + 1))
        return tuple([*reversed(found), *(slice(0, size) for size in self._sizes[self._level + 1 :])][:-1])
