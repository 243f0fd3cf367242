"""The bytes of an ONNX file -> its graph as plain values. Weights are known by their shapes alone.

Nothing of the file is believed: it is untrusted, and a message of protobuf's that parses may still hold anything. Of a
tensor, only what is small enough to be a shape or a bound is read; external data never is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from fractions import Fraction
from math import isfinite, prod
from typing import Any, NamedTuple

from convcost.errors import Problem, Source, Span, SpecError, UsageError, printable
from convcost.ops.numbers import Number

MAX_NODES = 100_000
MAX_TENSORS = 400_000
"""How many inputs and outputs all nodes may have together."""

OPSETS = range(7, 1000)
"""Since opset 7, tensors of different shapes are aligned as in numpy."""

_MOST_VALUES = 1024
_FORMATS = {1: "f", 6: "i", 7: "q", 9: "?", 10: "e", 11: "d"}
"""struct's letters for ONNX's data types."""


class Constant(NamedTuple):
    """A tensor that does not depend on the input."""

    key: str
    """The tensor that holds its numbers: two constants with the same key have the same weights."""
    dims: tuple[Number, ...] | None
    """None where a node computes it in a way that isn't followed."""
    values: tuple[Any, ...] | None = None
    """Its numbers where they are few and known. A Number, inf, or BATCH."""


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

    @property
    def shown(self) -> str:
        """How a message names it."""
        return f"`{self.name}` ({self.op})" if self.name else f"`{self.op}`"


class Graph(NamedTuple):
    """The network in an ONNX file: nodes, constants, inputs and outputs."""

    opset: int
    inputs: tuple[Input, ...]
    constants: dict[str, Constant]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]


def parse(name: str, data: bytes) -> Graph:
    """Return the graph in a file. SpecError if there is none; UsageError without the `onnx` package."""
    try:
        import onnx
        from google.protobuf.message import DecodeError
    except ImportError:
        raise UsageError(f"`{name}` needs the onnx package to be read", "pip install 'convcost[onnx]'") from None
    try:
        model = onnx.ModelProto.FromString(data)
        return _graph(name, model)
    except DecodeError:
        raise refusal(name, "this is no ONNX model, or it is torn") from None
    except UnicodeDecodeError:
        raise refusal(name, "this is no ONNX model: a name in it is not UTF-8") from None


def refusal(name: str, message: str, help: str | None = None) -> SpecError:
    """Return an error about a file as a whole."""
    return SpecError([Problem(Span(Source(name, "", []), 1, 1), message, help)])


def _graph(name: str, model: Any) -> Graph:
    graph = model.graph
    if not len(graph.node):
        raise refusal(name, "this is no ONNX model: it has no nodes")
    if len(graph.node) > MAX_NODES:
        raise refusal(name, f"{len(graph.node):,} nodes; there may be {MAX_NODES:,}")
    if sum(len(one.input) + len(one.output) for one in graph.node) > MAX_TENSORS:
        raise refusal(name, f"its nodes have more than {MAX_TENSORS:,} inputs and outputs")
    opset = max((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")), default=0)
    if opset not in OPSETS:
        raise refusal(
            name, f"opset {opset} can't be read", f"export it with opset {OPSETS[0]} or later" if opset < 7 else None
        )
    constants = {(key := _text(one.name)): _constant(one, key) for one in graph.initializer}
    for sparse in graph.sparse_initializer:
        key = _text(sparse.values.name)
        constants[key] = Constant(key, tuple(sparse.dims))
    return Graph(
        opset=opset,
        inputs=tuple(Input(_text(one.name), _dims(one)) for one in graph.input if one.name not in constants),
        constants=constants,
        nodes=tuple(_node(number, one) for number, one in enumerate(graph.node)),
        outputs=tuple(_text(one.name) for one in graph.output),
    )


def _node(number: int, node: Any) -> Node:
    outputs = tuple(map(_text, node.output))
    attributes = {_text(one.name): _attribute(one, outputs) for one in node.attribute}
    op, domain, name = map(_text, (node.op_type, node.domain, node.name))
    return Node(number, op, domain, name, tuple(map(_text, node.input)), outputs, attributes)


def _text(value: str | bytes) -> str:
    """A name. What is no UTF-8 comes from protobuf as bytes; UnicodeDecodeError."""
    return value if isinstance(value, str) else value.decode()


def _attribute(attribute: Any, outputs: tuple[str, ...]) -> Any:
    """A number, text, tensor or tuple of numbers; None for what no operator here has, such as a graph."""
    match attribute.type:
        case attribute.FLOAT:
            return number(attribute.f)
        case attribute.INT:
            return attribute.i
        case attribute.STRING:
            return attribute.s.decode(errors="replace")
        case attribute.TENSOR:
            return _constant(attribute.t, outputs[0] if outputs else "")
        case attribute.FLOATS:
            return tuple(map(number, attribute.floats))
        case attribute.INTS:
            return tuple(attribute.ints)
    return None


def _dims(value: Any) -> tuple[int | str | None, ...] | None:
    if not value.type.HasField("tensor_type") or not value.type.tensor_type.HasField("shape"):
        return None
    dims = value.type.tensor_type.shape.dim
    return tuple(
        one.dim_value if one.WhichOneof("value") == "dim_value" else _text(one.dim_param) or None for one in dims
    )


def _constant(tensor: Any, key: str) -> Constant:
    dims = tuple(tensor.dims)
    return Constant(key, dims, _values(tensor, prod(dims)) if all(0 <= n <= _MOST_VALUES for n in dims) else None)


def _values(tensor: Any, count: int) -> tuple[Any, ...] | None:
    """A small tensor's numbers, if the file holds them."""
    letter = _FORMATS.get(tensor.data_type)
    if letter is None or count > _MOST_VALUES or tensor.data_location == tensor.EXTERNAL:
        return None
    if tensor.raw_data:
        if len(tensor.raw_data) != count * struct.calcsize(f"<{letter}"):
            return None
        return tuple(map(number, struct.unpack(f"<{count}{letter}", tensor.raw_data)))
    fields: dict[str, Iterable[Any]] = {
        "f": tensor.float_data,
        "q": tensor.int64_data,
        "d": tensor.double_data,
        "i": tensor.int32_data,
        "?": tensor.int32_data,
    }
    values = tuple(map(number, fields.get(letter, ())))
    return values if len(values) == count else None


def number(value: float) -> Any:
    """Return a number of a file as formulas take it: whole, or a float as an exact fraction; inf and nan stay."""
    if isinstance(value, int):
        return int(value)
    return Fraction(value) if isfinite(value) else value


def listing(graph: Graph) -> list[str]:
    """Return the nodes, one a line, for messages to point into."""
    return [_line(node) for node in graph.nodes]


def _line(node: Node) -> str:
    reads, writes = (_names(names) for names in (node.inputs, node.outputs))
    return printable(f"{node.op} {node.name} ({reads}) -> ({writes})").replace("\n", " ")


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(name[:_LONGEST_SHOWN] for name in names[:8]) + (", ..." if len(names) > 8 else "")


_LONGEST_SHOWN = 60
