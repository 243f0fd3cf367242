"""What a table shows: columns of text over rows of anything, and the text layouts that need no terminal."""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import takewhile
from typing import Generic, NamedTuple, TypeVar

from convcost.errors import is_printable, printable

T = TypeVar("T")

GAP = "   "
"""Between columns."""


class Column(NamedTuple, Generic[T]):
    """A column: its header (a second line holds the unit), each row's cell, and the total's."""

    header: str
    cell: Callable[[T], str]
    total: str = ""
    right: bool = True
    rank: int = 0
    """Where a terminal is narrow, columns of the highest rank are left out first, those below 0 never."""
    key: Callable[[T], Hashable] | None = None
    """Rows of which this is equal have equal cells, so that one is made for all of them."""
    empty: bool = False
    """Whether it is shown even if it is."""

    @property
    def title(self) -> str:
        """The header on one line."""
        return self.header.replace("\n", " ")


def cells_of(columns: Sequence[Column[T]], rows: Sequence[T]) -> list[list[str]]:
    """Return every column's cells, safe to print."""
    keys = {key: list(map(key, rows)) for key in dict.fromkeys(column.key for column in columns) if key}
    distinct = {key: dict(zip(found, rows, strict=True)) for key, found in keys.items()}
    cells = []
    for column in columns:
        if column.key:
            one = distinct[column.key]
            known = dict(zip(one, _printed(column, one.values()), strict=True))
            cells.append(list(map(known.__getitem__, keys[column.key])))
        else:
            cells.append(_printed(column, rows))
    return cells


def _printed(column: Column[T], rows: Iterable[T]) -> list[str]:
    cells = list(map(column.cell, rows))
    return cells if is_printable(" ".join(cells)) else list(map(printable, cells))


def widths_of(columns: Sequence[Column[T]], cells: Sequence[Sequence[str]]) -> list[int]:
    """Return how wide each column must be for its header, its total and its cells."""
    return [max([_header_width(column), *map(len, each)]) for column, each in zip(columns, cells, strict=True)]


def drawn(columns: Sequence[Column[T]], rows: Sequence[T]) -> list[Column[T]]:
    """Return the columns that have something to show, or are shown empty, all if there are no rows."""
    return [one for one in columns if not rows or one.total or one.empty or any(one.cell(row) for row in rows)]


