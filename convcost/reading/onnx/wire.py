"""The wire format of protocol buffers, read in place: of a file, nothing is taken but what is asked for.

A message is a row of fields. Each begins with a tag, its number and the kind of its value: a varint (7 bits a byte, the
lowest first; the high bit says that more follow), 4 or 8 bytes, a length and so many bytes (a text, a message, or
packed numbers), or a group of fields up to a tag that ends it. As every reader of the format does: where one value is
wanted the last counts, messages are merged, and what has an unknown number, or a kind that is not its own, is no error.
https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from io import SEEK_END
from typing import IO, TypeAlias, TypeVar

MAX_FIELDS = 4_000_000
"""How many fields are looked at, and bytes of packed numbers. It bounds the time and the memory that a file takes."""
MAX_BYTES = 2**26
"""How many bytes a text, or the numbers of a small tensor, may have."""

_BLOCK = 2**14
"""How many bytes are read at once, where no more are asked for."""
_HEAD = 16
"""More bytes than a tag and a number have together, 15 at most."""
_SHORT = 256
"""Messages of so many bytes or fewer are kept, so that equal ones are read once."""

_VARINT, _BYTES, _GROUP, _END = 0, 2, 3, 4
"""The kinds of values: a number, a length with so many bytes, the begin and the end of a group."""
_FIXED = {1: 8, 5: 4}
"""The kinds of values that have a fixed number of bytes, and that number."""
_ALL_BITS = 2**64 - 1

T = TypeVar("T")
Span: TypeAlias = tuple[int, int]
"""Where bytes of the file begin and end."""
Value: TypeAlias = int | bytes | Span
"""A varint as an unsigned number, 4 or 8 bytes, or where so many bytes begin and end."""


class Torn(Exception):
    """The bytes are no message."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(f"{message}, at byte {offset:,}")


class Wire:
    """A file of which one block is in memory."""

    def __init__(self, file: IO[bytes]) -> None:
        """`file` can seek."""
        self._file = file
        self._block = b""
        self._start = self._stop = 0
        self._left = MAX_FIELDS
        self.size = file.seek(0, SEEK_END)

    def read(self, span: Span, into: dict[int, list[Value]]) -> None:
        """Add the fields of the message there, groups left out, to those of the same number; Torn if it is none."""
        groups: list[int] = []
        value: Value | None
        at, stop = span
        block, base, last, count = self._block, self._start, self._stop - _HEAD, 0
        try:
            while at < stop:
                if not base <= at <= last:
                    self._load(at, _HEAD)
                    block, base, last = self._block, self._start, self._stop - _HEAD
                    self._spend(count, at)
                    count = 0
                count += 1
                tag, place = block[at - base], at - base + 1
                if tag > 127:
                    tag, place = _varint(block, at - base, 5)
                number, kind = tag >> 3, tag & 7
                value = None
                if kind == _BYTES:
                    size, place = block[place], place + 1
                    if size > 127:
                        size, place = _varint(block, place - 1, 5)
                    value = base + place, base + place + size
                    place += size
                elif kind == _VARINT:
                    value, place = _varint(block, place, 10)
                elif kind in _FIXED:
                    place += _FIXED[kind]
                    value = block[place - _FIXED[kind] : place]
                elif kind == _GROUP:
                    groups.append(number)
                elif kind != _END or not groups or groups.pop() != number:
                    raise Torn(f"a field can't be of the kind {kind} here", at)
                if not 0 < number < 2**29:
                    raise Torn(f"a field can't have the number {number}", at)
                if base + place > stop:
                    raise Torn("what begins here goes past the end", at)
                at = base + place
                if value is not None and not groups:
                    into[number].append(value)
        except IndexError:
            raise Torn("what begins here goes past the end", at) from None
        if groups:
            raise Torn("a group has no end", at)
        self._spend(count, at)

    def varints(self, span: Span) -> list[int]:
        """Return packed numbers, unsigned; Torn if the last of them has no end."""
        self._spend(span[1] - span[0], span[0])
        block = self.take(span)
        found = []
        place = 0
        try:
            while place < len(block):
                value, place = _varint(block, place, 10)
                found.append(value)
        except IndexError:
            raise Torn("what begins here goes past the end", span[0] + place) from None
        return found

    def take(self, span: Span) -> bytes:
        """Return the bytes there; Torn if they are more than a text has, or the file has become shorter."""
        start, stop = span
        if stop - start > MAX_BYTES:
            raise Torn(f"a text or a list of more than {MAX_BYTES:,} bytes", start)
        if not self._start <= start <= stop <= self._stop:
            self._load(start, stop - start)
            if stop > self._stop:
                raise Torn("the file ends here", self._stop)
        return self._block[start - self._start : stop - self._start]

    def text(self, span: Span) -> str:
        """Return the text there; Torn if it is not UTF-8."""
        try:
            return self.take(span).decode()
        except UnicodeDecodeError as error:
            raise Torn("a name is not UTF-8", span[0] + error.start) from None

    def _load(self, start: int, size: int) -> None:
        """Have a block in memory that has so many bytes from there on, or all that are left."""
        self._file.seek(start)
        self._block = self._file.read(max(size, _BLOCK))
        self._start, self._stop = start, start + len(self._block)

    def _spend(self, count: int, at: int) -> None:
        self._left -= count
        if self._left < 0:
            raise Torn(f"more than {MAX_FIELDS:,} fields", at)


