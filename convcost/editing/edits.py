"""Changes to a spec's text, made where its words stand, so that comments and layout are kept."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from collections.abc import Mapping as Table
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from convcost.editing.uses import Use
from convcost.errors import Problem, Source, Span, UsageError
from convcost.language.parts import is_empty
from convcost.language.tree import MappingNode, Node, ScalarNode


class Edit(NamedTuple):
    """Text in the place of the characters from `start` to `end`."""

    start: int
    end: int
    text: str


def applied(text: str, edits: Iterable[Edit], start: int = 0, end: int | None = None) -> str:
    """Return the text from `start` to `end` with the edits made; text inserted before a word that goes stays."""
    pieces: list[str] = []
    for edit in sorted(edits):
        pieces += text[start : edit.start], edit.text
        start = edit.end
    return "".join([*pieces, text[start:end]])


def place(span: Span) -> int:
    """Return where a span starts in its source's text."""
    return _line_starts(span.source)[span.line - 1] + span.column - 1


@lru_cache(maxsize=4)
def _line_starts(source: Source) -> list[int]:
    return [0, *accumulate(len(line) + 1 for line in source.lines)]


def exchange(span: Span, text: str) -> Edit:
    """Other text in the place of a span."""
    start = place(span)
    return Edit(start, start + span.length, text)


class Exchange(NamedTuple):
    """Another operator or block for an entry, with some arguments set and some dropped."""

    use: Use
    word: str
    arguments: Table[str, str]
    dropped: Collection[str]
    name: str | None
    """The name to be written, where it was made from the word that goes."""


def exchange_layer(exchanged: Exchange) -> list[Edit]:
    """Return the edits that put another operator or block in an entry that stands by itself."""
    use, word, arguments, dropped, name = exchanged
    kind, body, node = use.item.kind, use.item.body, use.node
    inside = ", ".join(f"{key}: {value}" for key, value in arguments.items())
    if isinstance(node, ScalarNode):
        plain = f"{word}: {{{inside}}}" if inside else word
        if use.is_argument:
            return [exchange(node.span, f"{{{plain}}}" if inside else plain)]
        return [exchange(node.span, f"{{name: {name}, {plain}{'' if inside else ': '}}}" if name else plain)]
    edits = [exchange(kind.span, word)]
    if body is None or is_empty(body):
        if inside:
            after = exchange(kind.span, "").end + 1
            edits.append(Edit(after, after, f" {{{inside}}}"))
    elif arguments or dropped:
        if not isinstance(body, MappingNode) or not body.entries:
            raise refusal(kind.span, f"the arguments of `{kind.text}` can't be changed as they are written")
        edits += _arguments(body, arguments, dropped)
    return edits if name is None else edits + _named(node, kind, body, name)


def _arguments(body: MappingNode, arguments: Table[str, str], dropped: Collection[str]) -> list[Edit]:
    text = body.span.source.text
    flow = text.startswith("{", place(body.span))
    entries = sorted((place(key.span), key.text, value) for key, value in body.entries.values())
    starts = [start for start, _, _ in entries]
    kept = [n for n, (_, key, _) in enumerate(entries) if key not in dropped]
    edits = []
    new = dict(arguments)
    for n, (start, key, value) in enumerate(entries):
        if n in kept and key in new:
            edits.append(Edit(place(value.span), _end(value), new.pop(key)))
        elif n not in kept and any(later > n for later in kept):
            edits.append(Edit(start, starts[n + 1], ""))
    if kept and kept[-1] + 1 < len(entries):
        # What stands between the last that is kept and those behind it goes too: a comma, or a line's end.
        edits.append(Edit(_end(entries[kept[-1]][2]), _end(entries[-1][2]), ""))
    elif not kept:
        edits.append(Edit(starts[0], _end(entries[-1][2]), ""))
    if new and flow:
        end = _end(entries[kept[-1]][2]) if kept else starts[0]
        inserted = ", ".join(f"{key}: {value}" for key, value in new.items())
        edits.append(Edit(end, end, f", {inserted}" if kept else inserted))
    elif new:
        # A line of its own, before the others: a comment may follow the last.
        indent = "\n" + " " * (min(key.span.column for key, _ in body.entries.values()) - 1)
        edits.append(Edit(starts[0], starts[0], "".join(f"{key}: {value}{indent}" for key, value in new.items())))
    return edits


def _named(node: Node, kind: ScalarNode, body: Node | None, name: str) -> list[Edit]:
    """`name:` put at the head of an entry: in braces, on a line of its own, or in braces that are put around it."""
    start, text = place(node.span), node.span.source.text
    if text.startswith("{", start):
        return [Edit(start + 1, start + 1, f"name: {name}, ")]
    indent = text[start - node.span.column + 1 : start]
    if re.fullmatch(r"\s*(- +)+", indent):
        return [Edit(start, start, f"name: {name}\n{' ' * len(indent)}")]
    end = _end(body) if body is not None and not is_empty(body) else exchange(kind.span, "").end + 1
    return [Edit(start, start, f"{{name: {name}, "), Edit(end, end, "}")]


_WORDS = re.compile(r"""(?P<quoted>'(?:[^']|'')*'|"(?:[^"\\]|\\.)*")|(?P<comment>(?<=\s)\#.*)|[{\[]|[}\]]""")


def _end(node: Node) -> int:
    """The place behind a value that stands on one line or in brackets."""
    start, text = place(node.span), node.span.source.text
    if isinstance(node, ScalarNode):
        return start + (0 if is_empty(node) else node.span.length)
    depth = 0
    if text[start] in "{[":
        for found in _WORDS.finditer(text, start):
            if not found["quoted"] and not found["comment"]:
                depth += 1 if found[0] in "{[" else -1
                if not depth:
                    return found.end()
    raise refusal(node.span, "this can't be changed as it is written", "write it in braces or brackets")


def refusal(span: Span, message: str, help: str | None = None) -> UsageError:
    """Return what can't be done to a text, and where."""
    return UsageError([Problem(span, message, help)])


def line_start(span: Span) -> int:
    """Return where the line of a span starts."""
    return place(span) - span.column + 1


def section_end(source: Source, start: Span, following: Iterable[Span]) -> int:
    """Return the end of what starts at a span: of its last line that is no blank and no comment before what follows."""
    end = min((line_start(span) for span in following if span.line > start.line), default=len(source.text))
    trailer = re.search(r"(\s*\n[ \t]*(#[^\n]*)?)*\Z", source.text[:end])
    return trailer.start() if trailer else end
