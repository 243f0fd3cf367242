"""A network as a graph: nodes that name ONNX's operators, constants by their shapes, inputs and outputs."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from fractions import Fraction
from math import isfinite, isinf, isnan
from typing import Any, NamedTuple

from convcost.errors import Problem, SpecError, printable, whole_file
from convcost.ops.numbers import Number, product


class Packed(NamedTuple):
    """Numbers as the file holds them, until somebody asks for them: nobody does of weights."""

    letter: str
    """struct's for their type."""
    data: bytes

    def values(self) -> tuple[Any, ...]:
        """Return each as `number` does."""
        return tuple(number(n) for (n,) in struct.iter_unpack(f"<{self.letter}", self.data))


class Constant(NamedTuple):
    """A tensor that does not depend on the input."""

    key: str
    """The tensor that holds its numbers: two constants with the same key have the same weights."""
    dims: tuple[Number, ...] | None
    """None where a node computes it in a way that isn't followed."""
    numbers: tuple[Any, ...] | Packed | None = None
    """Its numbers where they are few and known."""
    trained: bool = False
    """Whether it is a parameter."""
    origin: frozenset[tuple[str, Number]] = frozenset()
    """The parameters that it was worked out from, by key, and how many numbers each has, if it isn't one itself."""

    @property
    def parameters(self) -> frozenset[tuple[str, Number]]:
        """The parameters whose numbers it has, or was worked out from."""
        if self.origin or not self.trained or self.dims is None:
            return self.origin
        return frozenset({(self.key, product(self.dims))})

    @property
    def held(self) -> Number:
        """How many parameters those are."""
        return sum((count for _, count in self.parameters), 0)

    @property
    def values(self) -> tuple[Any, ...] | None:
        """Its numbers where they are few and known: each is a Number, inf, or BATCH."""
        return self.numbers.values() if isinstance(self.numbers, Packed) else self.numbers


class Input(NamedTuple):
    """A graph's input; a size is a number, a name, or None."""

    name: str
    dims: tuple[int | str | None, ...] | None


class Node(NamedTuple):
    """One node of a graph."""

    number: int
    op: str
    domain: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    lost: str | None = None
    """What its exporter says that it has left out: a `batch norm`, which is folded, or a `bias` of zeros."""

    @property
    def is_standard(self) -> bool:
        """Whether its operator is one of ONNX's own."""
        return self.domain in ("", "ai.onnx")

    @property
    def shown(self) -> str:
        """How a message names it."""
        return f"`{self.name}` ({self.op})" if self.name else f"`{self.op}`"


class Branch(NamedTuple):
    """Nodes that run if a condition is so, with constants of their own; the rest they read from around them."""

    constants: dict[str, Constant]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]

    @property
    def read(self) -> tuple[str, ...]:
        """The tensors that it reads from around it."""
        made = {*self.constants, *(name for node in self.nodes for name in node.outputs)}
        read = (*self.outputs, *(name for node in self.nodes for name in node.inputs))
        return tuple(name for name in dict.fromkeys(read) if name and name not in made)


PART = "/"
"""What stands in the name of a node that is not a layer by itself, in a file that is ours: `layer/part`."""
_MOVING = ("DepthToSpace", "Flatten", "Reshape", "Transpose")


class Graph(NamedTuple):
    """A network: nodes, constants, inputs and outputs; `opset` says which of ONNX's operators the nodes name.

    Constants are `distinct` if one name is one parameter; exporters of ONNX files write equal tensors once. `shapes`
    are those that are stated of tensors: numbers, names, None for what is open; none of them where nobody asked.
    `dtype` is the type that most weights have. Nodes are called as layers are if the file `is_ours`.
    """

    opset: int
    inputs: tuple[Input, ...]
    constants: dict[str, Constant]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    distinct: bool = False
    shapes: Mapping[str, tuple[Any, ...]] | None = None
    dtype: str = "float32"
    is_ours: bool = False

    def is_layer(self, node: Node) -> bool:
        """Return whether a node of a file that is ours is a layer by itself, and no part of one."""
        return self.is_ours and PART not in node.name

    def is_move(self, node: Node) -> bool:
        """Return whether that layer is one that only moves numbers."""
        return self.is_layer(node) and node.op in _MOVING


def refusal(name: str, message: str, help: str | None = None) -> SpecError:
    """Return an error about a file as a whole."""
    return SpecError([Problem(whole_file(name), message, help)])


def number(value: float) -> Any:
    """Return a number of a file as formulas take it: whole, or a float as an exact fraction; inf and nan stay."""
    if isinstance(value, int):
        return int(value)
    return Fraction(value) if isfinite(value) else value


def short(n: Any) -> Any:
    """Return the decimal that a number of 32 bits stands for."""
    if isinstance(n, float) and not isnan(n) and not isinf(n):
        n = Fraction(n)
    if not isinstance(n, Fraction):
        return n
    n = Fraction(f"{float(n):.7g}")
    return int(n) if n.denominator == 1 else n


def listing(graph: Graph) -> list[str]:
    """Return the nodes, one a line, for messages to point into."""
    return [_line(node) for node in graph.nodes]


def _line(node: Node) -> str:
    reads, writes = (_names(names) for names in (node.inputs, node.outputs))
    return printable(f"{node.op} {node.name} ({reads}) -> ({writes})").replace("\n", " ")


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(name[:_LONGEST_SHOWN] for name in names[:8]) + (", ..." if len(names) > 8 else "")


_LONGEST_SHOWN = 60
