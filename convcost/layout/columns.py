"""A long graph in columns: where it can be cut, and the columns side by side, each joined to the next by one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate, pairwise

from convcost.layout.graph import BELOW, BETWEEN, Frame, Point
from convcost.layout.grid import Cell
from convcost.layout.group import Group, Link, rows_of

_GUTTER = 2 * BETWEEN


def cut(whole: Frame, found: Group, links: Sequence[Link], count: int) -> list[Frame]:
    """Return a frame without a title for each column, as even as they can be; fewer where it can't be cut so often.

    It is cut between rows that one line joins, which comes from the column before.
    """
    rows = rows_of(whole, links)
    ends = _ends(rows, links, found, count)
    return [
        Frame(f" {n}", 0, 0, tuple(item for item in whole.inside if above < rows[item.id] <= end))
        for n, (above, end) in enumerate(pairwise([0, *ends]))
    ]


def _ends(rows: Mapping[str, int], links: Sequence[Link], found: Group, count: int) -> list[int]:
    """The last row of each column."""
    last = max(rows.values())
    cuts = dict(_cuts(rows, links, last))
    bands = found.bands

    @cache
    def best(above: int, columns: int) -> tuple[float, tuple[int, ...]]:
        """The height of the highest of the columns below a row, and where they end."""
        cut_at = [row for row, source in cuts.items() if row > above and source > above] if columns > 1 else []
        further = ((end, *best(end, columns - 1)) for end in cut_at)
        found = ((max(height, bands[end][1] - bands[above + 1][0]), (end, *ends)) for end, height, ends in further)
        return min(found, default=(bands[last][1] - bands[above + 1][0], (last,)))

    return [*best(0, count)[1]]


def _cuts(rows: Mapping[str, int], links: Sequence[Link], last: int) -> Iterator[tuple[int, int]]:
    """Yield each row below which there is one line, and the row which that comes from."""
    for row in range(1, last):
        lines = {(rows[link.source], link.key) for link in links if rows[link.source] <= row < rows[link.target]}
        if len(lines) == 1:
            yield row, min(lines)[0]


def side_by_side(columns: Sequence[Frame], cells: Mapping[str, Cell], links: Sequence[Link]) -> Group:
    """Return the columns beside each other; a line from one to the next runs down, up between them, and down again."""
    widths = [cells[column.id].width + _GUTTER for column in columns]
    lefts = dict(zip((column.id for column in columns), accumulate(widths, initial=0.0), strict=False))
    top = BELOW if links else 0
    ways: dict[Link, tuple[Point, ...]] = {}
    for link in links:
        source, target = cells[link.source], cells[link.target]
        start, end = lefts[link.source] + source.bottom(link.key), lefts[link.target] + target.top(link.key)
        between, bottom = lefts[link.target] - _GUTTER / 2, top + source.height
        turns = ((start, bottom), (start, bottom + BELOW), (between, bottom + BELOW), (between, 0.0), (end, 0.0))
        ways[link] = (*turns, (end, top))
    height = max(cell.height for cell in cells.values()) + 2 * top
    corners = {column: (left, top) for column, left in lefts.items()}
    return Group(Cell(sum(widths) - _GUTTER, height), corners, [], ways)
