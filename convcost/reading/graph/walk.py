"""The walk over an ONNX graph: every node in order, what each tensor is so far, and the layers made of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeAlias

from convcost.building.build import ArgumentErrors, Layers
from convcost.errors import Problems, ShapeError, Source, Span
from convcost.network import Flow, Tensor
from convcost.ops.numbers import product
from convcost.reading.graph.arranging import arranged
from convcost.reading.graph.folding import fold
from convcost.reading.graph.graph import Branch, Constant, Graph, Node
from convcost.reading.graph.parameters import Parameters
from convcost.reading.graph.spelled import recognised
from convcost.reading.graph.views import UNIT, Axis, Batch, N, NoOperator, Refusal, View, plain


class Walk:
    """One reading of a graph."""

    def __init__(
        self,
        graph: Graph,
        names: list[str],
        layers: Layers,
        problems: Problems,
        source: Source,
        inputs: Iterable[str],
    ) -> None:
        """`names` are for the layers of each node; those of `inputs` are taken."""
        self.graph = graph
        self.names = names
        self.layers = layers
        self.problems = problems
        self.source = source
        self.values: dict[str, View | Constant | None] = dict(graph.constants)
        """What is known of every tensor; None for one that an error before it left unknown."""
        self.taken = {*inputs, "input"}
        self.counts: defaultdict[str, int] = defaultdict(int)
        self.parameters = Parameters(graph, layers)
        self.moved: dict[Hashable, Tensor] = {}
        """What layers that only move numbers have made, by the tensor and the axes or the part that were wanted."""
        self.queries: dict[str, View] = {}
        """The first of two maps that a layer multiplies, as its node reads it: the queries, in attention."""
        self.lists: dict[str, list[View]] = {}
        """The tensors of each list of them, by its name; its value is that of a tensor in it."""
        self.makers: dict[str, Node] = {}
        """The node that a tensor was made by."""
        self.done: set[int] = set()
        self.completed: dict[str, tuple[str, ...]] = {}
        """Tensors whose value is that of one before them: outputs of nodes that are done with the one before."""
        self.readers: defaultdict[str, list[Node]] = defaultdict(list)
        self.of_shapes: set[str] = set()
        """Numbers that follow from the shape of a tensor that an error left unknown."""
        self.worked_out: Any = 0
        """How many numbers have been read to work out others."""
        self.is_output = frozenset(graph.outputs)
        self.unknown: list[Node] = []
        """The nodes that no rule is for, those in branches too."""
        self.shifted: list[Node] = []
        """The nodes that read other positions than their layers, near by."""

    def take_all(self, follow: Follow, is_known: Callable[[Node], bool]) -> None:
        """First what follows from constants alone, wherever it stands; then the rest, as `follow` says.

        All nodes that are not known, behind others too, are one problem.
        """
        self.follow = follow
        for node in self.graph.nodes:
            self._fold(node)
        left = [node for node in self.graph.nodes if node.number not in self.done]
        left = recognised(left, self.values, self.is_output)
        for node in left:
            for name in dict.fromkeys(node.inputs):
                self.readers[name].append(node)
        for node in left:
            if node.number not in self.done:
                self._take(node, follow)
        unknown = [node for node in left if self._is_unknown(node, is_known)]
        numbers = {node.number for node in unknown}
        if unknown := [*unknown, *(node for node in self.unknown if node.number not in numbers)]:
            self.problems.report(self.span(unknown[0]), _census(unknown), _WAYS)

    def branch(self, node: Node, branch: Branch) -> list[View | Constant | None]:
        """Return what the nodes of a branch make, each taken in the place of the one that has it."""
        self.values.update(branch.constants)
        for one in branch.nodes:
            self._take(one._replace(number=node.number), self.follow)
        return [self.values.get(name) for name in branch.outputs]

    def _is_unknown(self, node: Node, is_known: Callable[[Node], bool]) -> bool:
        """Whether a node has no operator: one that computes with shapes needs none."""
        lost = [name for name in node.inputs if name and self.values.get(name) is None]
        if lost and (node.op in ("Shape", "Size") or self.of_shapes.issuperset(lost)):
            self.of_shapes.update(node.outputs)
            return False
        return node.number not in self.done and not is_known(node)

    def _fold(self, node: Node) -> bool:
        if not all(isinstance(self.values.get(name), Constant) for name in node.inputs if name):
            return False
        given = [self.values.get(name) if name else None for name in node.inputs]
        known = [value for value in given if isinstance(value, Constant)]
        if not (known or node.op == "Constant"):
            return False
        if any(value is None or isinstance(value, Branch) for value in node.attributes.values()):  # may read maps
            return False
        self.worked_out += sum(product(one.dims or ()) for one in known if one.numbers is not None)
        made = fold(node, [self._for_sizes(value) if isinstance(value, Constant) else None for value in given])
        shapes = self.graph.shapes or {}
        made = tuple(
            one._replace(dims=shapes.get(name)) if one.dims is None and _are_sizes(shapes.get(name, ())) else one
            for name, one in zip(node.outputs, made, strict=True)
        )
        self._set(node, made)
        self.done.add(node.number)
        return True

    def _for_sizes(self, constant: Constant) -> Constant:
        """A constant without its numbers, once many have been read: sizes take few, and a hostile file has many."""
        return constant if self.worked_out <= _MOST_WORKED_OUT else constant._replace(numbers=None)

    def _take(self, node: Node, follow: Follow) -> None:
        missing = next((name for name in node.inputs if name and name not in self.values), None)
        if missing is not None:
            self.problems.report(self.span(node), f"{node.shown} reads `{missing}`, which nothing before it makes")
        elif self._fold(node):
            return
        elif all(self.values[name] is not None for name in node.inputs if name):
            try:
                self._set(node, follow(self, node))
                return
            except NoOperator:
                self.unknown.append(node)  # all of them are reported
            except Refusal as refused:
                self.problems.report(self.span(node), f"{node.shown} {refused.message}", refused.help or self._ways())
            except ShapeError as error:
                self.problems.report(self.span(node), error.message, error.help, reason=error.reason)
        self._set(node, [])

    def _set(self, node: Node, made: Iterable[View | Constant | None]) -> None:
        found = list(made)
        for n, name in enumerate(node.outputs):
            if name in self.values:
                self.problems.report(self.span(node), f"{node.shown} makes `{name}`, which is there already")
            for one in (name, *self.completed.pop(name, ())):
                if one:
                    self.makers[one] = node
                    self.values[one] = found[n] if n < len(found) else None

    def span(self, node: Node) -> Span:
        """Return the line of the listing that has a node."""
        return Span(self.source, node.number + 2, 1, max(1, len(node.op)))

    @staticmethod
    def number_at(span: Span) -> int:
        """Return the number of the node that has a line of the listing."""
        return span.line - 2

    def add(
        self,
        node: Node,
        kind: str,
        inputs: tuple[View, ...],
        arguments: dict[str, Any],
        weights: Sequence[Constant] = (),
        moves: bool = False,
    ) -> Flow:
        """Return what a layer for a node hands on; `weights` hold its parameters.

        One that only moves numbers before the node's own layer is named after both. Refusal or ShapeError if it can't
        be.
        """
        if not _are_numbers(arguments.values()):
            raise Refusal(f"as `{kind}`: takes numbers that are not known")
        flow = tuple(x.tensor for x in inputs)
        try:
            made = self.layers.add(kind, arguments, flow, self.claim(node, kind, moves), self.span(node))
        except ArgumentErrors as wrong:
            raise Refusal(f"as `{kind}`: `{wrong.argument}` {wrong.message}", wrong.help) from None
        self.taken.update(tensor.name for tensor in made)
        self.parameters.given(weights)
        return made

    def _ways(self) -> str | None:
        """How to go on, said once."""
        return None if self.problems.found else _WAYS

    def forget(self, first: int) -> None:
        """Forget the layers from the first on."""
        self.layers.drop(first)
        there = {name for layer in self.layers.all for name in layer.outputs}
        self.moved = {key: tensor for key, tensor in self.moved.items() if tensor.name in there}
        self.parameters.forget(self.layers.by_name)

    def claim(self, node: Node, kind: str, moves: bool = False) -> str:
        """Return the name for a node's layer: not one that is there already, nor any of its outputs."""
        base = self.names[node.number] or kind
        if moves and base != kind and not self.graph.is_move(node):
            base = f"{base}.{kind}"
        while True:
            count = self.counts[base] = self.counts[base] + 1
            name = base if count == 1 else f"{base}_{count}"
            if name not in self.taken and f"{name}.0" not in self.taken:
                self.taken.add(name)
                return name

    def only_reader(self, name: str) -> Node | None:
        """Return the node that reads a tensor, if there is one and nothing else does."""
        readers = self.readers[name]
        return readers[0] if len(readers) == 1 and name not in self.is_output else None

    def skip(self, node: Node, stands_for: str) -> None:
        """Take a node as done with the one before it, whose output it only completes."""
        self.done.add(node.number)
        self.completed[stands_for] = node.outputs

    def move(self, node: Node, x: View, axes: Sequence[Axis]) -> View:
        """Return a tensor with these axes beside the batch, the channels first; Refusal if there are too many.

        A layer moves its numbers if they are not so already: one, whoever else wants the same.
        """
        if any(factor.axis == N for axis in axes for factor in axis):
            raise Refusal("moves numbers between the batch and other axes")
        found = arranged(x, axes)
        if found is None:
            return plain(x.tensor, x.batch)
        key = x.tensor.name, tuple(axes)
        if key not in self.moved or self.graph.is_move(node):
            (self.moved[key],) = self.add(node, found[0], (x,), found[1], moves=True)
        return plain(self.moved[key], x.batch)

    def account(self) -> None:
        """Refuse a network whose layers do not hold the parameters that its nodes read, where that is known."""
        if not self.problems.found and (unlike := self.parameters.unlike()):
            message = f"its nodes read {unlike[0]} parameters, and the layers made of them hold {unlike[1]}"
            self.problems.report(Span(self.source, 1, 1), message, "an operator here takes other parameters; tell us")

    def output(self, name: str) -> Tensor:
        """Return an output of the graph as one of the network."""
        value = self.values.get(name)
        if isinstance(value, View):
            parted = any(axis is None for axis in value.roles[1:])
            is_map = 2 <= len(value.axes) <= 5 and value.roles[0] in (N, UNIT)
            return self.move(self.makers[name], value, value.axes[1:]).tensor if parted and is_map else value.tensor
        if name not in self.values:
            self.problems.report(Span(self.source, 1, 1), f"the output `{name}` is made by no node")
        elif value is not None:
            self.problems.report(Span(self.source, 1, 1), f"the output `{name}` does not depend on the input")
        return Tensor("", None)


