"""Numbers of rows from a file of comma-separated values: accuracy, latency, what no formula gives."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from convcost.errors import ConvcostError, Problem, Source, Span, UsageError

MOST_BYTES = 10_000_000
"""Of a file."""


class Row(NamedTuple):
    """What a file says of one name: a number of each column as it is written, empty where there is none."""

    line: int
    cells: Mapping[str, str]


class Measured(NamedTuple):
    """A file's columns, and its rows by name; nothing where no file was named."""

    file: str = ""
    columns: Sequence[str] = ()
    rows: Mapping[str, Row] = {}

    def text(self, name: str, column: str) -> str:
        """Return a number as it is written; empty where there is none."""
        row = self.rows.get(name)
        return row.cells[column] if row else ""

    def as_object(self, name: str) -> dict[str, dict[str, int | float | None]]:
        """Return the numbers of a name by column, None where there is none, under `measured`; empty without a file."""
        return {"measured": {one: number_of(self.text(name, one)) for one in self.columns}} if self.file else {}

    def remarks(self, names: Collection[str]) -> Iterator[str]:
        """Yield which lines of the file are of no row here, and which rows it has no line of."""
        for name, row in self.rows.items():
            if name not in names:
                yield f"{self.file}:{row.line}: there is no row `{name}` here"
        missing = [name for name in dict.fromkeys(names) if name not in self.rows] if self.file else []
        if missing:
            more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
            yield f"{self.file} has no line for {', '.join(f'`{name}`' for name in missing[:_SHOWN])}{more}"


NOTHING = Measured()

_SHOWN = 4


def number_of(text: str) -> int | float | None:
    """Return a number that is written; None for an empty text.

    >>> number_of("76.10"), number_of("3"), number_of("")
    (76.1, 3, None)
    """
    if not text:
        return None
    return float(text) if set(text) & set(".eE") else int(text)


def _is_number(text: str) -> bool:
    import re

    return re.fullmatch(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,2})?", text, re.ASCII) is not None


def read_measured(path: Path, known: Collection[str], wanted: Collection[str] = ()) -> Measured:
    """Return what a file says; its first column has the names of rows, the others numbers.

    With `wanted`, only those of its columns are read that are among them. Raises UsageError for a file that can't be
    read, ConvcostError with all that is wrong with it: a header that is there twice or is one of the `known` names, a
    name that is there twice, a row of another length, a cell that is no number.
    """
    source = _source(path)
    problems: list[Problem] = []
    lines = _lines(source)
    header = [word.strip() for word in lines[0][1]] if lines else []
    if len(header) < 2:
        help = "the first line has the headers: name,top1; cells are parted by commas"
        raise ConvcostError([Problem(_line(source, 1), "there are no columns beside the names of rows", help)])
    for n, word in enumerate(header[1:], 1):
        if not word or word in header[1:n]:
            problems.append(
                Problem(_cell(source, 1, word), f"the header `{word}` is {'empty' if not word else 'there twice'}")
            )
        elif word in known:
            help = f"call it otherwise, for example `{word}_measured`"
            problems.append(Problem(_cell(source, 1, word), f"`{word}` is a figure that convcost counts", help))
    read = [n for n, word in enumerate(header) if n and (not set(wanted) & set(header[1:]) or word in wanted)]
    rows: dict[str, Row] = {}
    for line, cells in lines[1:]:
        name = cells[0].strip()
        if len(cells) != len(header):
            message = f"this line has {len(cells)} cells, the first line has {len(header)}"
            problems.append(Problem(_line(source, line), message))
        elif name in rows:
            problems.append(
                Problem(_cell(source, line, name), f"`{name}` is there twice, first in line {rows[name].line}")
            )
        else:
            found = {header[n]: cells[n].strip() for n in read}
            rows[name] = Row(line, found)
            problems += [
                Problem(
                    _cell(source, line, text), f"`{text}` is no number", "write 76.1, or nothing where there is none"
                )
                for text in found.values()
                if text and not _is_number(text)
            ]
    if problems:
        raise ConvcostError(problems)
    return Measured(source.name, [header[n] for n in read], rows)


def _source(path: Path) -> Source:
    try:
        data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
    except OSError as error:
        raise UsageError(f"can't read `{path}`: {error.strerror or error}") from None
    if path.stat().st_size > MOST_BYTES:
        raise UsageError(f"`{path}` has more than {MOST_BYTES:,} bytes", "a file for --with has a line for each row")
    try:
        return Source(str(path), data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}:{line}: this is no text in UTF-8", "save it as UTF-8 with your editor") from None


def _lines(source: Source) -> list[tuple[int, list[str]]]:
    """The cells of every line that has some, and where it begins: quoted cells may go over several lines."""
    import csv

    reader = csv.reader((f"{line}\n" for line in source.lines), strict=True)
    found, first = [], 1
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                found.append((first, cells))
            first = reader.line_num + 1
    except csv.Error as error:
        raise ConvcostError(
            [Problem(_line(source, first), f"this is no line of comma-separated values: {error}")]
        ) from None
    return found


def _line(source: Source, line: int) -> Span:
    return Span(source, line, 1, max(1, len(source.lines[line - 1])))


def _cell(source: Source, line: int, text: str) -> Span:
    """The place of a cell in its line; the line, if the cell is written otherwise there."""
    at = source.lines[line - 1].find(text) if text else -1
    return Span(source, line, at + 1, len(text)) if at >= 0 else _line(source, line)
