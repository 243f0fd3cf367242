"""How a spec became its layers: the walk over its lists, kept as a tree of what each line was at these settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from convcost.language.blocks import Expander
from convcost.language.entries import is_there, repeat_count
from convcost.language.folding import Step
from convcost.language.how import How
from convcost.language.items import Item
from convcost.language.parts import Block
from convcost.language.scope import Applicable, Scope
from convcost.language.tree import Node, ScalarNode
from convcost.network import Flow, Layer, Network
from convcost.reading.description import Description, Settings


class Body:
    """A list of layers that was read once: what each entry was, what the list was given and what it hands on."""

    def __init__(self, scope: Scope, given: Flow) -> None:
        self.scope = scope
        self.given = given
        self.entries: list[Entry] = []
        self.flow: Flow = ()


class Entry:
    """An entry of a list that was read once, with each time that it was applied."""

    def __init__(self, item: Item, given: Flow) -> None:
        self.item = item
        self.given = given
        self.name = ""
        self.is_there = True
        self.count = 1
        self.times: list[Applied] = []
        """How it was applied; further times, up to `count`, are as the last."""
        self.flow: Flow = ()


class Applied:
    """One application of an operator or a block."""

    def __init__(self, given: Flow) -> None:
        self.given = given
        self.names: list[str] = []
        self.paths: dict[str, Body] = {}
        """The branches that are there."""
        self.block: Block | None = None
        self.applicable: Applicable | None = None
        self.body: Body | None = None
        """Of a block, its list; None for an operator."""
        self.layer: Layer | None = None
        self.flow: Flow = ()

    def bodies(self) -> Iterator[Body]:
        """Yield the lists inside it."""
        yield from self.paths.values()
        if self.body:
            yield self.body


class Recorder(Expander):
    """An Expander that keeps what it did: `root` is the list of the network."""

    def __init__(self, *given: Any) -> None:
        """Begin as an Expander does, with nothing kept."""
        super().__init__(*given)
        self.root: Body | None = None
        self._lists: list[Body] = []
        self._times: list[Applied] = []

    def list_of(self, nodes: Iterable[Node], scope: Scope, flow: Flow) -> Step:
        """Keep a list: of the network, of a path, whose scope has a parent, or of a block."""
        body = Body(scope, flow)
        if not self._times:
            self.root = body
        elif scope.parent is not None:
            self._times[-1].paths[self._times[-1].names[len(self._times[-1].paths)]] = body
        else:
            self._times[-1].body = body
        self._lists.append(body)
        body.flow = flow = yield from super().list_of(nodes, scope, flow)
        self._lists.pop()
        return flow

    def one(self, item: Item, scope: Scope, above: Flow) -> Step:
        """Keep an entry."""
        entry = Entry(item, above)
        self._lists[-1].entries.append(entry)
        entry.flow = flow = yield from super().one(item, scope, above)
        if scope.problems.found:  # there will be no network
            return flow
        entry.name = item.name.text if item.name else [*scope.names][-1]
        entry.is_there = is_there(item.when, scope)
        entry.count = len(entry.times)
        if entry.times and item.repeat is not None:
            entry.count = int(repeat_count(item, scope, fold=False))
        return flow

    def apply(self, item: Item, scope: Scope, flow: Flow, full_name: str, owner: str | None) -> Step:
        """Keep one application."""
        applied = Applied(flow)
        self._lists[-1].entries[-1].times.append(applied)
        self._times.append(applied)
        applied.flow = flow = yield from super().apply(item, scope, flow, full_name, owner)
        self._times.pop()
        if applied.body is None and self.layers.all and self.layers.all[-1].name == full_name:
            applied.layer = self.layers.all[-1]
        return flow

    def paths(self, paths: Iterable[tuple[ScalarNode, list[Node]]], scope: Scope, flow: Flow) -> Step:
        """Keep the names of the branches."""
        there = list(paths)
        self._times[-1].names = [key.text for key, _ in there]
        return (yield from super().paths(there, scope, flow))

    def call(self, block: Block, applied: Applicable, item: Item, scope: Scope, flow: Flow, full_name: str) -> Step:
        """Keep which block it is, and what it is given."""
        self._times[-1].block, self._times[-1].applicable = block, applied
        return (yield from super().call(block, applied, item, scope, flow, full_name))


def recorded(description: Description, settings: Settings, variant: str | None) -> tuple[Network, Body, Recorder]:
    """Return a network, and how its lists were walked over."""
    made: list[Recorder] = []

    def make(*given: Any) -> Recorder:
        made.append(Recorder(*given))
        return made[0]

    network = description.reading(settings, variant, How(expecting=False), make).network
    assert made[0].root is not None
    return network, made[0].root, made[0]
