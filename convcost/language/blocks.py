"""Blocks, repetition, branches and names -> flat layers.

The walk keeps its own stack (each list is a generator that yields the lists inside it), so that neither the length of
a network nor the nesting of its blocks is limited by Python's recursion.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from convcost.expectation import Expectations
from convcost.language.entries import (
    MAX_LAYERS,
    Budget,
    beside,
    can_go_on,
    fill,
    hold,
    is_there,
    leave_out,
    local_name,
    outputs_of,
    paths_there,
    repeat_count,
    take,
    tensors_read,
    weights_owner,
)
from convcost.language.folding import Folding, Step
from convcost.language.how import How
from convcost.language.items import Item, Items
from convcost.language.layers import LayerReader
from convcost.language.parts import Block, Spec, is_local_name
from convcost.language.scope import Applicable, Scope, Unknown
from convcost.language.tree import MappingNode, Node, ScalarNode
from convcost.language.vocabulary import NOTHING, Vocabulary
from convcost.network import Flow, Tensor
from convcost.ops.numbers import NeedsNumber, Number


class Expander:
    """Turns a spec's lists into layers, through one LayerReader."""

    def __init__(self, spec: Spec, symbols: dict[str, Any], how: How, rank: int | None) -> None:
        self.spec = spec
        self.symbols = symbols
        self.how = how
        self.reader = LayerReader(how.guarded, rank)
        self.layers = self.reader.layers
        self.expectations: list[Expectations] = []
        self.budget = Budget()
        self.open_blocks: list[Block] = []
        self.vocabulary = Vocabulary(spec.blocks)
        self.items = Items(self.vocabulary)
        # A layer that is left out could not be shared.
        self.brief = how.brief and not spec.shares

    def run(self, scope: Scope) -> Flow:
        """Read all layers of the network; return what the last one hands on."""
        stack: list[Step] = [self.list_of(self.spec.layers, scope, scope.given)]
        result: Flow | None = None
        while stack:
            try:
                inner = stack[-1].send(result)
            except StopIteration as done:
                stack.pop()
                result = done.value
            else:
                stack.append(inner)
                result = None
        if self.budget.spent > MAX_LAYERS:  # with repetitions whose number is a symbol
            raise NeedsNumber(self.budget.folded)
        return result or ()

    def list_of(self, nodes: Iterable[Node], scope: Scope, flow: Flow) -> Step:
        """Read layers one after the other: each reads the one above unless it says otherwise."""
        items = [item for node in nodes for item in self.items.of(node, scope)]
        scope.reserved |= {item.name.text for item in items if item and item.name}
        for item in items:
            flow = (yield from self.one(item, scope, flow)) if item else (Tensor("", None),)
        return flow

    def one(self, item: Item, scope: Scope, above: Flow) -> Step:
        """Read one entry, repeated as often as it says, under one name."""
        name = local_name(item, scope)
        first = len(self.layers.all)
        try:
            if not is_there(item.when, scope):
                self.budget.spend(1, item.kind.span, scope)
                leave_out(name, scope, above)
                return above
            name = take(name, item, scope)
            flow = self.source(item, scope, above)
            count = repeat_count(item, scope, self.how.counters is not None)
            owner = weights_owner(item, scope)
        except Unknown:
            flow, count, owner = (Tensor("", None),), 1, None
        if item.repeat is None:
            self.spend(item, scope)
            flow = yield from self.apply(item, scope, flow, scope.prefix + name, owner)
        elif isinstance(count, int):
            flow = yield from self.repeated(item, scope, flow, scope.prefix + name, count, owner)
        else:
            flow = yield from self.folded(item, scope, flow, scope.prefix + name, count)
        scope.names[name] = flow
        scope.full_names[name] = scope.prefix + name
        if item.expect is not None and self.how.expecting:
            self.expect(item.expect, scope, flow, scope.prefix + name, first)
        return flow

    def source(self, item: Item, scope: Scope, above: Flow) -> Flow:
        """Return the tensors an entry reads; none where its paths say themselves."""
        flow = tensors_read(item, scope, above)
        if not flow and item.source is None and self.paths_of(item, scope) is None:
            if names := ", ".join(f"`{name}`" for name in self.spec.inputs):
                scope.report(item.kind.span, f"which input does it read? Say `from:` one of {names}")
            raise Unknown
        return flow

    def expect(self, node: Node, scope: Scope, flow: Flow, full_name: str, first: int) -> None:
        """Keep what is stated beside an entry; where it is repeated 0 times there is nothing to hold it against."""
        from convcost.language.expect import of_layers

        stated = of_layers(node, scope, self.spec)
        end = len(self.layers.all)
        if stated is not None and end > first:
            outputs = tuple(tensor.name for tensor in flow)
            self.expectations.append(
                stated._replace(subject=full_name, layers=(first, end), outputs=outputs, trail=scope.trail)
            )

    def spend(self, item: Item, scope: Scope) -> None:
        """Count the steps of an entry."""
        self.budget.spend(item.steps + len(scope.prefix) // 500, item.kind.span, scope)

    def repeated(self, item: Item, scope: Scope, flow: Flow, full_name: str, count: int, owner: str | None) -> Step:
        """Read a number of repetitions, each reading the one before; those given the same are worked out once."""
        for n in range(count):
            given, steps, first, told = flow, self.budget.steps, len(self.layers.all), self.told(scope)
            self.spend(item, scope)
            suffix = f".{n}"
            whose = None if owner is None else owner + suffix
            flow = yield from self.apply(item, scope, flow, full_name + suffix, whose)
            if [tensor.shape for tensor in flow] != [tensor.shape for tensor in given]:
                if not n < count - 1 or can_go_on(item, given, flow, scope):
                    continue
                return flow
            # All further ones are given the same, so they are no different.
            alike = n and owner is None and told == self.told(scope)
            if self.brief or (alike and self.is_copied(first, given, flow, f"{full_name}.{n - 1}", full_name + suffix)):
                self.budget.spend((count - 1 - n) * (self.budget.steps - steps), item.kind.span, scope)
                names = [f"{full_name}.{m}" for m in range(n, count)]
                return flow if self.brief else self.reader.again(first, given, flow, names)
        return flow

    def told(self, scope: Scope) -> tuple[int, int]:
        """Return how much has been stated of layers so far, and found wrong."""
        return len(self.expectations), len(scope.problems.found)

    def is_copied(self, first: int, given: Flow, flow: Flow, before: str, own: str) -> bool:
        """Return whether the layers from the first on differ from those of another repetition in their names alone.

        What they are given has a name that nothing in them can say, for it was made by the repetition before. Paths
        that are written in place have names of their own in each.
        """
        layers = self.layers.all[first:]
        return (
            all(layer.name.startswith(own) for layer in layers)
            and all(tensor.shape and tensor.name.startswith(before) for tensor in given)
            and all(tensor.name.startswith(own) for tensor in flow)
            and not any(self.reader.scopes[layer.name].likened for layer in layers)
        )

    def folded(self, item: Item, scope: Scope, flow: Flow, full_name: str, count: Number) -> Step:
        """Read a symbolic number of repetitions: one stands for all that are like it."""
        if item.share or self.how.counters is None:
            raise NeedsNumber(count)
        folding = Folding(self.layers, self.budget, scope, self.how.counters)

        def once(flow: Flow, n: int) -> Step:
            return self.apply(item, scope, flow, f"{full_name}.{n}", None)

        return (yield from folding.read(once, flow, count, item.steps + len(scope.prefix) // 500, full_name))

    def apply(self, item: Item, scope: Scope, flow: Flow, full_name: str, owner: str | None) -> Step:
        """Read an operator, an operator over branches, or a block, once."""
        try:
            paths = self.paths_of(item, scope)
            if paths is not None:
                there = paths_there(paths, scope)
                flow = yield from self.paths(there, scope, flow)
                if len(there) == 1 < len(paths.entries):
                    return flow
            applied = self.vocabulary.meant(item.kind, beside(paths, item.body), scope)
            block = self.vocabulary.find_block(applied.kind.text, applied.scope.in_library)
            if block is not None:
                first = len(self.layers.all)
                flow = yield from self.call(block, applied, item, scope, flow, full_name)
                if owner is not None:
                    self.share_all(first, full_name, owner, item, scope)
                return flow
            if applied.kind.text == NOTHING and applied.kind is not item.kind:
                return flow
            out = self.reader.read(applied, item.kind.span, flow, full_name, scope)
            self.budget.spend((len(flow) + len(out)) // 16, item.kind.span, scope)
            if owner is not None and item.share:
                self.reader.share(-1, owner, item.share, scope)
            return out
        except Unknown:
            return (Tensor(full_name, None),)

    def paths_of(self, item: Item, scope: Scope) -> MappingNode | None:
        """Return the branches that are written in place, where it is an operator over some; else None."""
        body = item.body
        if not (isinstance(body, MappingNode) and body.entries):
            return None
        return self.vocabulary.paths(item.kind.text, body, scope.in_library)

    def paths(self, paths: Iterable[tuple[ScalarNode, list[Node]]], scope: Scope, flow: Flow) -> Step:
        """Read branches written in place: each named path starts from what the operator was given."""
        ends: list[Tensor] = []
        for key, layers in paths:
            self.budget.spend(1, key.span, scope)
            if not is_local_name(key.text):
                scope.report(key.span, f"`{key.text}` is not a name for a path")
            name = scope.claim(key.text)
            inner = Scope(scope.values, scope.given, f"{scope.prefix}{name}.", scope.problems, scope.trail, scope)
            inner.block, inner.caller, inner.use, inner.stand_in = scope.block, scope.caller, scope.use, scope.stand_in
            end = yield self.list_of(layers, inner, flow)
            scope.names[name] = end
            scope.full_names[name] = scope.prefix + name
            ends += end
        return tuple(ends)

    def call(self, block: Block, applied: Applicable, item: Item, scope: Scope, flow: Flow, full_name: str) -> Step:
        """Read the layers of a block, in a scope of their own; its arguments are worked out where it is used."""
        step = f"in block `{block.name}`, used at {item.kind.span}"
        trail = (step, *scope.trail[:7])
        if any(block is outer for outer in self.open_blocks):
            names = [outer.name for outer in self.open_blocks]
            circle = " -> ".join([*names[names.index(block.name) :], block.name])
            scope.report(item.kind.span, f"block `{block.name}` uses itself: {circle}")
            return (Tensor(full_name, None),)
        inner = Scope({}, flow, f"{full_name}.", scope.problems, trail)
        inner.block, inner.caller, inner.use = block, scope, item.kind.span
        inner.stand_in = (scope.stand_in or item.kind.span) if block.library else None
        fill(inner, block, applied, self.symbols, self.vocabulary)
        hold(inner, block)
        self.budget.spend(len(block.defaults) // 16 + len(inner.values) // 200, item.kind.span, scope)
        self.open_blocks.append(block)
        flow = yield self.list_of(block.layers, inner, flow)
        self.open_blocks.pop()
        if not block.outputs:
            return flow
        scope.labels[full_name[len(scope.prefix) :].partition(".")[0]] = [*block.outputs]
        return outputs_of(block, inner)

    def share_all(self, first: int, full_name: str, owner: str, item: Item, scope: Scope) -> None:
        """Let every layer of a block that has parameters use those of its twin in the other block."""
        assert item.share is not None
        for n in range(first, len(self.layers.all)):
            layer = self.layers.all[n]
            if any(layer.held):
                self.reader.share(n, owner + layer.name[len(full_name) :], item.share, scope)