_WAYS = "--outputs NAME,... stops before it; `analyze --partial` goes on, and lists what is not counted"
_MOST_KINDS = 20


def _census(nodes: Sequence[Node]) -> str:
    """Return what is unknown of a file, by operator."""
    if len(nodes) == 1:
        where = "" if nodes[0].is_standard else f" of the domain `{nodes[0].domain}`"
        return f"{nodes[0].shown} has no operator here{where}"
    counts = Counter(node.op for node in nodes).most_common()
    shown = ", ".join(f"{count} {kind}" for kind, count in counts[:_MOST_KINDS])
    more = f" and {len(counts) - _MOST_KINDS} more" if len(counts) > _MOST_KINDS else ""
    return f"{len(nodes):,} nodes have no operator here: {shown}{more}; the first is {nodes[0].shown}"


_MOST_WORKED_OUT = 2**16


def _are_sizes(dims: Iterable[Any]) -> bool:
    return all(isinstance(n, int) for n in dims)


def _are_numbers(values: Iterable[Any]) -> bool:
    """Whether nothing among the values of arguments is a batch, infinite or no number."""
    for value in values:
        if isinstance(value, (list, tuple)):
            if not _are_numbers(value):
                return False
        elif isinstance(value, (Batch, float)):
            return False
    return True


Follow: TypeAlias = Callable[[Walk, Node], Sequence[View | Constant | None]]
"""What the outputs of a node are."""
