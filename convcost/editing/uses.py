"""Which entries of a spec made a layer: from the operator back through the blocks used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from convcost.errors import Problems, Span
from convcost.language.items import Item, Items
from convcost.language.parts import Block, Spec, layers_of
from convcost.language.rows import expanded
from convcost.language.scope import Applicable, Scope
from convcost.language.tree import MappingNode, Node
from convcost.language.vocabulary import Vocabulary
from convcost.network import Layer


@dataclass(slots=True, eq=False)
class Use:
    """One entry of a list of layers, or an argument that names a layer; no two are equal, however alike."""

    node: Node
    item: Item
    name: str
    block: Block | None
    table: MappingNode | None = None
    """The table whose row it is."""
    paths: list[list[Use]] = field(default_factory=list)
    is_argument: bool = False

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
        self._vocabulary = Vocabulary(self.spec.blocks)
        self._items = Items(self._vocabulary)
        self._bodies: dict[int, list[Use]] = {}
        self._places: dict[tuple[str, int, int], Use] = {}
        self.top = self._list(self.spec.layers, False, Scope({}, (), "", self.problems))

    def body(self, block: Block) -> list[Use]:
        """Return a block's entries."""
        if id(block) not in self._bodies:
            scope = Scope(block.defaults, (), "", self.problems, block=block)
            self._bodies[id(block)] = self._list(block.layers, block.library, scope)
        return self._bodies[id(block)]

    def chain(self, layer: Layer, scope: Scope) -> list[Use]:
        """Return the entries that led to a layer read in that scope, from the network's list to the operator.

        Where an argument names what is applied, they are those that led to where that is written, and the argument.
        """
        found: list[Use] = []
        span, within = layer.span, cast("Scope | None", scope)
        while span is not None and within is not None:
            if within.block is not None:
                self.body(within.block)
            use = self._places[_key(span)]
            named = within.values.get(use.kind)
            if isinstance(named, Applicable):
                use, within = self._argument(named), named.scope
            found.append(use)
            span, within = within.use, within.caller
        return found[::-1]

    def _argument(self, named: Applicable) -> Use:
        """Return what an argument names, as an entry."""
        kind, (body, _) = named.kind, named.bodies[0]
        if _key(kind.span) not in self._places:
            node = kind if body is None else MappingNode({kind.text: (kind, body)}, kind.span)
            block = self._vocabulary.find_block(kind.text, named.scope.in_library)
            self._places[_key(kind.span)] = Use(node, Item(kind, body), kind.text, block, is_argument=True)
        return self._places[_key(kind.span)]

    def _list(self, nodes: list[Node], library: bool, scope: Scope) -> list[Use]:
        taken = [
            (row, item, node if row is not node and isinstance(node, MappingNode) else None)
            for node in nodes
            for row in expanded([node], scope.report)
            if (item := self._items.take_apart(row, scope))
        ]
        scope.reserved |= {item.name.text for _, item, _ in taken if item.name}
        return [self._use(*parts, library, scope) for parts in taken]

    def _use(self, node: Node, item: Item, table: MappingNode | None, library: bool, scope: Scope) -> Use:
        name = item.name.text if item.name else scope.claim(item.kind.text)
        scope.names[name] = ()
        is_argument = self._vocabulary.is_argument(item.kind.text, scope)
        block = None if is_argument else self._vocabulary.find_block(item.kind.text, library)
        use = self._places[_key(item.kind.span)] = Use(node, item, name, block, table)
        body = item.body
        if isinstance(body, MappingNode) and (paths := self._vocabulary.paths(item.kind.text, body, library)):
            for key, path in paths.entries.values():
                own = scope.claim(key.text)
                scope.names[own] = ()
                inner = Scope(scope.values, (), "", self.problems, block=scope.block)
                use.paths.append(self._list(layers_of(path), library, inner))
        return use


def _key(span: Span) -> tuple[str, int, int]:
    return span.source.name, span.line, span.column


def every(entries: list[Use]) -> Iterator[Use]:
    """Yield all entries of a list, those in its paths included."""
    for use in entries:
        yield use
        for path in use.paths:
            yield from every(path)
