"""The walk over an ONNX graph: every node in order, what each tensor is so far, and the layers made of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from convcost.errors import ShapeError, Source, Span
from convcost.language.layers import LayerReader, signature
from convcost.language.scope import Flow, Scope, Tensor, Unknown
from convcost.ops.arguments import REQUIRED
from convcost.reading.onnx.constants import fold
from convcost.reading.onnx.file import Constant, Graph, Node
from convcost.reading.onnx.tensors import BATCH, Map, Refusal


class Walk:
    """One reading of a graph."""

    def __init__(self, graph: Graph, names: list[str], reader: LayerReader, scope: Scope, source: Source) -> None:
        self.graph = graph
        self.names = names
        self.reader = reader
        self.scope = scope
        self.source = source
        self.values: dict[str, Map | Constant | None] = dict(graph.constants)
        """What is known of every tensor; None for one that an error before it left unknown."""
        self.taken = {*scope.names, "input"}
        self.counts: Counter[str] = Counter()
        self.owners: dict[str, tuple[tuple[str, ...], str]] = {}
        """For each weight tensor, the tensors that came with it and the layer that has it."""
        self.done: set[int] = set()
        self.completed: dict[str, tuple[str, ...]] = {}
        """Tensors whose value is that of one before them: outputs of nodes that are done with the one before."""
        self.readers: defaultdict[str, list[Node]] = defaultdict(list)
        for node in graph.nodes:
            for name in dict.fromkeys(node.inputs):
                self.readers[name].append(node)
        self.is_output = frozenset(graph.outputs)

    def take_all(self) -> None:
        """First what follows from constants alone, wherever it stands; then the rest."""
        for node in self.graph.nodes:
            self._fold(node)
        for node in self.graph.nodes:
            if node.number not in self.done:
                self._take(node)

    def _fold(self, node: Node) -> bool:
        given = [self.values.get(name) if name else None for name in node.inputs]
        known = [value for value in given if isinstance(value, Constant)]
        has_graph = any(value is None for value in node.attributes.values())  # which may read maps
        if len(known) < sum(map(bool, node.inputs)) or has_graph or not (known or node.op == "Constant"):
            return False
        made = fold(node, [value if isinstance(value, Constant) else None for value in given])
        self._set(node, made)
        self.done.add(node.number)
        return True

    def _take(self, node: Node) -> None:
        from convcost.reading.onnx.layers import LAYERS
        from convcost.reading.onnx.moves import MOVES

        span = self.span(node)
        missing = next((name for name in node.inputs if name and name not in self.values), None)
        if missing is not None:
            self.scope.report(span, f"{node.shown} reads `{missing}`, which nothing before it makes")
        elif self._fold(node):
            return
        elif all(self.values[name] is not None for name in node.inputs if name):
            own = node.domain in ("", "ai.onnx")
            rule = (LAYERS.get(node.op) or MOVES.get(node.op)) if own else None
            try:
                if rule is None:
                    where = "" if own else f" of the domain `{node.domain}`"
                    raise Refusal(f"has no operator here{where}", _HELP)
                if not node.outputs:
                    raise Refusal("has no outputs")
                from convcost.reading.onnx.step import Step

                self._set(node, rule(Step(self, node)))
                return
            except Refusal as refused:
                self.scope.report(span, f"{node.shown} {refused.message}", refused.help)
            except Unknown:
                pass
        self._set(node, [])

    def _set(self, node: Node, made: Iterable[Map | Constant]) -> None:
        found = list(made)
        for n, name in enumerate(node.outputs):
            if name in self.values:
                self.scope.report(self.span(node), f"{node.shown} makes `{name}`, which is there already")
            for one in (name, *self.completed.pop(name, ())):
                if one:
                    self.values[one] = found[n] if n < len(found) else None

    def span(self, node: Node) -> Span:
        return Span(self.source, node.number + 2, 1, max(1, len(node.op)))

    def add(
        self, node: Node, kind: str, inputs: tuple[Map, ...], arguments: dict[str, Any], weights: tuple[str, ...] = ()
    ) -> Flow:
        """A layer for a node; `weights` are the tensors that hold its parameters. Unknown if it can't be."""
        if not _are_numbers(arguments.values()):
            raise Refusal(f"as `{kind}`: takes numbers that are not known")
        span = self.span(node)
        cls, fields = signature(kind)
        rank = inputs[0].shape.rank
        values = {}
        for name, field in fields.items():
            value = arguments.get(name, field.metadata["default"])
            assert value is not REQUIRED
            try:
                values[name] = field.metadata["kind"].read(value, rank)
            except ShapeError as error:
                raise Refusal(f"as `{kind}`: `{name}` {error.message}", error.help) from None
        flow = tuple(x.tensor for x in inputs)
        made = self.reader.add(kind, cls(**values), span, flow, self.claim(node, kind), self.scope)
        self.taken.update(tensor.name for tensor in made)
        self._share(weights, span)
        return made

    def _share(self, weights: tuple[str, ...], span: Span) -> None:
        """Let the last layer use the weights of one before it, if they are the same tensors."""
        layer = self.reader.layers[-1]
        for weight in weights:
            others, owner = self.owners.setdefault(weight, (weights, layer.name))
            if others != weights:
                message = f"`{layer.name}` shares `{weight}` with `{owner}`, but not all of its weights"
                self.scope.report(span, message, "parameters that layers share in part can't be counted")
                raise Unknown
        if weights and self.owners[weights[0]][1] != layer.name:
            self.reader.share(-1, self.owners[weights[0]][1], span, self.scope)

    def claim(self, node: Node, kind: str) -> str:
        """The name for a node's layer: not one that is there already, nor any of its outputs."""
        base = self.names[node.number] or kind
        while True:
            count = self.counts[base] = self.counts[base] + 1
            name = base if count == 1 else f"{base}_{count}"
            if name not in self.taken and f"{name}.0" not in self.taken:
                self.taken.add(name)
                return name

    def only_reader(self, name: str) -> Node | None:
        """The node that reads a tensor, if there is one and nothing else does."""
        readers = self.readers[name]
        return readers[0] if len(readers) == 1 and name not in self.is_output else None

    def skip(self, node: Node, stands_for: str) -> None:
        """Take a node as done with the one before it, whose output it only completes."""
        self.done.add(node.number)
        self.completed[stands_for] = node.outputs

    def output(self, name: str) -> Tensor:
        """An output of the graph as one of the network."""
        value = self.values.get(name)
        if isinstance(value, Map):
            return value.tensor
        if name not in self.values:
            self.scope.report(Span(self.source, 1, 1), f"the output `{name}` is made by no node")
        elif value is not None:
            self.scope.report(Span(self.source, 1, 1), f"the output `{name}` does not depend on the input")
        return Tensor("", None)


def _are_numbers(values: Iterable[Any]) -> bool:
    """Whether nothing among the values of arguments is a batch, infinite or no number."""
    return all(
        _are_numbers(value) if isinstance(value, list | tuple) else not (value is BATCH or isinstance(value, float))
        for value in values
    )


_HELP = "its cost would be missing from the totals, so the network is not counted at all"