def fitting(
    columns: Sequence[Column[T]], rows: Sequence[T], width: int | None, ascii_only: bool = False
) -> list[Column[T]]:
    """Return the columns that fit the width (None: all).

    Names have half of the width, if they are so long. Those of the highest rank are left out first, equals together;
    before those of rank 0 go, the last first, names are cut in the middle. What room there is then, names have. The
    first column, and those of a rank below 0, always stay.
    """
    if width is None:
        return list(columns)
    widths = widths_of(columns, cells_of(columns, rows))
    names = _names(columns)
    wanted = [widths[n] for n in names]
    shown = list(range(len(columns)))

    def room() -> int:
        """For all names, beside the other columns."""
        return width - sum(widths[n] for n in shown if n not in names) - len(GAP) * (len(shown) - 1)

    half, shortest = _shares(wanted, width // 2), [min(size, _SHORTEST_NAME) for size in wanted]
    for sizes, least in ((half, 1), (shortest, 0)):
        needed = sum(max(size, _header_width(columns[n])) for n, size in zip(names, sizes, strict=True))
        while room() < needed and (others := [n for n in shown[1:] if n not in names and columns[n].rank >= least]):
            highest = max(columns[n].rank for n in others)
            gone = [n for n in others if columns[n].rank == highest]
            shown = [n for n in shown if n not in (gone if highest else gone[-1:])]
    # Text that fits in no way is cut at the edge: then names get no more than half of the width. Numbers rather not.
    enough = _TELLING if columns[shown[-1]].right else _SHORTEST_NAME
    given = dict(zip(names, _shares(wanted, room() if room() >= enough else width // 2), strict=True))
    return [
        _shortened(columns[n], given[n], ascii_only) if given.get(n, widths[n]) < widths[n] else columns[n]
        for n in shown
    ]


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    """What each gets of the room, the widest cut to one width.

    >>> _shares([1, 30, 50], 61), _shares([1, 10, 50], 61)
    ([1, 30, 30], [1, 10, 50])
    """
    shares = list(wanted)
    left = room
    for count, n in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
        shares[n] = min(wanted[n], left // (len(wanted) - count))
        left -= shares[n]
    return shares


def _names(columns: Sequence[Column[T]]) -> list[int]:
    """The columns that say what a row is: the first, and those beside it that always stay."""
    more = takewhile(lambda n: not columns[n].right and columns[n].rank < 0, range(1, len(columns) - 1))
    return [n for n in (0, *more) if not columns[n].right]


_SHORTEST_NAME = 12
"""No number is left out for a longer name."""
_TELLING = 4
"""Names that have less room tell nothing."""


def _header_width(column: Column[T]) -> int:
    return max(len(column.total), *map(len, column.header.split("\n")))


def _shortened(column: Column[T], room: int, ascii_only: bool) -> Column[T]:
    return column._replace(cell=lambda row: elided(printable(column.cell(row)), room, "~" if ascii_only else "…"))


def elided(text: str, room: int, end: str = "…") -> str:
    """Return the text, cut in the middle if it is longer than the room.

    >>> elided("layer1.first.short.conv", 12, "~")
    'layer1~.conv'
    """
    if len(text) <= room:
        return text
    tail = (room - 1) // 2
    return text[: room - 1 - tail] + end + text[len(text) - tail :]


def fits(columns: Sequence[Column[T]], rows: Sequence[T], width: int | None) -> bool:
    """Return whether all columns fit the width, with nothing cut."""
    widths = widths_of(columns, cells_of(columns, rows))
    return width is None or sum(widths) + len(GAP) * (len(widths) - 1) <= width


def notes(columns: Sequence[Column[T]], shown: Sequence[Column[T]], rows: int, of: int) -> list[str]:
    """Return what a table does not show: rows, if there are more than these, and columns."""
    result = []
    if rows < of:
        result.append(f"Rows shown: {rows} of {of}.")
    if len(shown) < len(columns):
        titles = {column.title for column in shown}
        hidden = "; ".join(elided(column.title, 40, "~") for column in columns if column.title not in titles)
        result.append(f"No room for: {hidden}.")
    return result


def as_plain(
    columns: Sequence[Column[T]], rows: Sequence[T], width: int | None = None, ascii_only: bool = False
) -> list[str]:
    """Return the lines of a table without any style, cut at the width."""
    cells = cells_of(columns, rows)
    widths = widths_of(columns, cells)
    sides = zip(columns, widths, strict=True)
    layout = GAP.join(f"%{width}s" if column.right else f"%-{width}s" for column, width in sides)

    def line(texts: Iterable[str]) -> str:
        return (layout % tuple(texts)).rstrip()

    # Headers of one line stand right above the rule.
    headers = [column.header.split("\n") for column in columns]
    tall = max(map(len, headers))
    head = [line([header[n - tall] if n >= tall - len(header) else "" for header in headers]) for n in range(tall)]
    rule = ("-" if ascii_only else "─") * (sum(widths) + len(GAP) * (len(widths) - 1))
    lines = [*head, rule, *map(line, zip(*cells, strict=True))]
    if any(column.total for column in columns):
        lines += ["", line([column.total for column in columns])]
    if width is None:
        return lines
    end = "~" if ascii_only else "…"
    return [text if len(text) <= width else text[: width - 1] + ("" if text == rule else end) for text in lines]


def as_markdown(columns: Sequence[Column[T]], rows: Sequence[T], marked: bool = False) -> str:
    """Return a table for a page or a pull request; `marked`: its cells are Markdown already."""

    def line(texts: Iterable[str]) -> str:
        return "| " + " | ".join(texts) + " |"

    def cells(texts: Iterable[str]) -> list[str]:
        return [text.replace("|", r"\|") if marked else in_markdown(text) for text in texts]

    columns = drawn(columns, rows)
    rule = ["---:" if column.right else ":---" for column in columns]
    titles = [in_markdown(column.title) for column in columns]
    lines = [line(titles), line(rule), *map(line, map(cells, zip(*cells_of(columns, rows), strict=True)))]
    if any(column.total for column in columns):
        totals = cells([column.total for column in columns])
        lines.append(line([f"**{total}**" if total else "" for total in totals]))
    return "\n".join(lines) + "\n"


def in_markdown(text: str) -> str:
    r"""Return the text so that nothing in it is a mark, a tag or a link.

    >>> print(in_markdown("[a](b) <b> 2*k**2"))
    \[a\](b) \<b\> 2\*k\*\*2
    """
    return "".join(f"\\{char}" if char in _MARKS else char for char in text)


_MARKS = frozenset(r"\`*<>[]|~&")
