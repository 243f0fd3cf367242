"""Small pictures in characters: which positions a kernel reads, which channels meet, how often outputs are written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase

Lines = list[str]

LETTERS = ascii_lowercase + ascii_uppercase


@dataclass(frozen=True, slots=True)
class Marks:
    """The characters to draw with."""

    on: str
    off: str
    block: str


UNICODE = Marks("●", "·", "█")
ASCII = Marks("#", ".", "#")


def marks(ascii_only: bool) -> Marks:
    """Return the characters to draw with."""
    return ASCII if ascii_only else UNICODE


def row(read: Collection[int], length: int, marks: Marks) -> str:
    """Positions 0 to length-1, those that are read marked.

    >>> row({0, 2, 4}, 5, ASCII)
    '# . # . #'
    """
    return " ".join(marks.on if position in read else marks.off for position in range(length))


def taps(extents: Sequence[int], dilations: Sequence[int], marks: Marks) -> Lines:
    """Return the positions under a kernel; of three axes, one slice."""
    tall, wide = (1, *extents)[-2:]
    down, across = (1, *dilations)[-2:]
    across_line = row(range(0, wide, across), wide, marks)
    return [across_line if y % down == 0 else row((), wide, marks) for y in range(tall)]


def connections(inputs: int, outputs: int, groups: int, marks: Marks) -> Lines:
    """Return a matrix over the channels: a line for each output, a column for each input it reads.

    >>> connections(4, 2, 2, ASCII)
    ['# # . .', '. . # #']
    """
    each_in, each_out = inputs // groups, outputs // groups
    return [row(range(n // each_out * each_in, (n // each_out + 1) * each_in), inputs, marks) for n in range(outputs)]


def shuffle(order: Sequence[int], groups: int, marks: Marks) -> Lines:
    """Channels by number before and after, groups set apart."""
    wide = len(str(len(order) - 1))
    per_group = len(order) // groups

    def line(channels: Sequence[int]) -> str:
        cells = [str(channel).rjust(wide) for channel in channels]
        return " | ".join(" ".join(cells[n : n + per_group]) for n in range(0, len(cells), per_group))

    return [f"before  {line(range(len(order)))}", f"after   {line(order)}"]


def counts(numbers: Sequence[int], marks: Marks) -> Lines:
    """Numbers along an axis, and as columns above them."""
    wide = len(str(max(numbers)))
    tall = [
        " ".join((marks.block if n >= level else " ").rjust(wide) for n in numbers).rstrip()
        for level in range(max(numbers), 0, -1)
    ]
    return [*tall, " ".join(str(n).rjust(wide) for n in numbers)]


def grid(across: Sequence[int], down: Sequence[int]) -> Lines:
    """Products of two lines of counts."""
    wide = len(str(max(across) * max(down)))
    return [" ".join(str(a * d).rjust(wide) for a in across) for d in down]


def matrix(rows: Sequence[Sequence[int | None]], marks: Marks) -> Lines:
    """Return a sparse matrix: a letter for each of the kernel's taps."""
    return [" ".join(marks.off if entry is None else LETTERS[entry] for entry in line) for line in rows]


def transposed(rows: Sequence[Sequence[int | None]]) -> list[list[int | None]]:
    """Rows as columns."""
    return [list(column) for column in zip(*rows, strict=True)]


def widths(rows: Sequence[tuple[str, int]], room: int, marks: Marks) -> Lines:
    """Named numbers of channels as bars."""
    longest = max(len(name) for name, _ in rows)
    most = max(n for _, n in rows)
    digits = len(str(most))
    space = max(4, room - longest - digits - 4)
    return [
        f"{name.ljust(longest)}  {str(n).rjust(digits)}  {marks.block * max(1, n * space // most)}" for name, n in rows
    ]
