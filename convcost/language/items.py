"""One entry of a list of layers: which operator, block or argument, what stands under it, and what beside it."""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.

from typing import NamedTuple

from convcost.language.parts import (
    MAX_NAME,
    MODIFIERS,
    is_empty,
    is_local_name,
    refuse_node,
    refuse_unlike_text,
    scalar,
)
from convcost.language.rows import expanded
from convcost.language.scope import Scope
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode
from convcost.language.vocabulary import Vocabulary


class Item(NamedTuple):
    """One entry of a list of layers, taken apart."""

    kind: ScalarNode
    body: Node | None = None
    name: ScalarNode | None = None
    source: Node | None = None
    when: Node | None = None
    repeat: Node | None = None
    share: ScalarNode | None = None
    expect: Node | None = None
    steps: int = 1
    """How many layers it counts for, apart from those inside it."""


class Items:
    """Takes entries apart, given the names that there are."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._known: dict[int, list[Item | None]] = {}

    def of(self, node: Node, scope: Scope) -> list[Item | None]:
        """Return an entry taken apart, or the entries of its rows; the same node of a block is taken apart once."""
        if id(node) not in self._known:
            self._known[id(node)] = [self.take_apart(one, scope) for one in expanded([node], scope.report)]
        return self._known[id(node)]

    def take_apart(self, node: Node, scope: Scope) -> Item | None:
        """Return what an entry of a list of layers says, word by word; None, and reported, if it names no layer."""
        if isinstance(node, ScalarNode) and not is_empty(node):
            return Item(node) if self._is_known(node, scope) else None
        if not isinstance(node, MappingNode):
            refuse_node(node, "a layer is an operator or a block", scope.report)
            return None
        entries = dict(node.entries)
        modifiers = {key: entries.pop(key)[1] for key in MODIFIERS if key in entries}
        if not entries:
            scope.report(node.span, "this layer names no operator or block")
            return None
        words = [key for key, _ in entries.values()]
        known = [key for key in words if self.vocabulary.has(key.text)]
        kind = next(iter(known or (key for key in words if self.vocabulary.is_argument(key.text, scope))), words[0])
        if not self._is_known(kind, scope):
            return None
        for key in words:
            if key is not kind:
                is_layer = key in known
                help = "each layer is an entry of its own"
                help = help if is_layer else self.vocabulary.help_beside(kind.text, key.text)
                scope.report(key.span, f"`{key.text}` can't stand beside `{kind.text}`", help)
        return _with(kind, entries[kind.text][1], modifiers, scope)

    def _is_known(self, kind: ScalarNode, scope: Scope) -> bool:
        """Whether there is an operator, a block or an argument of that name; reported if not."""
        if self.vocabulary.has(kind.text) or self.vocabulary.is_argument(kind.text, scope):
            return True
        self.vocabulary.report_unknown(kind, scope)
        return False


def _with(kind: ScalarNode, body: Node, modifiers: dict[str, Node], scope: Scope) -> Item:
    """An entry with what stands beside it, without what can't."""
    name, share = (
        scalar(modifiers[key], f"`{key}` is a layer's name", scope.report) if key in modifiers else None
        for key in ("name", "share")
    )
    source, expect = modifiers.get("from"), modifiers.get("expect")
    if name and (not is_local_name(name.text) or name.text == "input"):
        help = f"a name has up to {MAX_NAME} letters, digits, _ and -, and is not a number"
        if name.text == "input":
            help = "`input` is what the network or the block is given"
        scope.report(name.span, f"`{name.text}` is not a name for a layer", help)
        name = None
    elif name and refuse_unlike_text(name, scope.report):
        name = None
    steps = 1 + (_leaves(body) + _leaves(source) + 4 * _leaves(expect)) // 16
    return Item(kind, body, name, source, modifiers.get("when"), modifiers.get("repeat"), share, expect, steps)


def _leaves(node: Node | None) -> int:
    if isinstance(node, MappingNode):
        return sum(_leaves(value) for _, value in node.entries.values())
    return sum(map(_leaves, node.items)) if isinstance(node, SequenceNode) else 1
