"""Blocks, repetition, branches and names -> flat layers.

The walk keeps its own stack (each step is a generator that yields the steps inside it), so that neither the length of
a network nor the nesting of its blocks is limited by Python's recursion.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any

from convcost.errors import ShapeError, Span, closest
from convcost.expectation import Expectations
from convcost.language.expression import UNKNOWN_VALUE
from convcost.language.items import Item, Items
from convcost.language.layers import LayerReader
from convcost.language.parts import Block, Spec, is_empty, is_local_name, is_torn, refuse_node
from convcost.language.scope import Flow, Scope, Tensor, Unknown, with_input
from convcost.language.synonyms import meant_argument
from convcost.language.tree import Mapping, Node, Scalar, Sequence
from convcost.ops.arguments import Count
from convcost.ops.numbers import NeedsNumber, Number

MAX_LAYERS = 100_000

Step = Generator["Step", Any, Flow]


class Expander:
    """Turns a spec's lists into layers, through one LayerReader."""

    def __init__(
        self,
        spec: Spec,
        symbols: dict[str, Any],
        tidy: Callable[[Number], Number] | None = None,
        fold: bool = False,
        expecting: bool = True,
        brief: bool = False,
    ) -> None:
        self.spec = spec
        self.symbols = symbols
        self.reader = LayerReader(tidy)
        self.fold = fold
        self.expecting = expecting
        self.brief = brief
        self.expectations: list[Expectations] = []
        self.steps = 0
        self.folded_steps: Number = 0
        """What symbolic numbers of repetitions would add."""
        self.open_blocks: list[Block] = []
        self.items = Items(spec.blocks)

    def run(self, scope: Scope) -> Flow:
        """All layers of the network; what the last one hands on."""
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
        if self.steps + self.folded_steps > MAX_LAYERS:
            raise NeedsNumber(self.folded_steps)
        return result or ()

    def list_of(self, nodes: Iterable[Node], scope: Scope, flow: Flow) -> Step:
        """Layers one after the other: each reads the one above unless it says otherwise."""
        items = [(node, self.items.of(node, scope)) for node in nodes]
        for _, item in items:
            if item and item.name:
                scope.reserved.add(item.name.text)
        for _, item in items:
            flow = (yield self.one(item, scope, flow)) if item else (Tensor("", None),)
        return flow

    def one(self, item: Item, scope: Scope, above: Flow) -> Step:
        """One entry, repeated as often as it says, under one name."""
        name = self.local_name(item, scope)
        first = len(self.reader.layers)
        try:
            flow = self.source(item, scope, above)
            count = self.repeat(item, scope)
            owner = self.owner(item, scope)
        except Unknown:
            flow, count, owner = (Tensor("", None),), 1, None
        if not isinstance(count, int):
            flow, count = (yield self.folded(item, scope, flow, scope.prefix + name, count)), 0
        for n in range(count):
            given, steps = flow, self.steps
            self.count_steps(item.steps + len(scope.prefix) // 500, item.kind.span, scope)
            suffix = f".{n}" if item.repeat else ""
            target = owner + suffix if owner is not None else None
            flow = yield self.apply(item, scope, flow, scope.prefix + name + suffix, target)
            if self.brief and [tensor.shape for tensor in flow] == [tensor.shape for tensor in given]:
                # All further ones are given the same, so they are no different.
                self.count_steps((count - 1 - n) * (self.steps - steps), item.kind.span, scope)
                break
        scope.names[name] = flow
        scope.full_names[name] = scope.prefix + name
        if item.expect is not None and self.expecting:
            self.expect(item.expect, scope, flow, scope.prefix + name, first)
        return flow

    def expect(self, node: Node, scope: Scope, flow: Flow, full_name: str, first: int) -> None:
        """Keep what is stated beside an entry; where it is repeated 0 times there is nothing to hold it against."""
        from convcost.language.expect import of_layers

        stated = of_layers(node, scope, self.spec)
        end = len(self.reader.layers)
        if stated is not None and end > first:
            outputs = tuple(tensor.name for tensor in flow)
            self.expectations.append(
                stated._replace(subject=full_name, layers=(first, end), outputs=outputs, trail=scope.trail)
            )

    def folded(self, item: Item, scope: Scope, flow: Flow, full_name: str, count: Number) -> Step:
        """A symbolic number of repetitions: once one hands on the shapes it was given, all further ones cost the same.

        So the first or the second stands for all that follow it.
        """
        for n in range(2):
            if count % 1 or count < n or item.share:
                break
            first, steps = len(self.reader.layers), self.steps + self.folded_steps
            out = yield self.apply(item, scope, flow, f"{full_name}.{n}", None)
            if [tensor.shape for tensor in out] == [tensor.shape for tensor in flow]:
                self.reader.multiply(first, count - n)
                inner = self.steps + self.folded_steps - steps
                self.folded_steps += count * (item.steps + len(scope.prefix) // 500) + (count - n - 1) * inner
                done: Flow = out
                return done
            flow = out
        raise NeedsNumber(count)

    def apply(self, item: Item, scope: Scope, flow: Flow, full_name: str, owner: str | None) -> Step:
        """An operator, an operator over branches, or a block."""
        kind = item.kind.text
        block = self.items.find_block(kind, scope.in_library)
        if block is not None:
            first = len(self.reader.layers)
            flow = yield self.call(block, item, scope, flow, full_name)
            if owner is not None:
                self.share_all(first, full_name, owner, item, scope)
            return flow
        try:
            body = item.body
            if self.items.has_paths(item, scope.in_library):
                assert isinstance(body, Mapping)
                flow = yield self.paths(body, scope, flow)
                body = None
            out = self.reader.read(kind, body, item.kind.span, flow, full_name, scope)
            self.count_steps((len(flow) + len(out)) // 16, item.kind.span, scope)
            if owner is not None and item.share:
                self.reader.share(-1, owner, item.share.span, scope)
            return out
        except Unknown:
            return (Tensor(full_name, None),)

    def paths(self, body: Mapping, scope: Scope, flow: Flow) -> Step:
        """Branches written in place: each named path starts from what the operator was given."""
        ends: list[Tensor] = []
        for key, node in body.entries.values():
            self.count_steps(1, key.span, scope)
            if not is_local_name(key.text):
                scope.report(key.span, f"`{key.text}` is no name for a path")
            layers: list[Node] = []
            if isinstance(node, Sequence):
                layers = node.items
            elif not is_empty(node):
                refuse_node(node, "a path is a list of layers", scope.report)
            name = scope.claim(key.text)
            inner = Scope(scope.values, scope.given, f"{scope.prefix}{name}.", scope.problems, scope.trail, scope)
            inner.caller, inner.use, inner.stand_in = scope.caller, scope.use, scope.stand_in
            end = yield self.list_of(layers, inner, flow)
            scope.names[name] = end
            scope.full_names[name] = scope.prefix + name
            ends += end
        return tuple(ends)

    def call(self, block: Block, item: Item, scope: Scope, flow: Flow, full_name: str) -> Step:
        """A block: its arguments are worked out here, its layers in a scope of their own."""
        step = f"in block `{block.name}`, used at {item.kind.span}"
        trail = (step, *scope.trail[:7])
        if any(block is outer for outer in self.open_blocks):
            names = [outer.name for outer in self.open_blocks]
            circle = " -> ".join([*names[names.index(block.name) :], block.name])
            scope.report(item.kind.span, f"block `{block.name}` uses itself: {circle}")
            return (Tensor(full_name, None),)
        values = self.block_arguments(block, item, scope, flow)
        self.count_steps(len(block.defaults) // 16 + len(values) // 200, item.kind.span, scope)
        inner = Scope(values, flow, f"{full_name}.", scope.problems, trail)
        inner.caller, inner.use = scope, item.kind.span
        inner.stand_in = scope.stand_in or (item.kind.span if block.library else None)
        self.open_blocks.append(block)
        flow = yield self.list_of(block.layers, inner, flow)
        self.open_blocks.pop()
        return flow

    def block_arguments(self, block: Block, item: Item, scope: Scope, flow: Flow) -> dict[str, Any]:
        """The values a block's layers see: symbols, its arguments, its input's sizes."""
        given: dict[str, tuple[Scalar, Node]] = {}
        if isinstance(item.body, Mapping):
            for key, node in item.body.entries.values():
                if key.text in block.defaults:
                    given[key.text] = (key, node)
                elif not is_torn(key, item.body):
                    known = ", ".join(block.defaults) or "no arguments"
                    meant = meant_argument(key.text, block.defaults) or closest(key.text, block.defaults)
                    hint = f"did you mean `{meant}`?" if meant else f"it takes {known}"
                    scope.report(key.span, f"block `{block.name}` takes no `{key.text}`", hint)
                    if meant:
                        given.setdefault(meant, (key, node))
        elif item.body is not None and not is_empty(item.body):
            refuse_node(item.body, f"block `{block.name}` takes named arguments", scope.report)
        # A block of the library knows nothing of the network it is used in.
        values = with_input({} if block.library else self.symbols, flow)
        inner = Scope(values, flow, "", scope.problems, scope.trail)
        for name, default in block.defaults.items():
            try:
                if name in given:
                    values[name] = scope.value(given[name][1])
                elif default is not None:
                    values[name] = inner.value(default)
                else:
                    scope.report(item.kind.span, f"block `{block.name}` needs `{name}`")
                    values[name] = UNKNOWN_VALUE
            except Unknown:
                values[name] = UNKNOWN_VALUE
        return values

    def local_name(self, item: Item, scope: Scope) -> str:
        if item.name is None:
            return scope.claim(item.kind.text)
        if item.name.text in scope.names:
            scope.report(item.name.span, f"the name `{item.name.text}` is taken")
            return scope.claim(item.name.text)
        return item.name.text

    def source(self, item: Item, scope: Scope, above: Flow) -> Flow:
        """The tensors an entry reads."""
        if item.source is None:
            if not above and not self.items.has_paths(item, scope.in_library):
                inputs = ", ".join(f"`{name}`" for name in self.spec.inputs)
                if inputs:
                    scope.report(item.kind.span, f"which input does it read? Say `from:` one of {inputs}")
                raise Unknown
            return above
        nodes = item.source.items if isinstance(item.source, Sequence) else [item.source]
        flow: list[Tensor] = []
        for node in nodes:
            if not isinstance(node, Scalar) or is_empty(node):
                refuse_node(node, "`from` names layers", scope.report)
                raise Unknown
            flow += scope.find(node)
        return tuple(flow)

    def repeat(self, item: Item, scope: Scope) -> Number:
        if item.repeat is None:
            return 1
        try:
            count = Count(0, most=None).read(scope.value(item.repeat), 0)
        except ShapeError as error:
            scope.report(item.repeat.span, f"`repeat` {error.message}", error.help)
            raise Unknown from None
        if not isinstance(count, int):
            if self.fold:
                return count
            raise NeedsNumber(count)
        if count > MAX_LAYERS:
            scope.report(item.repeat.span, f"repeated {count:,} times; a network has at most {MAX_LAYERS:,} layers")
            raise Unknown
        return count

    def owner(self, item: Item, scope: Scope) -> str | None:
        """The full name of the layer or block whose weights are to be shared."""
        if item.share is None:
            return None
        scope.find(item.share)
        where: Scope | None = scope
        while where is not None and item.share.text not in where.full_names:
            where = where.parent
        if where is None:
            scope.report(item.share.span, f"`{item.share.text}` has no weights to share")
            raise Unknown
        return where.full_names[item.share.text]

    def share_all(self, first: int, full_name: str, owner: str, item: Item, scope: Scope) -> None:
        """Every layer of a block that has parameters uses those of its twin in the other block."""
        assert item.share is not None
        for n in range(first, len(self.reader.layers)):
            layer = self.reader.layers[n]
            if any(layer.operator.params(*layer.input_shapes)):
                twin = owner + layer.name[len(full_name) :]
                self.reader.share(n, twin, item.share.span, scope)

    def count_steps(self, steps: int, span: Span, scope: Scope) -> None:
        """Keep the budget. What takes longer counts for more: long names, many paths, arguments or symbols."""
        self.steps += steps
        if self.steps > MAX_LAYERS:
            scope.report(span, f"more than {MAX_LAYERS:,} layers")
            raise scope.problems.error()
