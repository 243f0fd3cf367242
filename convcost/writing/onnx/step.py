"""One layer while its nodes are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod, sqrt
from typing import Any, TypeAlias

from convcost.errors import UsageError
from convcost.network import Layer
from convcost.ops.base import Shape
from convcost.ops.numbers import NeedsNumber, Number, plain
from convcost.reading.graph.graph import PART
from convcost.writing.onnx.graph import Fixed, Graph
from convcost.writing.onnx.sizes import Sizes, is_open

FLOAT, BOOL, INT64 = "float", 9, 7
"""The types that tensors are cast to: the network's own, which is known when the file is written, truths, places."""


class Step:
    """A layer, the names of what it reads, and the graph that its nodes become a part of.

    Sizes are numbers, or open; what has to be a number in a file is asked for by `number`.
    """

    def __init__(self, graph: Graph, sizes: Sizes, layer: Layer, inputs: Sequence[str]) -> None:
        self.graph = graph
        self.sizes = sizes
        self.layer = layer
        self.operator: Any = layer.operator
        self.inputs = tuple(inputs)
        if layer.kind != "max_unpool":  # all others compute with numbers of the network's type
            self.inputs = tuple(self.aside("Cast", x, to=FLOAT) if x in graph.places else x for x in inputs)

    @property
    def x(self) -> str:
        """The first input."""
        return self.inputs[0]

    @property
    def shape(self) -> Shape:
        """The shape of the first input."""
        return self.layer.input_shapes[0]

    @property
    def numbers(self) -> list[Number]:
        """The sizes of the first input: its channels, then its positions."""
        return [*map(plain, self.shape.numbers)]

    @property
    def made(self) -> list[Number]:
        """The sizes of the first output."""
        return [*map(plain, self.layer.output_shapes[0].numbers)]

    def number(self, value: Any) -> Any:
        """Return what has to stand in the file; NeedsNumber for a size that is open."""
        if is_open(value):
            raise NeedsNumber(value)
        return value

    def node(self, op: str, *inputs: str, **attributes: Any) -> str:
        """Return what a node makes that is the layer, or what of it convcost reads as it: it has the layer's name."""
        return self.nodes(op, *inputs, outputs=1, **attributes)[0]

    def nodes(self, op: str, *inputs: str, outputs: int, **attributes: Any) -> list[str]:
        """Return all that a node makes that is the layer."""
        return self._added(self.layer.name, op, inputs, outputs, attributes)

    def part(self, name: str, op: str, *inputs: str, **attributes: Any) -> str:
        """Return what a node makes that is a part of the layer, named after both, `layer/part`."""
        return self._added(f"{self.layer.name}{PART}{name}", op, inputs, 1, attributes)[0]

    def _added(self, wish: str, op: str, inputs: Sequence[str], outputs: int, attributes: dict[str, Any]) -> list[str]:
        for value in attributes.values():
            for one in value if isinstance(value, list) else [value]:
                self.number(one)
        return self.graph.node(op, wish, inputs, outputs, attributes)

    def aside(self, op: str, *inputs: str, **attributes: Any) -> str:
        """Return what a node makes that stands before or behind the layer's own, named after its operator."""
        return self.part(op.lower(), op, *inputs, **attributes)

    def weight(self, *dims: int, part: str = "weight", fan: int | None = None) -> str:
        """Return weights that the layer holds or shares; each of their sums has so many products, `fan`."""
        spread = sqrt(2 / self.number(prod(dims[1:]) if fan is None else max(fan, 1)))
        return self._held(part, dims, spread)

    def bias(self, *dims: int, part: str = "bias") -> str:
        """Return numbers that the layer adds: zeros to begin with."""
        return self._held(part, dims)

    def scale(self, *dims: int, part: str = "weight") -> str:
        """Return numbers that the layer multiplies by, or divides: ones to begin with."""
        return self._held(part, dims, None, True)

    def indices(self, *dims: int) -> str:
        """Return weights [M, C, ...] each of which is the index of its channel."""
        _, channels, *kernel = map(self.number, dims)
        values = tuple(float(n) for n in range(channels) for _ in range(prod(kernel)))
        return self._held("weight", dims, None, False, values)

    def _held(self, part: str, dims: Sequence[int], *numbers: Any) -> str:
        dims = [*map(self.number, dims)]
        return self.graph.weight(self.layer.shares or self.layer.name, part, dims, *numbers)

    def whole(self, *values: Number) -> str:
        """Return a list of whole numbers, as operators of ONNX take sizes and axes; a run works out what is open."""
        return self.sizes.list(values)

    def factors(self, *values: Any) -> str:
        """Return a list of factors, as Resize takes them: of 32 bits whatever the network's numbers have."""
        return self.graph.numbers([*map(float, values)], (len(values),), "float32")

    def fixed(self, *values: Any, dims: Sequence[int] = ()) -> str:
        """Return numbers that are no parameters, of these dimensions; without, it is one number."""
        floats = tuple(map(float, values))
        dims = [*map(self.number, dims)]
        return self.aside("Constant", value=Fixed(tuple(dims), floats * (prod(dims) // len(floats))))

    def reshaped(self, x: str, *sizes: Number) -> str:
        """Return a tensor in another shape; its batch stays."""
        return self.aside("Reshape", x, self.shaped(*sizes))

    def shaped(self, *sizes: Number) -> str:
        """Return the shape of a tensor behind its batch, as Reshape takes it: one open size is what is left, -1."""
        if -1 not in sizes and sum(map(is_open, sizes)) == 1:
            sizes = tuple(-1 if is_open(n) else n for n in sizes)
        return self.whole(0, *sizes)

    def turned(self, x: str, *order: int) -> str:
        """Return a tensor with its axes in another order."""
        return x if [*order] == [*range(len(order))] else self.aside("Transpose", x, perm=[*order])

    def refused(self, why: str = "") -> UsageError:
        """Return the error that ONNX can't say the layer."""
        return UsageError(f"`{self.layer.name}`: ONNX has no {self.layer.kind} {why}".rstrip())


Writer: TypeAlias = Callable[[Step], "str | list[str]"]
"""What adds the nodes of a layer, and returns what the last of them makes."""


def one_node(op: str, **attributes: Any) -> Writer:
    """Return what writes one node that reads the layer's inputs."""
    return lambda step: step.node(op, *step.inputs, **attributes)