def _varint(block: bytes, place: int, most: int) -> tuple[int, int]:
    """Return the unsigned number at a place, of at most so many bytes, and where it ends; IndexError if it does not."""
    byte = block[place]
    if byte < 128:  # as nearly all of them are
        return byte, place + 1
    value = 0
    for n in range(most):
        value |= (block[place + n] & 127) << 7 * n
        if block[place + n] < 128:
            return value & _ALL_BITS, place + n + 1
    raise IndexError  # as where the block ends first, so that callers have one case


class Message:
    """A message in a file. Fields are named by their numbers; one that is not there is empty."""

    __slots__ = ("_fields", "_wire")

    def __init__(self, wire: Wire, spans: Iterable[Span]) -> None:
        """Read the message whose parts stand at these places; Torn if one of them is no message."""
        self._wire = wire
        self._fields: defaultdict[int, list[Value]] = defaultdict(list)
        for span in spans:
            wire.read(span, self._fields)

    def spans(self, number: int) -> list[Span]:
        """Return where the texts, bytes or messages of a field begin and end."""
        return [value for value in self._fields.get(number, ()) if isinstance(value, tuple)]

    def messages(self, number: int) -> Iterator[Message]:
        """Return each message of a field; Torn when one is reached that is no message."""
        return (Message(self._wire, [span]) for span in self.spans(number))

    def message(self, number: int) -> Message:
        """Return the only message of a field, its parts merged; Torn if it is no message."""
        return Message(self._wire, self.spans(number))

    def texts(self, number: int) -> tuple[str, ...]:
        """Return each text of a field; Torn for one that is not UTF-8."""
        return tuple([self._wire.text(value) for value in self._fields.get(number, ()) if isinstance(value, tuple)])

    def text(self, number: int) -> str:
        """Return the only text of a field; Torn if it is not UTF-8."""
        for value in reversed(self._fields.get(number, ())):
            if isinstance(value, tuple):
                return self._wire.text(value)
        return ""

    def raw(self, number: int) -> bytes:
        """Return the only bytes of a field."""
        spans = self.spans(number)
        return self._wire.take(spans[-1]) if spans else b""

    def each(self, number: int, read: Callable[[Message], T], known: dict[bytes, T]) -> Iterator[T]:
        """Yield what `read` makes of each message of a field; `known` keeps it of short ones, by their bytes."""
        for span in self.spans(number):
            if span[1] - span[0] > _SHORT:
                yield read(Message(self._wire, [span]))
            else:
                data = self._wire.take(span)
                if data not in known:
                    known[data] = read(Message(self._wire, [span]))
                yield known[data]

    def integers(self, number: int) -> tuple[int, ...]:
        """Return each integer of a field, packed or not; Torn if one has no end."""
        found: list[int] = []
        for value in self._fields.get(number, ()):
            if isinstance(value, int):
                found.append(value)
            elif isinstance(value, tuple):
                found += self._wire.varints(value)
        return tuple(map(_signed, found))

    def integer(self, number: int) -> int | None:
        """Return the only integer of a field; None if it is not there."""
        found = [value for value in self._fields.get(number, ()) if isinstance(value, int)]
        return _signed(found[-1]) if found else None

    def fixed(self, number: int, size: int) -> bytes:
        """Return the bytes of the numbers of a field, `size` of each, packed or not; Torn if a part of one is lost."""
        found = []
        for value in self._fields.get(number, ()):
            if isinstance(value, bytes) and len(value) == size:
                found.append(value)
            elif isinstance(value, tuple):
                if (value[1] - value[0]) % size:
                    raise Torn(f"this is not a row of numbers of {size} bytes", value[0])
                found.append(self._wire.take(value))
        return b"".join(found)


def _signed(value: int) -> int:
    return value - 2**64 if value >> 63 else value
