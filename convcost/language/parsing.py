"""YAML text -> a tree with positions, built from the parser's events.

PyYAML's constructors are never called: its C loader dies on deep input, merge keys take exponential time inside
either loader, and a dozen scalars raise something that is no YAMLError. The event stream has none of that, so the tree
is built here, with budgets kept as it grows. It takes long to load, and what reads models does without.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from convcost.errors import MAX_PROBLEMS, Problem, Source, Span, SpecError
from convcost.language import yaml_problems
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode

try:
    from yaml._yaml import CParser as _Parser
except ImportError:  # PyYAML built without libyaml; only its events are asked for, so nothing is constructed
    from yaml import Loader as _Parser  # type: ignore[assignment]

MAX_NODES = 100_000

_SKELETON = "a spec starts with `network: name`, then `input:` and `layers:`"


def parse(source: Source, what: str = "a spec", skeleton: str = _SKELETON) -> MappingNode:
    """Return the tree of a document whose top level is a mapping; SpecError with the place of what is wrong.

    `what` it is, and how it starts, is said where nothing of it is there.
    """
    plain = source.text.isascii() and source.text.replace("\n", "").replace("\t", "").isprintable()
    if not plain or any(marker in source.text for marker in ("<<<<<<<", ">>>>>>>", "|||||||")):
        # The patterns take longer to compile than a spec takes to read, and nearly every text is plain.
        yaml_problems.check_characters(source)
    try:
        root = _Builder(source).build(_events(source.text))
    except yaml.YAMLError as error:
        raise SpecError([yaml_problems.syntax_problem(source, error)]) from None
    except (ValueError, OverflowError):  # an escape beyond U+10FFFF, met by the parser's chr()
        message = "no such character: U+10FFFF is the last"
        raise SpecError([yaml_problems.problem_at(source, r"\\U[0-9A-Fa-f]{8}", message)]) from None
    if root is None:
        raise SpecError([Problem(Span(source, 1, 1), "the document is empty", skeleton)])
    if not isinstance(root, MappingNode):
        help = yaml_problems.mistaken(source) or skeleton
        raise SpecError([Problem(root.span, f"{what} is a mapping at its top level", help)])
    return root


def quoted_ranges(source: Source) -> Iterator[tuple[int, int]]:
    """Yield the start and end of quoted and block scalars in a text that can be parsed: `#` starts no comment there."""
    for event in _events(source.text):
        if isinstance(event, yaml.ScalarEvent) and event.style:
            marks: tuple[Any, Any] = event.start_mark, event.end_mark
            yield marks[0].index, marks[1].index


def _events(text: str) -> Iterator[Any]:
    parser: Any = _Parser(text)
    while (event := parser.get_event()) is not None:
        yield event


class _Builder:
    """Assembles the tree; open collections are kept on a list, so depth costs no recursion."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.open: list[tuple[SequenceNode | MappingNode, ScalarNode | None]] = []
        self.root: Node | None = None
        self.key: ScalarNode | None = None
        self.nodes = 0
        self.documents = 0
        self.problems: list[Problem] = []

    def build(self, events: Iterator[Any]) -> Node | None:
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self.refuse_marks(event)
                self.add(ScalarNode(event.value, bool(event.style), self.span(event)))
            elif kind is yaml.MappingStartEvent:
                self.start(event, MappingNode({}, self.span(event)))
            elif kind is yaml.SequenceStartEvent:
                self.start(event, SequenceNode([], self.span(event)))
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                node, self.key = self.open.pop()
                if event.end_mark.line == node.span.line - 1:
                    length = event.end_mark.column + 1 - node.span.column
                    node = node._replace(span=node.span._replace(length=length))
                self.place(node)
            elif kind is yaml.AliasEvent:
                # It is never followed, so it can't make a small text large.
                self.report(Problem(self.span(event), f"aliases (`*{event.anchor}`) {_NO_PART}", _BLOCKS))
                self.add(ScalarNode(f"*{event.anchor}", True, self.span(event)))
            elif kind is yaml.DocumentStartEvent:
                self.document(event)
        if self.problems:
            raise SpecError(self.problems)
        return self.root

    def document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise SpecError([*self.problems, Problem(self.span(event), "a second document; a spec is one document")])
        if event.version and event.version != (1, 2):
            version = ".".join(map(str, event.version))
            # In 1.1, which a parser may follow here, `no` is false, `010` is 8 and `1:30` is 90.
            raise SpecError([Problem(self.span(event), f"specs are YAML 1.2, not {version}", "leave the line out")])

    def start(self, event: Any, node: SequenceNode | MappingNode) -> None:
        self.refuse_marks(event)
        if self.expects_key():
            kind = "mapping" if isinstance(node, MappingNode) else "list"
            raise SpecError([*self.problems, Problem(self.span(event), f"a {kind} can't be a key")])
        if len(self.open) >= yaml_problems.MAX_DEPTH:
            raise SpecError([*self.problems, Problem(self.span(event), yaml_problems.TOO_DEEP)])
        self.open.append((node, self.key))
        self.key = None

    def expects_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1][0], MappingNode) and self.key is None

    def add(self, node: ScalarNode) -> None:
        if not self.expects_key():
            self.place(node)
            return
        self.key = node
        if node.text == "<<" and not node.quoted:
            self.report(Problem(node.span, f"merge keys (`<<`) {_NO_PART}", _BLOCKS))

    def place(self, node: Node) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise SpecError([*self.problems, Problem(node.span, f"more than {MAX_NODES:,} nodes", _REPEAT)])
        if not self.open:
            self.root = node
            return
        parent = self.open[-1][0]
        if isinstance(parent, SequenceNode):
            parent.items.append(node)
            return
        key, self.key = self.key, None
        assert key is not None
        first = parent.entries.get(key.text)
        if first is not None:
            line, column = first[0].span.line, first[0].span.column
            self.report(Problem(key.span, f"`{key.text}` is given twice; first at {line}:{column}"))
        else:
            parent.entries[key.text] = (key, node)

    def report(self, problem: Problem) -> None:
        self.problems.append(problem)
        if len(self.problems) > MAX_PROBLEMS:
            raise SpecError(self.problems)

    def refuse_marks(self, event: Any) -> None:
        """Report a tag or an anchor before a node."""
        if event.tag is not None:
            self.report(Problem(self.span(event), f"tags (`{event.tag}`) {_NO_PART}"))
        if event.anchor is not None:
            self.report(Problem(self.span(event), f"anchors (`&{event.anchor}`) {_NO_PART}", _BLOCKS))

    def span(self, event: Any) -> Span:
        start, end = event.start_mark, event.end_mark
        length = end.column - start.column if end.line == start.line else 1
        return Span(self.source, start.line + 1, start.column + 1, max(1, length))


_NO_PART = "are not part of the language"
_BLOCKS = "name the value as a symbol, or the layers as a block"
_REPEAT = "say `repeat:` instead of writing layers again"
