"""The map of an arena: addresses upward, operators to the right, a letter for each tensor where and when it lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle, pairwise
from string import ascii_letters

from convcost.memory.planner import Placed, arena_of

_ROWS = 16
_WIDEST = 100
_BROADEST = 8
"""Characters of an operator, at most."""


def letters_of(placed: Sequence[Placed]) -> dict[Placed, str]:
    """Return a letter for each tensor, in the order in which they are made; of more than 52, some share one."""
    made = sorted(placed, key=lambda one: (one.buffer.first, one.start))
    return dict(zip(made, cycle(ascii_letters), strict=False))


def arena_map(placed: Sequence[Placed], peak: int, width: int | None, ascii_only: bool) -> str:
    """Return the map of the operators around the one at the peak, as many as there is room for.

    A row stands for equally many bytes, and has the letter of what takes most of them; a dot is free. At its left is
    the address of its first byte.

    >>> from convcost.memory.planner import Buffer
    >>> given, made = Buffer("input", 2, first=0, last=1), Buffer("conv", 2, first=1, last=2)
    >>> print(arena_map([Placed(given, 0), Placed(made, 2)], 1, 9, ascii_only=True))
    3 |bbbbbbbbbb
    2 |bbbbbbbbbb
    1 |aaaaa.....
    0 |aaaaa.....
      +----------
       ^1   2
    """
    operators, letters = max(one.buffer.last for one in placed), letters_of(placed)
    top = arena_of(placed)
    rows = min(_ROWS, top)
    edges = [top * n // rows for n in range(rows + 1)]
    margin = len(f"{edges[-2]:,}") + 1
    room = max(10, min(width or _WIDEST, _WIDEST) - margin - 1)
    each, shown = max(1, min(_BROADEST, room // operators)), min(operators, room)
    first = max(1, min(peak - shown // 2, operators - shown + 1))
    times = range(first, first + shown)
    held = {time: [one for one in placed if one.buffer.first <= time <= one.buffer.last] for time in times}
    side, corner, floor, free = "|+-." if ascii_only else "│└─·"
    lines = [
        f"{low:>{margin - 1},} {side}" + "".join(_cell(held[time], low, high, letters, free) * each for time in times)
        for low, high in pairwise(edges)
    ]
    indent = " " * (margin + 1)
    ruler = _ruler({time: (time - first) * each for time in times}, peak, shown * each)
    return "\n".join([*reversed(lines), f"{indent[1:]}{corner}{floor * shown * each}", f"{indent}{ruler}"])


def _cell(held: Sequence[Placed], low: int, high: int, letters: Mapping[Placed, str], free: str) -> str:
    """The letter of what takes most of the bytes from `low` to `high`; a dot where most of them are free."""
    shares = {letters[one]: min(one.end, high) - max(one.start, low) for one in held}
    left = high - low - sum(share for share in shares.values() if share > 0)
    return max({free: left, **shares}.items(), key=lambda item: item[1])[0]


def _ruler(places: Mapping[int, int], peak: int, width: int) -> str:
    """The numbers of the first operator, the one at the peak and the last, each below the place where it begins."""
    first, *_, last = [*places, *places]
    line = [" "] * width
    for time, text in ((peak, f"^{peak}"), (first, f"{first}"), (last, f"{last}")):
        start = min(places[time], width - len(text))
        around = line[max(0, start - 1) : start + len(text) + 1]
        if start >= 0 and not "".join(around).strip():
            line[start : start + len(text)] = text
    return "".join(line).rstrip()
