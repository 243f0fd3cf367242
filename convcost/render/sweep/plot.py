"""Points as a picture for a terminal: eight dots to a character, or a star where there are only letters."""

from __future__ import annotations

from collections.abc import Sequence

from convcost import numerals

_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Of the dots of a braille character, by column and row."""

_WIDEST = 100
_NARROWEST = 20
_TALL = 16


def picture(points: Sequence[tuple[float, float]], x: str, y: str, width: int | None, ascii_only: bool) -> list[str]:
    """Return the lines of a picture of (x, y) points, with the ends of both axes written out.

    >>> print("\\n".join(picture([(0, 10), (1, 15), (2, 90)], "alpha", "macs", 26, ascii_only=True)[-4:]))
       |          *
    10 |*
       +----------------------
        0       alpha        2
    """
    low_x, high_x = min(x for x, _ in points), max(x for x, _ in points)
    low_y, high_y = min(y for _, y in points), max(y for _, y in points)
    labels = {0: _figure(high_y), _TALL - 1: _figure(low_y)}
    margin = max(map(len, labels.values())) + 1
    columns = max(_NARROWEST, min(width or _WIDEST, _WIDEST) - margin - 1)
    across, down = (1, 1) if ascii_only else (2, 4)
    cells = [[0] * columns for _ in range(_TALL)]
    for px, py in points:
        column = _place(px - low_x, high_x - low_x, columns * across)
        row = _place(high_y - py, high_y - low_y, _TALL * down)
        cells[row // down][column // across] |= _BITS[column % across][row % down]
    side, corner, floor = ("|", "+", "-") if ascii_only else ("│", "└", "─")
    marks = (lambda bits: "*" if bits else " ") if ascii_only else (lambda bits: chr(0x2800 + bits) if bits else " ")
    lines = [
        f"{labels.get(n, ''):>{margin - 1}} {side}{''.join(map(marks, row))}".rstrip() for n, row in enumerate(cells)
    ]
    ends = _figure(low_x), _figure(high_x)
    middle = f"{x:^{max(0, columns - len(ends[0]) - len(ends[1]))}}"
    indent = " " * margin
    return [f"{indent}{y}", *lines, f"{indent}{corner}{floor * columns}", f"{indent} {ends[0]}{middle}{ends[1]}"]


def _place(distance: float, whole: float, places: int) -> int:
    return round(distance / whole * (places - 1)) if whole else 0


def _figure(number: float) -> str:
    return numerals.human(round(number)) if abs(number) >= 100_000 else f"{number:,.6g}"
