"""Changes to a spec's text, made where its words stand, so that comments and layout are kept.

To change what a layer is, one must know which entries made it: from the operator back through the blocks used.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from convcost.errors import Problem, Problems, Source, Span, UsageError
from convcost.language.items import Item, Items
from convcost.language.parts import Block, Spec, is_empty
from convcost.language.scope import Scope
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode
from convcost.network import Layer


@dataclass(slots=True, eq=False)
class Use:
    """One entry of a list of layers; two entries are never equal, however alike."""

    node: Node
    item: Item
    name: str
    block: Block | None
    paths: list[list[Use]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The name of its operator or block."""
        return self.item.kind.text


class Uses:
    """A spec's entries, with the names that the reader gives them."""

    def __init__(self, spec: Spec) -> None:
        """Of a spec that has been read without problems."""
        self.problems = Problems()
        self.spec = spec
        self._items = Items(self.spec.blocks)
        self._bodies: dict[int, list[Use]] = {}
        self._places: dict[tuple[str, int, int], Use] = {}
        self.top = self._list(self.spec.layers, False, Scope({}, (), "", self.problems))

    def body(self, block: Block) -> list[Use]:
        """Return a block's entries."""
        if id(block) not in self._bodies:
            scope = Scope({}, (), "", self.problems)
            self._bodies[id(block)] = self._list(block.layers, block.library, scope)
        return self._bodies[id(block)]

    def chain(self, layer: Layer, scope: Scope) -> list[Use]:
        """Return the entries that led to a layer read in that scope, from the network's list to the operator."""
        spans = [layer.span]
        caller: Scope | None = scope
        while caller is not None and caller.use is not None:
            spans.append(caller.use)
            caller = caller.caller
        found: list[Use] = []
        for span in reversed(spans):
            assert span is not None
            found.append(self._places[span.source.name, span.line, span.column])
            block = found[-1].block
            if block is not None:
                self.body(block)
        return found

    def _list(self, nodes: list[Node], library: bool, scope: Scope) -> list[Use]:
        taken = [(node, item) for node in nodes if (item := self._items.take_apart(node, scope))]
        scope.reserved |= {item.name.text for _, item in taken if item.name}
        return [self._use(node, item, library, scope) for node, item in taken]

    def _use(self, node: Node, item: Item, library: bool, scope: Scope) -> Use:
        name = item.name.text if item.name else scope.claim(item.kind.text)
        scope.names[name] = ()
        block = self._items.find_block(item.kind.text, library)
        use = Use(node, item, name, block)
        place = item.kind.span
        self._places[place.source.name, place.line, place.column] = use
        if paths := self._items.paths(item, library):
            for key, path in paths.entries.values():
                own = scope.claim(key.text)
                scope.names[own] = ()
                inner = Scope({}, (), "", self.problems)
                use.paths.append(self._list(path.items if isinstance(path, SequenceNode) else [], library, inner))
        return use


def every(entries: list[Use]) -> Iterator[Use]:
    """Yield all entries of a list, those in its paths included."""
    for use in entries:
        yield use
        for path in use.paths:
            yield from every(path)


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


def exchange_layer(
    use: Use, word: str, arguments: Table[str, str], dropped: Collection[str], name: str | None
) -> list[Edit]:
    """Return the edits that put another operator or block in an entry, with some arguments set and some dropped."""
    kind, body, node = use.item.kind, use.item.body, use.node
    inside = ", ".join(f"{key}: {value}" for key, value in arguments.items())
    if isinstance(node, ScalarNode):
        plain = f"{word}: {{{inside}}}" if inside else word
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
