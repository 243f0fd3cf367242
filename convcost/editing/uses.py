"""Which entries of a spec made which layer: from the operator back through the blocks that were used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from convcost.errors import Problems
from convcost.language.items import Item, Items
from convcost.language.parts import Block, Spec
from convcost.language.scope import Scope
from convcost.language.tree import MappingNode, Node, SequenceNode
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
        if block is None and isinstance(item.body, MappingNode) and self._items.has_paths(item, library):
            for key, path in item.body.entries.values():
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
