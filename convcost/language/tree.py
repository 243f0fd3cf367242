"""A spec's text as a tree with positions. Scalars stay text; what they mean is the spec's own grammar's business."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from convcost.errors import Problem, Source, Span, SpecError

MAX_BYTES = 1024 * 1024


class ScalarNode(NamedTuple):
    """A word or number as it stands in the text."""

    text: str
    quoted: bool
    span: Span

    @property
    def unlike_text(self) -> str | None:
        """The kind of value that YAML makes of it where it is not text; an editor would not see a name there."""
        if self.quoted or not self.text:
            return None
        if self.text in NO_TEXT:
            return NO_TEXT[self.text]
        return "a number" if self.text[0] in "0123456789+-." and re.fullmatch(_NUMBER, self.text) else None

    def place(self, start: int, length: int) -> Span:
        """Return where some of its characters stand: all of it where escapes or folded lines hide them."""
        as_written = self.span.length == len(self.text) + 2 * self.quoted
        return self.span.part(start + self.quoted, length) if as_written else self.span


NO_TEXT = {
    **dict.fromkeys(("null", "Null", "NULL", "~"), "nothing"),
    **dict.fromkeys(("true", "True", "TRUE", "false", "False", "FALSE"), "true or false"),
}
"""The words that are not text in YAML 1.2 unless they are quoted, and what they are (10.3.2, the core schema)."""

_NUMBER = (
    r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
"""Integers and floats of the core schema."""


class SequenceNode(NamedTuple):
    """A list, with where it stands."""

    items: list[Node]
    span: Span


class MappingNode(NamedTuple):
    """Keys and their values, with where they stand."""

    entries: dict[str, tuple[ScalarNode, Node]]
    span: Span


Node: TypeAlias = ScalarNode | SequenceNode | MappingNode


def walk(*nodes: Node) -> Iterator[Node]:
    """Yield the nodes, each before all that is below it. Keys are no nodes of their own: their mappings have them."""
    for node in nodes:
        yield node
        if isinstance(node, MappingNode):
            yield from walk(*(value for _, value in node.entries.values()))
        elif isinstance(node, SequenceNode):
            yield from walk(*node.items)


def decode(name: str, data: bytes, max_bytes: int = MAX_BYTES) -> Source:
    """Return the text of a spec: UTF-8, with or without a byte order mark."""
    if len(data) > max_bytes:
        size = f"{len(data):,} bytes; the limit is {max_bytes:,}"
        raise SpecError([Problem(Span(Source(name, ""), 1, 1), f"the file has {size}")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8-sig", errors="replace")
        source = Source(name, good)
        span = Span(source, len(source.lines), len(source.lines[-1]) + 1)
        raise SpecError([Problem(span, f"byte 0x{data[error.start]:02x} is not UTF-8", "save it as UTF-8")]) from None
    return Source(name, text.replace("\r\n", "\n").replace("\r", "\n"))
