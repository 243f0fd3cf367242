"""A spec's text with some of its layers replaced.

A layer inside a block is replaced in that block if all uses of the block want it; else the block is copied under a name
of its own for the uses that do. Blocks of the library are always copied: they aren't the spec's.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Any

from convcost.editing.edits import (
    Edit,
    Exchange,
    applied,
    exchange,
    exchange_layer,
    line_start,
    refusal,
    section_end,
)
from convcost.editing.tables import exchange_rows
from convcost.editing.uses import Uses, every
from convcost.errors import Source, Span
from convcost.language.library import library_names
from convcost.language.parts import Block
from convcost.ops import OPERATORS

Wanted = dict[Any, Any]
"""For entries of a list: the arguments to drop, a frozenset, if they are to be replaced, else what is wanted of the
entries of the block that they use, again a Wanted."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """What takes the place of an operator or a block: a word, and arguments that are set beside those there are."""

    name: str
    """What it is called: copies of blocks are named after it."""
    word: str
    arguments: Table[str, str]


def rewrite(uses: Uses, source: Source, new: Replacement, wanted: Wanted, live: Wanted, keep_names: bool) -> Source:
    """Return the spec with what is wanted replaced; `live` holds, in the same way, everything that makes a layer.

    With `keep_names`, all that is touched keeps the name it had, even where that was made from the word that goes.
    """
    return _Rewriter(uses, source, new, keep_names).run(wanted, live)


class _Rewriter:
    def __init__(self, uses: Uses, source: Source, new: Replacement, keep_names: bool) -> None:
        self.uses = uses
        self.source = source
        self.new = new
        self.keep_names = keep_names
        self.seen: dict[int, tuple[Block, dict[object, Wanted]]] = {}
        self.copies: dict[object, tuple[str, str]] = {}

    def run(self, wanted: Wanted, live: Wanted) -> Source:
        self.survey(wanted, live)
        edits = self.edits(wanted)
        for block, ways in self.seen.values():
            if self.in_place(block):
                edits += self.edits(next(iter(ways.values())))
        return Source(f"{self.source.name} (rewritten)", applied(self.source.text, [*edits, *self.insertion()]))

    def survey(self, wanted: Wanted, live: Wanted) -> None:
        """In how many ways each block is wanted."""
        for use, inside in live.items():
            way = wanted.get(use, {})
            if use.block is not None and isinstance(way, dict):
                self.seen.setdefault(id(use.block), (use.block, {}))[1][_key(way)] = way
                self.survey(way, inside)

    def in_place(self, block: Block) -> bool:
        return not block.library and len(self.seen[id(block)][1]) == 1

    def edits(self, wanted: Wanted) -> list[Edit]:
        """Return the changes to one list of layers."""
        exchanges: list[Exchange] = []
        for use, inside in wanted.items():
            name = use.name if self.keep_names and use.item.name is None and not use.is_argument else None
            if not isinstance(inside, dict):
                exchanges.append(Exchange(use, self.new.word, self.new.arguments, inside, name))
            elif not self.in_place(use.block):
                exchanges.append(Exchange(use, self.copy(use.block, inside), {}, (), name))
        edits = [edit for one in exchanges if not one.use.table for edit in exchange_layer(one)]
        for table in {id(one.use.table): one.use.table for one in exchanges if one.use.table}.values():
            edits += exchange_rows(table, {one.use.node.span: one for one in exchanges}, edits)
        return edits

    def copy(self, block: Block, wanted: Wanted) -> str:
        """Return the name of a copy of a block with what is wanted of it replaced."""
        key = (id(block), _key(wanted))
        if key not in self.copies:
            name = self.free_name(f"{block.name}_{self.new.name}")
            self.copies[key] = (name, "")  # the name is taken before the copies inside look for theirs
            start, end = self.extent(block)
            edits = [*self.edits(wanted), exchange(block.span, name)]
            self.copies[key] = (name, applied(block.span.source.text, edits, start, end))
        return self.copies[key][0]

    def free_name(self, wish: str) -> str:
        taken = {*self.uses.spec.blocks, *library_names(), *OPERATORS, *(name for name, _ in self.copies.values())}
        return next(name for n in range(1, 1000) if (name := wish if n == 1 else f"{wish}_{n}") not in taken)

    def extent(self, block: Block) -> tuple[int, int]:
        """Return where a block's definition starts and ends; with the comment above it if it is a library's."""
        source = block.span.source
        if block.library:
            for use in every(self.uses.body(block)):
                if use.block is not None and use.kind in self.uses.spec.blocks:
                    message = f"block `{block.name}` of the library, to be copied, uses the library's `{use.kind}`"
                    raise refusal(self.uses.spec.blocks[use.kind].span, f"{message}, not this one")
            return 0, section_end(source, block.span, [])
        if source.lines[block.span.line - 1][: block.span.column - 1].strip():
            raise refusal(block.span, f"block `{block.name}` must be copied and has no lines of its own")
        return line_start(block.span), section_end(source, block.span, self.neighbours())

    def neighbours(self) -> list[Span]:
        """Return where blocks and the keys of the top level start."""
        keys = [key.span for key, _ in self.uses.spec.root.entries.values()]
        return keys + [block.span for block in self.uses.spec.blocks.values()]

    def insertion(self) -> list[Edit]:
        """Return the copies, put behind the last block, or in a section of their own before the layers."""
        if not self.copies:
            return []
        own = self.uses.spec.blocks.values()
        last = max(own, key=lambda block: block.span.line) if own else None
        indent = last.span.column - 1 if last else 2
        text = "\n".join(_indented(copy, indent) for _, copy in self.copies.values())
        if last:
            _, end = self.extent(last)
            return [Edit(end, end, "\n" + text)]
        start = line_start(self.uses.spec.root.entries["layers"][0].span)
        return [Edit(start, start, f"blocks:\n{text}\n\n")]


def _key(wanted: Any) -> object:
    return frozenset((use, _key(inside)) for use, inside in wanted.items()) if isinstance(wanted, dict) else wanted


def _indented(text: str, indent: int) -> str:
    lines = text.split("\n")
    shift = indent - min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(" " * shift + line if shift > 0 and line.strip() else line[max(0, -shift) :] for line in lines)
