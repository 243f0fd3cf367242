"""What a word names where a layer is wanted: an operator, a block, or an argument that is one of these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from convcost.errors import closest
from convcost.language.layers import argument_names
from convcost.language.library import library_block, library_names
from convcost.language.parts import MODIFIERS, Block, describe, is_empty, layers_of
from convcost.language.rows import expanded
from convcost.language.scope import Applicable, Scope, Unknown
from convcost.language.synonyms import elsewhere, meant_argument, meant_layer
from convcost.language.tree import MappingNode, Node, ScalarNode, walk
from convcost.ops import OPERATORS, operator

NOTHING = "identity"
"""The operator that, as an argument, stands for no layer."""


class Roles:
    """How a block uses its arguments; all others are values."""

    def __init__(self, either: Iterable[str] = ()) -> None:
        self.layers: set[str] = set()
        """Those that name an operator or a block, for a layer applies them, or hands them on to be applied."""
        self.either = set(either)
        """Those that are handed on to what an argument names: what they are, only that knows."""


class Vocabulary:
    """The names of operators and blocks, given the blocks that a spec defines."""

    def __init__(self, blocks: Mapping[str, Block]) -> None:
        self.blocks = blocks
        self._roles: dict[int, Roles] = {}

    def has(self, name: str) -> bool:
        """Return whether there is an operator or a block of that name."""
        return name in OPERATORS or name in self.blocks or name in library_names()

    def is_argument(self, name: str, scope: Scope) -> bool:
        """Return whether a layer of that name applies what an argument names; operators go before arguments."""
        own = scope.block is not None and name in scope.block.defaults
        return own and name in scope.values and name not in OPERATORS

    def find_block(self, name: str, in_library: bool) -> Block | None:
        """Return the spec's block of that name, else the library's; None for an operator.

        A block of the library means its own operators and blocks, whatever the spec calls its.
        """
        own = self.blocks.get(name)
        own = None if own and in_library and not own.library else own
        return own or (library_block(name) if name not in OPERATORS and name in library_names() else None)

    def paths(self, name: str, body: MappingNode, in_library: bool) -> MappingNode | None:
        """Return the branches of an operator over several inputs that are written in place: all but its arguments.

        A word that has a single value and means an argument is no path.
        """
        if name not in OPERATORS or self.find_block(name, in_library) or operator(name).arity[1] == 1:
            return None
        arguments = argument_names(name)
        paths = {
            key: entry
            for key, entry in body.entries.items()
            if key not in arguments and not (isinstance(entry[1], ScalarNode) and meant_argument(key, arguments))
        }
        return MappingNode(paths, body.span) if paths else None

    def report_unknown(self, kind: ScalarNode, scope: Scope) -> Unknown:
        """Report that there is no operator, block or argument of a name."""
        help = meant_layer(kind.text, [*OPERATORS, *library_names(), *self.blocks])
        if " - " in kind.text:
            help = "the entries of a list all start in the same column"
        return scope.report(
            kind.span,
            f"no operator or block `{kind.text}`",
            help or "`convcost operators` and `convcost list --blocks` show what there is",
        )

    def help_beside(self, kind: str, word: str) -> str:
        """Return where a word belongs that stands beside an operator, a block or an argument."""
        block = self.find_block(kind, in_library=False)
        arguments = block.defaults if block else operator(kind).arguments if kind in OPERATORS else ()
        if meant := closest(word, MODIFIERS):
            return f"did you mean `{meant}`?"
        if note := elsewhere(word):
            return note
        if meant := meant_argument(word, arguments):
            return f"arguments go inside, `{kind}: {{{meant}: ...}}`"
        return f"beside it there can be {', '.join(MODIFIERS)}"

    def meant(self, kind: ScalarNode, body: Node | None, scope: Scope) -> Applicable:
        """Return what a word and what stands under it apply; Unknown, and reported, if that is none."""
        if not self.is_argument(kind.text, scope):
            return Applicable(kind, ((body, scope),), scope)
        value = scope.layer_at(kind.text)
        if value is None:
            raise scope.report(kind.span, f"`{kind.text}` names no operator or block")
        return value if body is None or is_empty(body) else value.with_body(body, scope)

    def argument(self, name: str, node: Node, block: Block, scope: Scope) -> object:
        """Return the value of a block's argument, written in some scope; Unknown, and reported, if it has none."""
        roles = self.roles(block)
        named = self._named(node, scope)
        if name in roles.layers and named is None:
            if isinstance(node, ScalarNode) and node.text.isidentifier() and node.text not in scope.values:
                raise self.report_unknown(node, scope)
            told = f"`{node.text}`" if isinstance(node, ScalarNode) and node.text else describe(node)
            example = f"for example `{name}: relu`, or `{name}: {{group_norm: {{groups: 32}}}}`"
            raise scope.report(
                node.span, f"`{name}` of block `{block.name}` names an operator or a block, not {told}", example
            )
        if named is None:
            return scope.value(node)
        if name not in roles.layers | roles.either:
            help = f"no layer of block `{block.name}` applies `{name}`"
            raise scope.report(named.span, f"`{name}` of block `{block.name}` is a value, not `{named.text}`", help)
        value = self.meant(named, node.entries[named.text][1] if isinstance(node, MappingNode) else None, scope)
        for body, _ in value.bodies:
            if isinstance(body, MappingNode) and self.paths(value.kind.text, body, value.scope.in_library):
                raise scope.report(body.span, "branches can't be an argument", "make them a block, and name that")
        return value

    def _named(self, node: Node, scope: Scope) -> ScalarNode | None:
        """The name of an operator, a block or an argument that is one, in what is written for an argument."""
        if isinstance(node, MappingNode) and len(node.entries) == 1:
            ((key, _),) = node.entries.values()
            return key
        if isinstance(node, ScalarNode) and node.text.isidentifier():
            is_named = scope.layer_at(node.text) if node.text in scope.values else self.has(node.text)
            return node if is_named else None
        return None

    def roles(self, block: Block) -> Roles:
        """Return how a block uses its arguments."""
        known = self._roles.get(id(block))
        if known is not None:
            return known
        stack = [(block, False)]
        while stack:
            one, is_ready = stack.pop()
            if is_ready:
                self._find_roles(one)
            elif id(one) not in self._roles:
                self._roles[id(one)] = Roles()
                stack.append((one, True))
                stack += [(used, False) for used in self._named_in(one)]
        return self._roles[id(block)]

    def _named_in(self, block: Block) -> Iterator[Block]:
        """All blocks whose names stand in a block; they may mean something else there."""
        defaults = [node for node in block.defaults.values() if node is not None]
        for node in walk(*block.layers, *defaults):
            names = node.entries if isinstance(node, MappingNode) else _text(node)
            yield from filter(None, (self.find_block(name, block.library) for name in names))

    def _find_roles(self, block: Block) -> None:
        """Find how a block uses its arguments, where that is known of all blocks that it uses."""
        roles = self._roles[id(block)]
        for kind, given in entries_of(block.layers):
            self._note(kind, given, block, roles)
        for name in [*block.defaults][::-1]:  # a default may be an argument before it
            if name in roles.layers:
                self._note_value(block.defaults[name], block, roles)

    def _note(self, kind: str, given: Mapping[str, Node], block: Block, roles: Roles) -> None:
        """Note how an entry uses the arguments of the block that it stands in."""
        if kind in block.defaults and kind not in OPERATORS:
            roles.layers.add(kind)
            its = Roles(given)
        else:
            used = self.find_block(kind, block.library)
            its = self._roles[id(used)] if used else Roles()
        for name, node in given.items():
            if name in its.layers:
                self._note_value(node, block, roles)
            elif name in its.either:
                roles.either.update(_text(node) & block.defaults.keys())

    def _note_value(self, node: Node | None, block: Block, roles: Roles) -> None:
        for kind, given in entries_of([node] if node else []):
            self._note(kind, given, block, roles)


def entries_of(nodes: Iterable[Node]) -> Iterator[tuple[str, Mapping[str, Node]]]:
    """Yield the words and the arguments of all entries of a list of layers, those in paths included."""
    for node in expanded(nodes, lambda *_: None):
        if isinstance(node, ScalarNode):
            yield node.text, {}
        for key, body in node.entries.values() if isinstance(node, MappingNode) else ():
            if key.text not in MODIFIERS:
                entries = body.entries if isinstance(body, MappingNode) else {}
                given = {word: value for word, (_, value) in entries.items()}
                yield key.text, given
                if key.text in OPERATORS and operator(key.text).arity[1] != 1:
                    for word, path in given.items():
                        if word not in argument_names(key.text):
                            yield from entries_of(layers_of(path))


def _text(node: Node) -> set[str]:
    return {node.text} if isinstance(node, ScalarNode) else set()
