"""Chunks of rows as the bytes of a file, and files joined from them."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np

from convcost.algebra.intervals import Bound
from convcost.algebra.lanes import LIMIT, Array
from convcost.errors import UsageError
from convcost.sweeping.axes import decimal
from convcost.sweeping.blocks import Block
from convcost.sweeping.forms import largest
from convcost.sweeping.plan import Plan

FEW = 200_000
"""Rows up to which it takes longer to import pyarrow than it saves."""


class Encoding(Protocol):
    """A file format."""

    def encode(self, plan: Plan, blocks: Iterable[Block]) -> bytes:
        """Return the rows of some blocks."""

    def rows(self, file: Path) -> int:
        """Return how many rows a file of encoded blocks has."""

    def join(self, plan: Plan, files: Iterable[Path], out: BinaryIO) -> None:
        """Write one file of all, in order."""


class Csv:
    """Comma-separated values: whole numbers and decimals with all their digits; a third is 1/3."""

    def encode(self, plan: Plan, blocks: Iterable[Block]) -> bytes:
        lines = _lines_by_arrow if plan.points > FEW and find_spec("pyarrow") else _lines
        return b"".join(map(lines, blocks))

    def rows(self, file: Path) -> int:
        count = 0
        with file.open("rb") as lines:
            while part := lines.read(1 << 20):
                count += part.count(b"\n")
        return count

    def join(self, plan: Plan, files: Iterable[Path], out: BinaryIO) -> None:
        out.write(header(plan).encode())
        for file in files:
            with file.open("rb") as part:
                shutil.copyfileobj(part, out, 1 << 20)


class Parquet:
    """Columns for data frames, through pyarrow: symbols that are not whole are the nearest floats."""

    def __init__(self) -> None:
        if find_spec("pyarrow") is None:
            raise UsageError("Parquet files need pyarrow", "pip install 'convcost[parquet]'")

    def encode(self, plan: Plan, blocks: Iterable[Block]) -> bytes:
        import pyarrow
        from pyarrow.parquet import ParquetWriter

        schema, buffer = self._schema(plan), io.BytesIO()
        with ParquetWriter(buffer, schema) as writer:
            parts = zip(*map(_columns, blocks), strict=True)
            columns = [_column(np.concatenate(part), field.type) for part, field in zip(parts, schema, strict=True)]
            writer.write_table(pyarrow.table(columns, schema))
        return buffer.getvalue()

    def rows(self, file: Path) -> int:
        from pyarrow.parquet import read_metadata

        return int(read_metadata(file).num_rows)

    def join(self, plan: Plan, files: Iterable[Path], out: BinaryIO) -> None:
        from pyarrow.parquet import ParquetWriter, read_table

        with ParquetWriter(out, self._schema(plan)) as writer:
            for file in files:
                writer.write_table(read_table(file))

    def _schema(self, plan: Plan) -> Any:
        """Whole numbers have 64 bits, and where that is not enough 38 digits."""
        import pyarrow

        def whole(name: str, most: Bound) -> Any:
            if most >= 10**38:
                raise UsageError(f"`{name}` may have more than 38 digits, too many for Parquet", "write FILE.csv")
            return pyarrow.int64() if most < LIMIT else pyarrow.decimal128(38)

        ends = ((axis, max(map(abs, axis.ends))) for axis in plan.axes)
        symbols = [(axis.name, whole(axis.name, most) if axis.below == 1 else pyarrow.float64()) for axis, most in ends]
        totals = [(of, whole(of, most)) for of, most in zip(plan.totals, largest(plan), strict=True)]
        return pyarrow.schema([*symbols, *totals])


ENCODINGS: Mapping[str, type[Encoding]] = {".csv": Csv, ".parquet": Parquet}
"""Formats by the end of a file's name."""


def header(plan: Plan) -> str:
    """Return the first line of a CSV file."""
    return f"{','.join((*plan.names, *plan.totals))}\n"


def _lines(block: Block) -> bytes:
    """The rows of a block as text."""
    rows = zip(*(block.taken(_texts(*column)).tolist() for column in _fractions(block)), strict=True)
    return "".join(f"{','.join(row)}\n" for row in rows).encode()


def _lines_by_arrow(block: Block) -> bytes:
    """The same text, three to five times as fast; what is not an int64 is text for pyarrow, too."""
    from pyarrow import array, table
    from pyarrow.csv import WriteOptions, write_csv

    columns = []
    for above, below in _fractions(block):
        if below == 1 and above.dtype == np.int64:
            columns.append(array(block.taken(above)))
        else:
            places = np.arange(above.size).reshape(above.shape)
            columns.append(array(_texts(above, below).reshape(-1)).take(array(block.taken(places))))
    names, lines = [*block.plan.names, *block.plan.totals], io.BytesIO()
    write_csv(table(columns, names), lines, WriteOptions(include_header=False, quoting_style="none"))
    return lines.getvalue()


def _fractions(block: Block) -> Iterator[tuple[Array, int]]:
    """The columns of a block, and what their numbers are to be divided by."""
    for array, axis in zip(block.above, block.plan.axes, strict=True):
        yield array, axis.below
    yield from ((array, 1) for array in block.totals)


def _columns(block: Block) -> Iterator[Array]:
    """The columns of a block: floats where an axis is not whole."""
    for above, below in _fractions(block):
        yield block.taken(above if below == 1 else above / below)


def _column(numbers: Array, type: Any) -> Any:
    """Numbers in pyarrow's type."""
    import pyarrow

    # Decimals are made of Python's ints only.
    return pyarrow.array(numbers.astype(object) if pyarrow.types.is_decimal(type) else numbers, type)


def _texts(above: Array, below: int) -> Array:
    """Numbers as text, in an array of the same shape."""
    numbers = above.reshape(-1).tolist()
    texts = np.empty(len(numbers), dtype=object)
    texts[:] = list(map(str, numbers)) if below == 1 else [decimal(n, below) for n in numbers]
    return texts.reshape(above.shape)
