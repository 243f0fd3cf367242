"""Numbers of rows from files of comma-separated values: accuracy, latency, what no formula gives."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from convcost.errors import ConvcostError, Problem, Source, Span, UsageError

MOST_BYTES = 10_000_000
"""Of a file."""


class Row(NamedTuple):
    """What a file says of one name: a number of each column as it is written, empty where there is none."""

    line: int
    cells: Mapping[str, str]


class File(NamedTuple):
    """A file's columns, and its rows by name; where it says of what the names are, and in which word."""

    by: Span
    header: str
    columns: Sequence[str]
    rows: Mapping[str, Row]

    def remarks(self, names: Collection[str], hidden: Collection[str]) -> Iterator[str]:
        """Yield what `Measured.remarks` says of one file."""
        file = self.by.source.name
        if self.header in names or self.header in hidden:
            raise ConvcostError([Problem(self.by, f"`{self.header}` is a row here, and no header", _HEADERS)])
        for name, row in self.rows.items():
            if name in hidden and name not in names:
                yield f"{file}:{row.line}: the row `{name}` is not shown"
            elif name not in names:
                yield f"{file}:{row.line}: there is no row `{name}` here"
        missing = [name for name in dict.fromkeys(names) if name not in self.rows]
        if missing:
            more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
            yield f"{file} has no line for {', '.join(f'`{name}`' for name in missing[:_SHOWN])}{more}"


class Measured(NamedTuple):
    """What files say, side by side; nothing where no file was named."""

    files: Sequence[File] = ()

    @property
    def columns(self) -> list[str]:
        """The columns of all files."""
        return [column for file in self.files for column in file.columns]

    def text(self, name: str, column: str) -> str:
        """Return a number as it is written; empty where there is none."""
        found = [file.rows[name].cells[column] for file in self.files if column in file.columns and name in file.rows]
        return found[0] if found else ""

    def as_object(self, name: str) -> dict[str, dict[str, int | float | None]]:
        """Return the numbers of a name by column, None where there is none, under `measured`; empty without a file."""
        return {"measured": {one: number_of(self.text(name, one)) for one in self.columns}} if self.files else {}

    def remarks(self, names: Collection[str], hidden: Collection[str] = ()) -> Iterator[str]:
        """Yield which lines are of no row that is shown, `hidden` apart, and which rows a file has no line of.

        Raises ConvcostError where a file's first line is a row, so that it has no headers.
        """
        for file in self.files:
            yield from file.remarks(names, hidden)


NOTHING = Measured()

_SHOWN = 4
_HEADERS = "the first line has the headers: name,top1"


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


def read_measured(paths: Iterable[Path], known: Mapping[str, str], wanted: Collection[str] = ()) -> Measured:
    """Return what files say; the first column of each has the names of rows, the others numbers.

    `known` are headers that are taken, with what each of them is. With `wanted`, only those of a file's columns are
    read that are among them. Raises UsageError for a file that can't be read, ConvcostError with all that is wrong with
    it: a header that is a number, that is taken or there twice, a name that is there twice, a row of another length, a
    cell that is no number.
    """
    files: list[File] = []
    for path in paths:
        taken = {column: f"a column of {file.by.source.name}, too" for file in files for column in file.columns}
        files.append(_file(path, {**known, **taken}, wanted))
    return Measured(files)


def _file(path: Path, known: Mapping[str, str], wanted: Collection[str]) -> File:
    source = _source(path)
    lines = _lines(source)
    top, header = (lines[0][0], [word.strip() for word in lines[0][1]]) if lines else (1, [])
    if len(header) < 2:
        help = f"{_HEADERS}; cells are parted by commas"
        raise ConvcostError([Problem(_line(source, top), "there are no columns beside the names of rows", help)])
    names = header[1:]
    problems = [*_in_header(source, top, names, known), *_in_rows(source, lines[1:], header, wanted)]
    if problems:
        raise ConvcostError(problems)
    columns = _wanted(names, wanted)
    rows = {
        cells[0].strip(): Row(line, {name: cells[header.index(name, 1)].strip() for name in columns})
        for line, cells in lines[1:]
    }
    return File(_cell(source, top, header[0]), header[0], columns, rows)


def _wanted(names: Sequence[str], wanted: Collection[str]) -> list[str]:
    """The columns that are read: all of them, where none of those that are wanted is among them."""
    return [name for name in names if name in wanted] or list(names)


def _in_header(source: Source, top: int, names: Sequence[str], known: Mapping[str, str]) -> Iterator[Problem]:
    """What is wrong with the names of columns."""
    for n, name in enumerate(names):
        place = _cell(source, top, name)
        if not name:
            yield Problem(place, "a header is empty")
        elif name in names[:n]:
            yield Problem(place, f"the header `{name}` is there twice")
        elif _is_number(name):
            yield Problem(place, f"`{name}` is a number, and no header", _HEADERS)
        elif name in known:
            yield Problem(place, f"`{name}` is {known[name]}", f"call it otherwise, for example `{name}_measured`")


def _in_rows(
    source: Source, lines: Iterable[tuple[int, list[str]]], header: Sequence[str], wanted: Collection[str]
) -> Iterator[Problem]:
    """What is wrong with the lines below the header."""
    read = [n for n, name in enumerate(header) if n and name in _wanted(header[1:], wanted)]
    seen: dict[str, int] = {}
    for line, cells in lines:
        name = cells[0].strip()
        if len(cells) != len(header):
            yield Problem(_line(source, line), f"this line has {len(cells)} cells, the first line has {len(header)}")
        elif name in seen:
            yield Problem(_cell(source, line, name), f"`{name}` is there twice, first in line {seen[name]}")
        else:
            seen[name] = line
            for text in (cells[n].strip() for n in read):
                if text and not _is_number(text):
                    help = "write 76.1, or nothing where there is none"
                    yield Problem(_cell(source, line, text), f"`{text}` is no number", help)


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
