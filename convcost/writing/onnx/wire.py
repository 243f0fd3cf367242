"""The wire format of protocol buffers, as `reading/onnx/wire.py` describes it, written: messages of numbered fields.

What is too much to hold is known by its size until it is written.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

_VARINT, _BYTES, _FIXED32 = 0, 2, 5
"""The kinds of values: a number, a length with so many bytes, 4 bytes."""


class Bulk(NamedTuple):
    """Many bytes, which are made when they are written."""

    size: int
    chunks: Callable[[], Iterator[bytes]]


class Message:
    """A row of fields in the order in which they were added."""

    def __init__(self) -> None:
        self.parts: list[bytes | Bulk] = []
        self.size = 0

    def add(self, number: int, *values: Value) -> None:
        """Add a field with each of these values: an integer, a float of 4 bytes, a text, bytes or a message."""
        for value in values:
            match value:
                case int():
                    self._append(_varint(number << 3 | _VARINT) + _varint(value))
                case float():
                    self._append(_varint(number << 3 | _FIXED32) + struct.pack("<f", value))
                case str():
                    self.add(number, value.encode())
                case bytes():
                    self._append(_varint(number << 3 | _BYTES) + _varint(len(value)) + value)
                case Message():
                    self._append(_varint(number << 3 | _BYTES) + _varint(value.size))
                    self.parts += value.parts
                    self.size += value.size
                case Bulk():
                    self._append(_varint(number << 3 | _BYTES) + _varint(value.size))
                    self.parts.append(value)
                    self.size += value.size

    def packed(self, number: int, values: Iterable[int]) -> None:
        """Add integers as one field; nothing if there are none."""
        if data := b"".join(map(_varint, values)):
            self.add(number, data)

    def chunks(self) -> Iterator[bytes]:
        """Yield its bytes, one part after the other."""
        for part in self.parts:
            if isinstance(part, Bulk):
                yield from part.chunks()
            else:
                yield part

    def _append(self, data: bytes) -> None:
        self.parts.append(data)
        self.size += len(data)


Value: TypeAlias = int | float | str | bytes | Message | Bulk


def _varint(value: int) -> bytes:
    """7 bits a byte, the lowest first; a negative number as the one of 64 bits that it is."""
    left = value % 2**64
    found = bytearray()
    while left > 127:
        found.append(left & 127 | 128)
        left >>= 7
    found.append(left)
    return bytes(found)
