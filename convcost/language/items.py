"""One entry of a list of layers: which operator or block, its arguments, and what stands beside it."""

from __future__ import annotations

from typing import NamedTuple

from convcost.building.build import signature
from convcost.errors import closest
from convcost.language.layers import argument_names
from convcost.language.library import library_block, library_names
from convcost.language.parts import (
    MAX_NAME,
    MODIFIERS,
    Block,
    is_empty,
    is_local_name,
    refuse_node,
    refuse_unlike_text,
    scalar,
)
from convcost.language.scope import Scope
from convcost.language.synonyms import elsewhere, meant_argument, meant_layer
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode
from convcost.ops import OPERATORS


class Item(NamedTuple):
    """One entry of a list of layers, taken apart."""

    kind: ScalarNode
    body: Node | None = None
    name: ScalarNode | None = None
    source: Node | None = None
    repeat: Node | None = None
    share: ScalarNode | None = None
    expect: Node | None = None
    steps: int = 1
    """How many layers it counts for, apart from those inside it."""


class Items:
    """Takes entries apart, given the blocks that a spec defines."""

    def __init__(self, blocks: dict[str, Block]) -> None:
        self.blocks = blocks
        self._known: dict[int, Item | None] = {}

    def of(self, node: Node, scope: Scope) -> Item | None:
        """Return an entry taken apart; the same node of a block is taken apart once."""
        if id(node) not in self._known:
            self._known[id(node)] = self.take_apart(node, scope)
        return self._known[id(node)]

    def take_apart(self, node: Node, scope: Scope) -> Item | None:
        """Return what an entry of a list of layers says, word by word; None, and reported, if it names no layer."""
        if isinstance(node, ScalarNode) and not is_empty(node):
            return Item(node) if self.is_known(node, scope) else None
        if not isinstance(node, MappingNode):
            refuse_node(node, "a layer is an operator or a block", scope.report)
            return None
        entries = dict(node.entries)
        modifiers = {key: entries.pop(key) for key in MODIFIERS if key in entries}
        known = [key for key, _ in entries.values() if key.text in OPERATORS or self.is_block(key.text)]
        if not entries:
            scope.report(node.span, "this layer names no operator or block")
            return None
        if not known:
            self.is_known(next(iter(entries.values()))[0], scope)
            return None
        for key, _ in entries.values():
            if key is not known[0]:
                help = (
                    "each layer is an entry of its own" if key in known else self.help_beside(known[0].text, key.text)
                )
                scope.report(key.span, f"`{key.text}` can't stand beside `{known[0].text}`", help)
        name, share = (
            scalar(modifiers[key][1], f"`{key}` is a layer's name", scope.report) if key in modifiers else None
            for key in ("name", "share")
        )
        if name and (not is_local_name(name.text) or name.text == "input"):
            help = f"a name has up to {MAX_NAME} letters, digits, _ and -, and is not a number"
            if name.text == "input":
                help = "`input` is what the network or the block is given"
            scope.report(name.span, f"`{name.text}` is not a name for a layer", help)
            name = None
        elif name and refuse_unlike_text(name, scope.report):
            name = None
        source, repeat, expect = (
            modifiers[key][1] if key in modifiers else None for key in ("from", "repeat", "expect")
        )
        body = entries[known[0].text][1]
        steps = 1 + (_leaves(body) + _leaves(source) + 4 * _leaves(expect)) // 16
        return Item(known[0], body, name, source, repeat, share, expect, steps)

    def help_beside(self, kind: str, word: str) -> str:
        """Return where a word belongs that stands beside an operator or a block."""
        block = self.find_block(kind, in_library=False)
        arguments = block.defaults if block else signature(kind)[1]
        if meant := closest(word, MODIFIERS):
            return f"did you mean `{meant}`?"
        if note := elsewhere(word):
            return note
        if meant := meant_argument(word, arguments):
            return f"arguments go inside, `{kind}: {{{meant}: ...}}`"
        return f"beside it there can be {', '.join(MODIFIERS)}"

    def is_block(self, name: str) -> bool:
        """Return whether the spec or the library has a block of that name."""
        return name in self.blocks or name in library_names()

    def is_known(self, kind: ScalarNode, scope: Scope) -> bool:
        """Return whether there is such an operator or block; reported if not."""
        if kind.text in OPERATORS or self.is_block(kind.text):
            return True
        help = meant_layer(kind.text, [*OPERATORS, *library_names(), *self.blocks])
        if " - " in kind.text:
            help = "the entries of a list all start in the same column"
        scope.report(
            kind.span,
            f"no operator or block `{kind.text}`",
            help or "`convcost operators` and `convcost list --blocks` show what there is",
        )
        return False

    def find_block(self, name: str, in_library: bool) -> Block | None:
        """Return the spec's block of that name, else the library's; None for an operator.

        A block of the library means its own operators and blocks, whatever the spec calls its.
        """
        own = None if in_library else self.blocks.get(name)
        return own or (None if name in OPERATORS else library_block(name))

    def paths(self, item: Item, in_library: bool) -> MappingNode | None:
        """Return the branches of an operator over several inputs that are written in place: all but its arguments.

        A word that has a single value and means an argument is no path.
        """
        name, body = item.kind.text, item.body
        if not isinstance(body, MappingNode) or self.find_block(name, in_library):
            return None
        arguments = argument_names(name)
        paths = {
            key: entry
            for key, entry in body.entries.items()
            if key not in arguments and not (isinstance(entry[1], ScalarNode) and meant_argument(key, arguments))
        }
        return MappingNode(paths, body.span) if paths and signature(name)[0].arity[1] != 1 else None


def _leaves(node: Node | None) -> int:
    if isinstance(node, MappingNode):
        return sum(_leaves(value) for _, value in node.entries.values())
    return sum(map(_leaves, node.items)) if isinstance(node, SequenceNode) else 1
